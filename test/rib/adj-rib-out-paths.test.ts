import fc from "fast-check";
import { expect, it } from "vitest";
import { Family } from "../../protocol/net/address-family.js";
import { IpAddress } from "../../protocol/net/ip-address.js";
import { AdjRibOutPaths } from "../../rib/adj-rib-out-paths.js";
import { pathOf, sourceOf } from "../../rib/path-id.js";
import { NO_ROW } from "../../rib/path-lists.js";
import type { AttributeSetId, PeerId, PrefixId } from "../../rib/store/ids.js";
import { ExportWorld, ip, path } from "../models/export-world.js";

it("AdjRibOutPaths is a Map of prefixes and paths to sets, and holds what it names", () => {
  const step = fc.record({ n: fc.nat(30), choice: fc.nat(5), peer: fc.integer({ min: 1, max: 20 }), lane: fc.nat(2) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), fc.integer({ min: 1, max: 2000 }), (steps, portion) => {
      const world = new ExportWorld();
      const { attributes } = world.rib;
      const { prefixes } = world.rib.table(Family.Ipv4Unicast);
      const out = new AdjRibOutPaths(attributes, prefixes);
      const twin = new Map<string, { prefix: PrefixId; peer: number; set: AttributeSetId }>();
      for (const { n, choice, peer, lane } of steps) {
        const prefix = prefixes.intern(IpAddress.v4(n << 8).w0, 0, 0, 0, 24);
        prefixes.retain(prefix);
        const id = pathOf(peer as PeerId, lane);
        const row = out.lists.find(prefix, id);
        if (choice > 0) {
          const set = world.intern({ origin: 0, asPath: path(choice), nextHop: ip("192.0.2.1") });
          if (row === NO_ROW) out.add(prefix, id, set);
          else out.replace(row, set);
          attributes.release(set);
          twin.set(`${n} ${id}`, { prefix, peer, set });
        } else if (row !== NO_ROW) {
          out.drop(prefix, row);
          twin.delete(`${n} ${id}`);
        }
        prefixes.release(prefix);
        out.checkInvariants(() => {});
        const all = [...twin.values()];
        expect(out.count).toBe(twin.size);
        expect(out.countFor(peer as PeerId)).toBe(all.filter((told) => told.peer !== peer).length);
        expect(out.tells(peer as PeerId, prefix)).toBe(all.some((told) => told.prefix === prefix && told.peer !== peer));
        expect(out.lists.setOf(prefix, id)).toBe(twin.get(`${n} ${id}`)?.set ?? 0);
        expect(sourceOf(id)).toBe(peer);
      }
      for (const { prefix } of twin.values()) expect(out.has(prefix)).toBe(true);
      expect(out.has(1_000_000 as PrefixId)).toBe(false);
      while (out.clear(portion));
      expect([attributes.count, prefixes.count]).toEqual([0, 0]);
    }),
    { numRuns: 50 },
  );
});
