import fc from "fast-check";
import { expect, test } from "vitest";
import { Family } from "../../../protocol/net/address-family.js";
import { asn } from "../../../protocol/net/asn.js";
import { routerId } from "../../../protocol/net/router-id.js";
import type { ExportProfile } from "../../../rib/export/export-profile.js";
import type { RibPeer } from "../../../rib/peer-table.js";
import type { Policy } from "../../../rib/policy/policy.js";
import { Preview } from "../../../rib/preview/preview.js";
import { NO_ATTRIBUTES, type PeerId, type PrefixId } from "../../../rib/store/ids.js";
import type { Membership } from "../../../rib/update-groups.js";
import { attributesText } from "../../models/export-receiver.js";
import { ACCEPT_ALL, cidr, ExportWorld, ip, OUR_AS, path, peerFacts, profileOf } from "../../models/export-world.js";

const PREFIXES = Array.from({ length: 12 }, (_, i) => cidr(`10.${i}.0.0/16`));
const PATHS = [path(65001), path(65002, 65009), path(65003, 65009, 65010), path(65001, OUR_AS)];

const inside = (text: string, verdict: "accept" | "reject", isRaised = false): Policy => ({
  name: text,
  statements: [
    {
      name: text,
      conditions: [{ type: "inside-any", cidrs: [cidr(text)] }],
      modifications: isRaised ? [{ type: "set-local-pref", value: 400 }] : [],
      verdict,
    },
  ],
  otherwise: verdict === "reject" ? "accept" : "reject",
});
const POLICIES = [
  ACCEPT_ALL,
  inside("10.0.0.0/13", "reject"),
  inside("10.4.0.0/14", "accept"),
  inside("10.0.0.0/12", "accept", true),
];

const PEERS: readonly Partial<RibPeer>[] = [
  { name: "e1", asNumber: asn(65001), routerId: routerId(1), address: ip("10.0.0.1") },
  { name: "e2", asNumber: asn(65002), routerId: routerId(2), address: ip("10.0.0.2") },
  { name: "i1", asNumber: OUR_AS, internal: true, routerId: routerId(3), address: ip("10.0.0.3") },
];
const STATIC: Partial<RibPeer> = { name: "static", source: "static", asNumber: OUR_AS };

const policy = fc.constantFrom(...POLICIES);
const sides = fc.record({ importPolicy: policy, exportPolicy: policy, allowOwnAs: fc.nat(1) });
const scenario = fc.record({
  routes: fc.array(
    fc.record({ peer: fc.nat(3), prefix: fc.constantFrom(...PREFIXES), path: fc.constantFrom(...PATHS), pathId: fc.nat(1) }),
    {
      maxLength: 40,
    },
  ),
  before: fc.tuple(sides, sides, sides),
  after: fc.tuple(...PEERS.map(() => fc.option(sides, { freq: 4 }))), // null: the session is gone
  local: fc.uniqueArray(fc.record({ prefix: fc.constantFrom(...PREFIXES), comes: fc.boolean() }), {
    maxLength: 3,
    selector: ({ prefix }) => `${prefix}`,
  }),
  addPath: fc.record({ sends: fc.boolean(), isTold: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()) }), // RFC 7911
  slice: fc.constantFrom(1, 5, 1000),
});

