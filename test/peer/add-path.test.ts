import { describe, expect, test } from "vitest";
import { attributeList, prefix } from "../rib/attribute-lists.js";
import { Lab } from "./lab.js";
import { clusterOf, Speaker } from "./speaker.js";

const BLOCK = "10.244.1.0/26";

/** n1 is a route reflector, the others its clients. */
const REFLECTED = clusterOf(
  [2, 3, 4],
  [
    "BGPConfiguration default: {nodeToNodeMeshEnabled: false}",
    "Node n1: {bgp: {ipv4Address: 10.0.0.1/24, routeReflectorClusterID: 244.0.0.1}, labels: {name: n1}}",
    `BGPPeer rr: {nodeSelector: "name != 'n1'", peerSelector: "name == 'n1'"}`,
  ].join("\n"),
);

/** Next hops of all paths to the block that `speaker` has from n1. */
function pathsFromReflector(speaker: Speaker): string[] {
  const table = speaker.rib.table("ipv4-unicast");
  const { peer } = speaker.session(1).routing;
  if (peer === null) return [];
  const routes = table.candidatesOf(peer, table.find(prefix(BLOCK)));
  return routes.map(({ received }) => `${speaker.rib.attributes.decode(received).nextHop}`).sort();
}

describe("RoutingSession: ADD-PATH between Calico nodes (RFC 7911, reference 4.14)", () => {
  test("is agreed upon both ways, and a reflector's client hears of the same block behind two nodes, but not of its own", () => {
    const lab = new Lab();
    const [reflector, two, three, four] = [1, 2, 3, 4].map((host) => new Speaker(lab, host, REFLECTED)) as Speaker[];
    two.originate(BLOCK);
    three.originate(BLOCK);
    lab.advance(30);
    const { negotiated } = reflector.session(2).routing;
    expect([negotiated?.send.addPath, negotiated?.receive.addPath]).toEqual([
      new Set(["ipv4-unicast"]),
      new Set(["ipv4-unicast"]),
    ]);
    expect(pathsFromReflector(four)).toEqual(["10.0.0.2", "10.0.0.3"]);
    expect(pathsFromReflector(two)).toEqual(["10.0.0.3"]);
    expect(reflector.groups.groupCount).toBe(1);
    three.session(1).peer.reset({ subcode: 4 });
    lab.run();
    expect(pathsFromReflector(four)).toEqual(["10.0.0.2"]);
  });

  test("more paths than are kept are counted, and logged once in ten seconds with the count", () => {
    const lab = new Lab();
    const [reflector] = [1, 2].map((host) => new Speaker(lab, host, REFLECTED)) as Speaker[];
    lab.advance(30);
    const { routing } = reflector.session(2);
    reflector.log.length = 0;
    const attributes = attributeList({ path: [], nextHop: "10.0.0.2", localPref: 100 });
    for (let id = 0; id < 1100; id++) {
      const nlri = [0, 0, id >> 8, id & 255, 26, 10, 244, 1, 0];
      const length = 23 + attributes.length + nlri.length;
      const head = [...new Array<number>(16).fill(255), length >> 8, length & 255, 2, 0, 0, 0, attributes.length];
      const message = Uint8Array.from([...head, ...attributes, ...nlri]);
      expect(routing.update(message, 0, message.length)).toBeNull();
    }
    expect([routing.excessPaths, reflector.rib.table("ipv4-unicast").routeCount(routing.peer!)]).toEqual([76, 1024]);
    expect(reflector.log.filter((line) => line.startsWith("too many paths"))).toHaveLength(1);
  });
});
