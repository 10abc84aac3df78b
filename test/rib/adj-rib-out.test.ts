import fc from "fast-check";
import { expect, it } from "vitest";
import { Family } from "../../protocol/net/address-family.js";
import { IpAddress } from "../../protocol/net/ip-address.js";
import { AdjRibOut } from "../../rib/adj-rib-out.js";
import { type AttributeSetId, NO_ATTRIBUTES, NO_PEER, type PeerId, type PrefixId } from "../../rib/store/ids.js";
import { ExportWorld, ip, path } from "../models/export-world.js";

it("AdjRibOut is a Map of prefixes to sets and sources, and holds what it names", () => {
  const step = fc.tuple(fc.nat(60), fc.nat(5), fc.integer({ min: 1, max: 40 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), fc.integer({ min: 1, max: 2000 }), (steps, portion) => {
      const world = new ExportWorld();
      const { attributes } = world.rib;
      const { prefixes } = world.rib.table(Family.Ipv4Unicast);
      const out = new AdjRibOut(attributes, prefixes);
      const twin = new Map<PrefixId, readonly [AttributeSetId, PeerId]>();
      for (const [n, choice, peer] of steps) {
        const prefix = prefixes.intern(IpAddress.v4(n << 8).w0, 0, 0, 0, 24);
        prefixes.retain(prefix);
        if (choice === 0) out.set(prefix, NO_ATTRIBUTES, NO_PEER);
        else {
          const set = world.intern({ origin: 0, asPath: path(choice), nextHop: ip("192.0.2.1") });
          out.set(prefix, set, peer as PeerId);
          twin.set(prefix, [set, peer as PeerId]);
          attributes.release(set);
        }
        if (choice === 0) twin.delete(prefix);
        prefixes.release(prefix);
        out.checkInvariants(() => {});
        expect(out.count).toBe(twin.size);
        expect(out.countFor(peer as PeerId)).toBe([...twin.values()].filter(([, source]) => source !== peer).length);
      }
      for (const [prefix, [set, source]] of twin) expect([out.advertised(prefix), out.source(prefix)]).toEqual([set, source]);
      expect(out.advertised(1_000_000 as PrefixId)).toBe(NO_ATTRIBUTES);
      while (out.clear(portion));
      out.checkInvariants(() => {});
      expect([attributes.count, prefixes.count]).toEqual([0, 0]);
    }),
    { numRuns: 50 },
  );
});