test("what a preview says is what happens when the change is made, and the preview itself changes nothing", () => {
  fc.assert(
    fc.property(scenario, ({ routes, before, after, local, addPath, slice }) => {
      const world = new ExportWorld();
      const facts = (index: number, side: (typeof before)[number]): RibPeer =>
        peerFacts({ ...PEERS[index], importPolicy: side.importPolicy, allowOwnAs: side.allowOwnAs });
      const profile = (index: number, side: (typeof before)[number]): ExportProfile =>
        profileOf({ internal: PEERS[index]!.internal ?? false, policy: side.exportPolicy, addPath: addPath.isTold[index]! });
      const ids = before.map((side, index) => world.addPeer(facts(index, side)));
      const own = world.addPeer(STATIC);
      const members = before.map((side, index) =>
        world.groups.join(
          { peer: ids[index]!, backlog: 0, write: (_chunk, _start, _end, flushed) => flushed() },
          profile(index, side),
        ),
      );
      for (const { peer, prefix, path, pathId } of routes) {
        const attributes = { origin: 0 as const, asPath: path, nextHop: ip("192.0.2.1") };
        if (peer === 0 && addPath.sends) world.announcePath(ids[0]!, prefix, pathId, attributes);
        else world.announce([...ids, own][peer]!, prefix, attributes);
      }
      world.settle();

      const table = world.rib.table(Family.Ipv4Unicast);
      const sets = local.map(({ prefix, comes }) => ({
        peer: own,
        prefix: table.prefixes.intern(prefix.address.w0, 0, 0, 0, prefix.length),
        set: comes ? world.intern({ origin: 0, asPath: [] }) : NO_ATTRIBUTES,
      }));
      const seen = { imports: importsOf(world, ids), exports: exportsOf(members) };
      const best = new Map<string, PeerId>();
      const preview = new Preview(
        world.rib,
        table,
        {
          peers: new Map(after.map((side, index) => [ids[index]!, side && facts(index, side)])),
          local: sets,
          exports: new Map(
            after.map((side, index) => [
              `${index}`,
              { peer: ids[index]!, before: profile(index, before[index]!), after: side && profile(index, side) },
            ]),
          ),
        },
        (prefix, _before, is) => best.set(table.prefixes.read(prefix).toString(), is.peer),
        0,
      );
      while (preview.work(slice));
      preview.close();
      expect({ imports: importsOf(world, ids), exports: exportsOf(members) }).toEqual(seen);

      for (const [index, side] of after.entries()) {
        if (side === null) world.rib.removePeer(ids[index]!);
        else world.rib.updatePeer(ids[index]!, facts(index, side));
        if (side === null) members[index]!.leave();
        else members[index]!.setProfile(profile(index, side));
      }
      for (const [index, { peer, set }] of sets.entries()) {
        if (set === NO_ATTRIBUTES) world.rib.withdrawPrefix(peer, local[index]!.prefix);
        else world.rib.announcePrefix(peer, local[index]!.prefix, set);
        if (set !== NO_ATTRIBUTES) world.rib.attributes.release(set);
      }
      world.settle();

      const live = after.map((side) => side !== null);
      const imports = importsOf(world, ids);
      const exports = exportsOf(members).map((told, index) => (live[index] ? told : new Map<string, string>()));
      for (const [index, id] of ids.entries()) {
        expect(preview.imports.get(id)).toMatchObject(differences(seen.imports[index]!, imports[index]!));
        const { gained, lost, changed } = differences(seen.exports[index]!, exports[index]!);
        expect(preview.exports.get(`${index}`)).toMatchObject({ gained, lost });
        expect(preview.exports.get(`${index}`)!.changed).toBeGreaterThanOrEqual(changed); // LOCAL_PREF does not leave the AS
      }
      for (const [prefix, peer] of best) expect([prefix, table.bestPeer(table.find(cidr(prefix)))]).toEqual([prefix, peer]);
      world.checkInvariants();
    }),
    { numRuns: 300, endOnFailure: true },
  );
});

/** By peer: prefix → the attributes that import made. */
function importsOf(world: ExportWorld, ids: readonly PeerId[]): Map<string, string>[] {
  const table = world.rib.table(Family.Ipv4Unicast);
  return ids.map((id) => {
    const accepted = new Map<string, string>();
    for (let prefix = table.nextReceived(id, 0 as PrefixId); prefix !== 0; prefix = table.nextReceived(id, prefix)) {
      for (const { pathId, accepted: set } of table.candidatesOf(id, prefix)) {
        if (set === NO_ATTRIBUTES) continue;
        accepted.set(`${table.prefixes.read(prefix)} ${pathId}`, attributesText(world.rib.attributes.decode(set)));
      }
    }
    return accepted;
  });
}

/** By member: prefix → attributes as told. */
function exportsOf(members: readonly Membership[]): Map<string, string>[] {
  return members.map((member) => {
    const told = PREFIXES.flatMap((prefix) => {
      return member
        .advertised(prefix)
        .map(({ pathId, attributes }) => [`${prefix} ${pathId}`, attributesText(attributes)] as const);
    });
    return new Map(told);
  });
}

function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>) {
  const gained = [...after.keys()].filter((prefix) => !before.has(prefix)).length;
  const lost = [...before.keys()].filter((prefix) => !after.has(prefix)).length;
  const changed = [...after].filter(([prefix, text]) => before.has(prefix) && before.get(prefix) !== text).length;
  return { gained, lost, changed };
}
