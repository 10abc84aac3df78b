import { describe, expect, test } from "vitest";
import type { PeerConfig } from "../../src/peer/peer-config.js";
import { KEEPALIVE, Lab, OPEN, peerConfig } from "./lab.js";

const config = peerConfig(1, 2);

function withSession(change: Partial<PeerConfig["session"]>): PeerConfig {
  return { ...config, session: { ...config.session, ...change } };
}

describe("Peer.reconfigure", () => {
  test("another keepalive interval holds from the next KEEPALIVE on, in the same session", () => {
    const lab = new Lab();
    const { peer, remote, handler } = lab.established();
    peer.reconfigure(withSession({ open: { ...config.session.open, keepaliveSeconds: 10 } }));
    lab.advance(30); // the timer that was running
    const before = remote.heard.length;
    lab.advance(30);
    expect(remote.heard.length - before).toBeGreaterThanOrEqual(3);
    expect(handler.log).toEqual(["established"]);
    expect(peer.status()).toMatchObject({ state: "Established", resets: 0, negotiated: { keepaliveSeconds: 10 } });
  });

  test("a passive peer that may dial now does so; an Established session is left alone", () => {
    const lab = new Lab();
    const remotes = lab.remote(2);
    const { peer } = lab.host(1, withSession({ passive: true }));
    peer.start();
    lab.advance(100);
    expect(remotes).toHaveLength(0);
    peer.reconfigure(config);
    lab.advance(1);
    expect(remotes).toHaveLength(1);

    const up = new Lab();
    const { peer: established, remote } = up.established();
    established.reconfigure(withSession({ passive: true }));
    up.advance(1);
    expect(established.status()).toMatchObject({ state: "Established", resets: 0 });
    expect(remote.heard).not.toContain("notification");
  });

  test("a peer that dials no more waits for the other end", () => {
    const lab = new Lab();
    const { peer, changes } = lab.host(1, config);
    peer.start();
    lab.advance(7);
    peer.reconfigure(withSession({ passive: true }));
    lab.advance(1);
    changes.length = 0;
    lab.advance(200);
    expect(changes).toEqual([]);
    expect(peer.status().info).toContain("Passive");
  });
});

describe("Peer.reconfigure with another TCP-MD5 key", () => {
  const rekeyed: PeerConfig = { ...config, md5Key: "new" };

  test("puts it on the connection of an Established session, which goes on", () => {
    const lab = new Lab();
    const { peer, remote } = lab.established();
    peer.reconfigure(rekeyed);
    peer.reconfigure(rekeyed);
    peer.reconfigure(config);
    lab.advance(1);
    expect(remote.connection.other.md5Keys).toEqual(["new", null]);
    expect(remote.heard).not.toContain("notification");
    expect(peer.status()).toMatchObject({ state: "Established", resets: 0 });
  });

  test("lets a peer begin anew that has not been heard since: it has ended the session in words that the key kept out", () => {
    const lab = new Lab();
    const { peer, handler } = lab.established();
    peer.reconfigure(rekeyed);
    const again = lab.connect(2, 1);
    lab.run();
    again.send(OPEN, KEEPALIVE);
    lab.run();
    expect(handler.log).toEqual(["established", expect.stringContaining("closed"), "established"]);
    expect(peer.status()).toMatchObject({ state: "Established", resets: 1 });
  });

  test("keeps the session of a peer that has been heard since, whoever else comes", () => {
    const lab = new Lab();
    const { peer, remote, handler } = lab.established();
    peer.reconfigure(rekeyed);
    remote.send(KEEPALIVE);
    lab.run();
    const again = lab.connect(2, 1);
    lab.run();
    again.send(OPEN);
    lab.run();
    expect(again.heard).toContain("notification 6/7");
    expect([handler.log, peer.status().resets]).toEqual([["established"], 0]);
  });

  test("dials with it at once while there is no connection", () => {
    const lab = new Lab();
    lab.network.silence(config.remoteAddress);
    const { peer } = lab.host(1, config);
    peer.start();
    lab.advance(1);
    const remotes = lab.remote(2);
    lab.network.speak(config.remoteAddress);
    peer.reconfigure(rekeyed);
    lab.advance(1);
    expect(remotes).toHaveLength(1);
  });

  test("resets the session when the connection does not take it", () => {
    const lab = new Lab();
    const { peer, remote } = lab.established();
    peer.reconfigure({ ...config, md5Key: remote.connection.other.unacceptableKey });
    lab.advance(1);
    expect(remote.heard).toContain("notification 6/6");
    expect(peer.status().resets).toBe(1);
  });
});

test("Peer.stop leaves no timeout behind that would keep the process alive", async () => {
  const lab = new Lab();
  const { peer } = lab.established();
  const stopped = peer.stop({ subcode: 2 });
  lab.run();
  await Promise.resolve();
  lab.advance(1); // the limit for the last words
  await stopped;
  expect(lab.clock.pending).toBe(0);
});
