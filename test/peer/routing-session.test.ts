import { describe, expect, test } from "vitest";
import { Lab } from "./lab.js";
import { clusterOf, Speaker } from "./speaker.js";

const BLOCK = "10.244.1.0/26";
const OTHER = "10.244.9.0/26";

/** n1 is a route reflector of n2 and n3: they are its clients, unless they are in its cluster. */
const reflected = (two: string, three: string) =>
  clusterOf(
    [],
    [
      "BGPConfiguration default: {nodeToNodeMeshEnabled: false}",
      "Node n1: {bgp: {ipv4Address: 10.0.0.1/24, routeReflectorClusterID: 244.0.0.1}, labels: {name: n1}}",
      `Node n2: {bgp: {ipv4Address: 10.0.0.2/24${two}}, labels: {name: n2}}`,
      `Node n3: {bgp: {ipv4Address: 10.0.0.3/24${three}}, labels: {name: n3}}`,
      `BGPPeer rr: {nodeSelector: "name != 'n1'", peerSelector: "name == 'n1'"}`,
    ].join("\n"),
  );

const twoNodes = (n1 = "", filters = "") =>
  clusterOf(
    [1, 2],
    [
      "BGPConfiguration default: {nodeToNodeMeshEnabled: false}",
      `BGPPeer to-n2: {node: n1, peerIP: 10.0.0.2, asNumber: 64512, reversePeering: Manual${n1}}`,
      "BGPPeer to-n1: {node: n2, peerIP: 10.0.0.1, asNumber: 64512, reversePeering: Manual}",
      filters,
    ].join("\n"),
  );

function twoSpeakers() {
  const lab = new Lab();
  const [one, two] = [1, 2].map((host) => new Speaker(lab, host, twoNodes())) as [Speaker, Speaker];
  for (const prefix of [BLOCK, OTHER]) one.originate(prefix);
  lab.advance(30);
  return { lab, one, two };
}

const filter = (list: string, cidr: string) => `BGPFilter f: {${list}: [{action: Reject, matchOperator: In, cidr: ${cidr}}]}`;

describe("RoutingSession", () => {
  test("sends what there is and then End-of-RIB, and what changes later (RFC 4724 §2)", () => {
    const { lab, one, two } = twoSpeakers();
    expect(two.received(1)).toEqual([BLOCK, OTHER]);
    expect(two.endsOfRib).toEqual(["Node_10_0_0_1"]);
    one.originate("10.244.5.0/26");
    lab.run();
    expect(two.received(1)).toEqual([BLOCK, "10.244.5.0/26", OTHER]);
    expect(one.session(2).routing.membership?.advertisedCount).toBe(3);
  });

  test("an import filter comes, names another CIDR, and goes: routes follow, in the same session", () => {
    const { lab, two } = twoSpeakers();
    const before = two.history(1);
    const follow = (spec: string, filters: string) => {
      const text = [
        "BGPConfiguration default: {nodeToNodeMeshEnabled: false}",
        "BGPPeer to-n2: {node: n1, peerIP: 10.0.0.2, asNumber: 64512, reversePeering: Manual}",
        `BGPPeer to-n1: {node: n2, peerIP: 10.0.0.1, asNumber: 64512, reversePeering: Manual${spec}}`,
        filters,
      ].join("\n");
      two.follow(clusterOf([1, 2], text));
      lab.run();
      return two.received(1);
    };
    expect(follow(", filters: [f]", filter("importV4", BLOCK))).toEqual([`(${BLOCK})`, OTHER]);
    expect(follow(", filters: [f]", filter("importV4", OTHER))).toEqual([`(${OTHER})`, BLOCK]);
    expect(follow("", "")).toEqual([BLOCK, OTHER]);
    expect(two.history(1)).toBe(before);
  });

  test("an export filter withdraws, and its end announces again, in the same session", () => {
    const { lab, one, two } = twoSpeakers();
    const before = two.history(1);
    one.follow(twoNodes(", filters: [f]", filter("exportV4", BLOCK)));
    lab.run();
    expect(two.received(1)).toEqual([OTHER]);
    one.follow(twoNodes());
    lab.run();
    expect(two.received(1)).toEqual([BLOCK, OTHER]);
    expect(two.history(1)).toBe(before);
  });

  test("a ROUTE-REFRESH request sends everything again; of another family, or with a marker, nothing (RFC 2918 §4)", () => {
    const { lab, one } = twoSpeakers();
    const { routing, peer } = one.session(2);
    const sentBy = (message: Parameters<typeof routing.routeRefresh>[0]) => {
      const before = peer.status().messagesOut.update;
      routing.routeRefresh(message);
      lab.run();
      return peer.status().messagesOut.update - before;
    };
    expect(sentBy({ type: "route-refresh", afi: 1, safi: 1, subtype: "request" })).toBeGreaterThan(0);
    expect(sentBy({ type: "route-refresh", afi: 2, safi: 1, subtype: "request" })).toBe(0);
    expect(sentBy({ type: "route-refresh", afi: 1, safi: 1, subtype: "begin" })).toBe(0);
  });

  test("the end of the session takes its routes away, and a new one brings them back", () => {
    const { lab, one, two } = twoSpeakers();
    one.session(2).peer.reset({ subcode: 4 });
    lab.run();
    expect(two.received(1)).toEqual([]);
    expect(two.rib.table("ipv4-unicast").prefixCount).toBe(0);
    expect(one.session(2).routing.membership).toBeNull();
    expect(one.groups.groupCount).toBe(0);
    lab.advance(60);
    expect(two.received(1)).toEqual([BLOCK, OTHER]);
    expect(two.rib.activePeers()).toHaveLength(1);
  });

  test("faults are counted by action, and one in ten seconds is logged with the counts", () => {
    const { one } = twoSpeakers();
    const { routing } = one.session(2);
    one.log.length = 0;
    const broken = Uint8Array.from([...new Array<number>(16).fill(255), 0, 0, 2, 0, 0, 0, 4, 0x40, 1, 1, 9, 0, 0, 0, 1, 8, 10]);
    broken[17] = broken.length;
    for (let count = 0; count < 50; count++) expect(routing.update(broken, 0, broken.length)).toBeNull();
    expect(routing.faults["treat-as-withdraw"]).toBeGreaterThanOrEqual(50);
    expect(one.log).toHaveLength(1);
    expect(one.log[0]).toMatch(/^malformed UPDATE: .*"session":"Node_10_0_0_2","code":3/);
  });

  test("neighbours that become clients of this reflector get what each other sent, without a reset (RFC 4456 §6)", () => {
    const lab = new Lab();
    const inCluster = ", routeReflectorClusterID: 244.0.0.1";
    const set = reflected(inCluster, inCluster);
    const [one, two, three] = [1, 2, 3].map((host) => new Speaker(lab, host, set)) as [Speaker, Speaker, Speaker];
    two.originate(BLOCK);
    lab.advance(30);
    expect([one.received(2), three.received(1)]).toEqual([[BLOCK], []]);
    const before = [one.history(2), one.history(3)];
    one.follow(reflected("", inCluster)); // n2 alone: what a client sent goes to non-clients, too
    lab.run();
    expect([one.session(2).plan.rrClient, one.session(3).plan.rrClient]).toEqual([true, false]);
    expect(three.received(1)).toEqual([`(${BLOCK})`]); // by a cluster that n3 still is in
    for (const speaker of [three, two, one]) speaker.follow(reflected("", ""));
    lab.run();
    expect(three.received(1)).toEqual([BLOCK]);
    expect([one.history(2), one.history(3)]).toEqual(before);
  });
});
