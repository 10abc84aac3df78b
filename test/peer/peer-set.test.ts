import { describe, expect, test } from "vitest";
import { SESSION_DEFAULTS } from "../../protocol/fsm/session-config.js";
import { Peer } from "../../src/peer/peer.js";
import type { PeerConfig } from "../../src/peer/peer-config.js";
import { PeerSet } from "../../src/peer/peer-set.js";
import { RecordingHandler } from "../fakes/recording-handler.js";
import { address, KEEPALIVE, Lab, OPEN, peerConfig } from "./lab.js";

function peers() {
  const lab = new Lab();
  const refused: string[] = [];
  const set = new PeerSet({
    clock: lab.clock,
    onRefused: (_, reason) => refused.push(reason),
    createPeer: (config) =>
      new Peer({
        config,
        handler: new RecordingHandler(),
        dial: lab.network.dialFrom(address(1)),
        clock: lab.clock,
        random: () => 1,
        turns: lab.turns,
        observer: { stateChanged: () => {}, connectionEnded: () => {} },
      }),
  });
  lab.network.listen(address(1), (connection) => set.accept(connection));
  lab.network.listen(address(7), (connection) => set.accept(connection)); // another address of ours
  return { lab, set, refused };
}

const passive = (remote: number, more: Partial<PeerConfig> = {}): PeerConfig => ({
  ...peerConfig(1, remote, { passive: true }),
  ...more,
});

describe("PeerSet", () => {
  test("hands a connection to the peer at its remote address", () => {
    const { lab, set } = peers();
    set.add(passive(2));
    set.add(passive(3));
    lab.advance(1);
    lab.connect(2, 1).send(OPEN, KEEPALIVE);
    lab.run();
    expect([...set].map((peer) => peer.status().state)).toEqual(["Established", "Active"]);
  });

  test("tells an unknown address Cease 5 and closes (RFC 4486)", () => {
    const { lab, set, refused } = peers();
    set.add(passive(2));
    lab.advance(1);
    const stranger = lab.connect(9, 1);
    lab.run();
    expect(stranger.heard).toEqual(["notification 6/5"]);
    expect(stranger.closed).toBe(null);
    expect(refused).toEqual(["no peer 10.0.0.9 on 10.0.0.1"]);
  });

  test("cuts strangers without a word when they come in numbers", () => {
    const { lab, refused } = peers();
    const strangers = Array.from({ length: 40 }, () => lab.connect(9, 1));
    lab.run();
    expect(strangers.filter((stranger) => stranger.heard.length > 0)).toHaveLength(32);
    expect(strangers.every((stranger) => stranger.closed !== undefined)).toBe(true);
    expect(refused).toHaveLength(40);
    lab.advance(1);
    const later = lab.connect(9, 1);
    lab.run();
    expect(later.heard).toEqual(["notification 6/5"]);
  });

  test("a peer with a local address takes connections to that address only", () => {
    const { lab, set } = peers();
    set.add(passive(2, { localAddress: address(7) }));
    lab.advance(1);
    const wrong = lab.connect(2, 1);
    lab.run();
    expect(wrong.heard).toEqual(["notification 6/5"]);
    lab.connect(2, 7).send(OPEN, KEEPALIVE);
    lab.run();
    expect([...set][0]?.status().state).toBe("Established");
  });

  test("of several sessions with one host, the one bound to the local address comes first, then one that is not Established", () => {
    const { lab, set } = peers();
    set.add(passive(2, { name: "any-1" }));
    set.add(passive(2, { name: "any-2" }));
    set.add(passive(2, { name: "bound", localAddress: address(7) }));
    lab.advance(1);
    const states = () => [...set].map((peer) => peer.status().state);
    for (const to of [7, 1, 1]) {
      lab.connect(2, to).send(OPEN, KEEPALIVE);
      lab.run();
      if (to === 7) expect(states()).toEqual(["Active", "Active", "Established"]);
    }
    expect(states()).toEqual(["Established", "Established", "Established"]);
  });

  test("change() ends the session with Other Configuration Change and begins it anew", async () => {
    const { lab, set } = peers();
    const remotes = lab.remote(2);
    set.add(peerConfig(1, 2));
    lab.advance(0.2);
    remotes[0]?.send(OPEN, KEEPALIVE);
    lab.run();
    const config = peerConfig(1, 2);
    const over = set.change({ ...config, session: { ...config.session, open: { ...config.session.open, holdTimeSeconds: 30 } } });
    lab.advance(0.2);
    await over;
    expect(remotes[0]?.heard.at(-1)).toBe("notification 6/6");
    expect(remotes[1]?.received[0]).toMatchObject({ type: "open", holdTimeSeconds: 30 });
    expect([...set]).toHaveLength(1);
  });

  test("remove() ends the session with Peer De-configured, and its connections are strangers' then", async () => {
    const { lab, set } = peers();
    set.add(passive(2));
    lab.advance(1);
    const remote = lab.connect(2, 1);
    remote.send(OPEN, KEEPALIVE);
    lab.run();
    const over = set.remove("host-2");
    lab.run();
    await over;
    expect(remote.heard.at(-1)).toBe("notification 6/3");
    expect(set.get("host-2")).toBeUndefined();
    const again = lab.connect(2, 1);
    lab.run();
    expect(again.heard).toEqual(["notification 6/5"]);
  });

  test("stop() ends every session with the same words", async () => {
    const { lab, set } = peers();
    const remotes = [2, 3].map((host) => {
      set.add(passive(host));
      return host;
    });
    lab.advance(1);
    const speakers = remotes.map((host) => lab.connect(host, 1));
    speakers[0]?.send(OPEN, KEEPALIVE);
    lab.run();
    const over = set.stop({ subcode: 2, text: "bye" });
    lab.run();
    await over;
    expect(speakers.map((speaker) => speaker.heard.at(-1))).toEqual(["notification 6/2", "notification 6/2"]);
    expect([...set]).toEqual([]);
  });

  test("half-open connections of a peer are bounded: one that says nothing holds no second place", () => {
    const { lab, set, refused } = peers();
    set.add(passive(2));
    lab.advance(1);
    const silent = lab.connect(2, 1);
    const more = Array.from({ length: 3 }, () => lab.connect(2, 1));
    lab.run();
    expect(silent.closed).toBeUndefined();
    expect(more.map((speaker) => speaker.heard)).toEqual(Array(3).fill(["notification 6/5"]));
    expect(refused[0]).toBe("the peer is not ready for it");
    lab.advance(SESSION_DEFAULTS.openHoldSeconds);
    expect(silent.heard).toEqual(["open", "notification 4/0"]);
  });
});
