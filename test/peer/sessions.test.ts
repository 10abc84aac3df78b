import { describe, expect, test } from "vitest";
import { Lab } from "./lab.js";
import { clusterOf, Speaker } from "./speaker.js";

/** n1 has a BGPPeer of its own for each of n2 and n3; what stands in `more` is added to the spec. */
const peerings = (more: Readonly<Record<number, string>> = {}, filters = "") =>
  clusterOf(
    [1, 2, 3],
    [
      "BGPConfiguration default: {nodeToNodeMeshEnabled: false}",
      ...[2, 3].map((host) => `BGPPeer to-n${host}: {node: n1, peerIP: 10.0.0.${host}, asNumber: ${64512}${more[host] ?? ""}}`),
      filters,
    ].join("\n"),
  );

function threeSpeakers(set = peerings()) {
  const lab = new Lab();
  const [one, two, three] = [1, 2, 3].map((host) => new Speaker(lab, host, set)) as [Speaker, Speaker, Speaker];
  lab.advance(30);
  return { lab, one, two, three };
}

const phases = (speaker: Speaker) => [...speaker.sessions].map(({ plan, peer }) => `${plan.name} ${peer.status().phase}`);

describe("Sessions", () => {
  test("holds the sessions of the plan, in the order of their names", () => {
    const { one, two } = threeSpeakers();
    expect(phases(one)).toEqual(["Node_10_0_0_2 up", "Node_10_0_0_3 up"]);
    expect(phases(two)).toEqual(["Node_10_0_0_1 up"]);
  });

  test("another AS number resets that session and no other, and says so to the peer", () => {
    const { lab, one, two } = threeSpeakers();
    const before = one.history(3);
    one.follow(peerings({ 2: ", localASNumber: 65010" }));
    lab.run();
    expect(one.session(2).peer.status().phase).toBe("start");
    expect(two.session(1).peer.status().info).toContain("Received: Other configuration change");
    lab.advance(120);
    expect(one.history(3)).toBe(before);
    one.follow(peerings());
    lab.advance(120);
    expect(phases(one)).toEqual(["Node_10_0_0_2 up", "Node_10_0_0_3 up"]);
    expect(one.history(3)).toBe(before);
  });

  test.each([
    ["a filter", ", filters: [f]", "BGPFilter f: {importV4: [{action: Reject, matchOperator: In, cidr: 10.0.0.0/8}]}"],
    ["own AS numbers allowed", ", numAllowedLocalASNumbers: 1", ""],
    ["the next-hop mode", ", nextHopMode: Self", ""],
    ["the keepalive interval", ", keepaliveTime: 10s", ""],
    ["the restart time", ", maxRestartTime: 30s", ""],
  ])("%s changes without a reset", (_, more, filters) => {
    const { lab, one } = threeSpeakers();
    const before = [one.history(2), one.history(3)];
    one.follow(peerings({ 2: more }, filters));
    lab.advance(30);
    expect([one.history(2), one.history(3)]).toEqual(before);
    one.follow(peerings());
    lab.advance(30);
    expect([one.history(2), one.history(3)]).toEqual(before);
  });

  test("a session that another resource asks for, under another name, stays", () => {
    const { lab, one } = threeSpeakers();
    const before = one.history(2);
    one.follow(clusterOf([1, 2, 3]));
    lab.advance(30);
    expect(phases(one)).toEqual(["Mesh_10_0_0_2 up", "Mesh_10_0_0_3 up"]);
    expect(one.history(2)).toBe(before);
  });

  test("where a resource moves to another place and means the same, the session shows the new place and stays", () => {
    const { lab, one } = threeSpeakers();
    const before = [one.history(2), one.session(2).plan.cause.file];
    one.follow(
      clusterOf(
        [1, 2, 3],
        [
          "BGPFilter first: {}",
          "BGPConfiguration default: {nodeToNodeMeshEnabled: false}",
          ...[2, 3].map((host) => `BGPPeer to-n${host}: {node: n1, peerIP: 10.0.0.${host}, asNumber: 64512}`),
        ].join("\n"),
      ),
    );
    lab.advance(30);
    expect(one.history(2)).toBe(before[0]);
    expect(one.session(2).plan.cause.file).not.toBe(before[1]);
  });

  test("a peer that is no longer asked for is told Peer De-configured, and its routes go", () => {
    const { lab, one, two } = threeSpeakers();
    two.originate("10.244.2.0/26");
    lab.run();
    const { peer } = one.session(2).routing;
    expect(one.received(2)).toEqual(["10.244.2.0/26"]);
    one.follow(
      clusterOf(
        [1, 2, 3],
        "BGPConfiguration default: {nodeToNodeMeshEnabled: false}\nBGPPeer to-n3: {node: n1, peerIP: 10.0.0.3, asNumber: 64512}",
      ),
    );
    lab.run();
    expect(phases(one)).toEqual(["Node_10_0_0_3 up"]);
    expect(two.session(1).peer.status().info).toContain("Received: Peer de-configured");
    expect(one.rib.table("ipv4-unicast").routeCount(peer!)).toBe(0);
    expect(one.rib.table("ipv4-unicast").prefixCount).toBe(0);
  });

  test("passwords are put on the listeners before the peer can come, follow the Secret, and go with the session", () => {
    const given = "BGPConfiguration default: {nodeToNodeMeshEnabled: false}\n";
    const peer = "BGPPeer p: {node: n1, peerIP: 10.0.0.2, asNumber: 64512, password: {secretKeyRef: {name: s, key: k}}}";
    const lab = new Lab();
    const one = new Speaker(lab, 1, clusterOf([1, 2], given + peer, { s: { k: "first" } }));
    const keysOf = (follow: () => void) => {
      one.listenerKeys.length = 0;
      follow();
      return one.listenerKeys.at(-1);
    };
    expect(one.listenerKeys.at(-1)).toBe("10.0.0.2 first");
    expect(keysOf(() => one.follow(clusterOf([1, 2], given + peer, { s: { k: "second" } })))).toBe("10.0.0.2 second");
    expect(keysOf(() => one.follow(clusterOf([1, 2], given)))).toBe("10.0.0.2 none");
    expect(one.log.join("\n")).not.toMatch(/first|second/);
  });

  test("stop ends all sessions with the words given; nothing is held then, and who asks meanwhile gets an answer", async () => {
    const { lab, one, two } = threeSpeakers();
    const stopped = one.sessions.stop({ subcode: 2, text: "maintenance" });
    expect([...one.sessions].length).toBe(0);
    lab.run();
    await stopped;
    expect(two.session(1).peer.status().info).toContain("Received: Administrative shutdown");
  });

  test("connections of strangers are refused, and one of them is logged in a second", () => {
    const { lab, one } = threeSpeakers();
    one.log.length = 0;
    const strangers = Array.from({ length: 20 }, () => lab.connect(9, 1));
    lab.run();
    expect(strangers.map(({ closed }) => closed)).toEqual(strangers.map(() => null));
    expect(strangers[0]?.heard).toEqual(["notification 6/5"]);
    expect(one.log).toEqual([expect.stringMatching(/^connection refused: no peer 10\.0\.0\.9 .*"remote":"10\.0\.0\.9"/)]);
  });
});
