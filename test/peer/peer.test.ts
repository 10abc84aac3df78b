import { describe, expect, test } from "vitest";
import type { Capability } from "../../protocol/capabilities/capability.js";
import { encodeMessage } from "../../protocol/messages/message.js";
import { readShutdownCommunication } from "../../protocol/messages/notification.js";
import { asn } from "../../protocol/net/asn.js";
import { ErrorCode, sessionReset } from "../../protocol/wire/bgp-error.js";
import { MessageType } from "../../protocol/wire/iana.js";
import { BEFORE_OPEN } from "../../src/peer/link.js";
import type { PeerConfig } from "../../src/peer/peer-config.js";
import { GRACEFUL } from "../protocol/fsm/fixtures.js";
import { address, KEEPALIVE, Lab, OPEN, peerConfig } from "./lab.js";

/** An UPDATE that is an End-of-RIB: the tables read it, the peer does not. */
const UPDATE = { type: "update", withdrawn: [], announced: [], endOfRib: null, faults: [], action: "none" } as const;

describe("Peer, coming up", () => {
  test("dials, sends its OPEN, and is Established after the peer's OPEN and KEEPALIVE", () => {
    const lab = new Lab();
    const { peer, handler, changes, remote } = lab.established();
    expect(remote.heard).toEqual(["open", "keepalive"]);
    expect(changes.map((change) => change.to)).toEqual(["Connect", "OpenSent", "OpenConfirm", "Established"]);
    expect(handler.log).toEqual(["established"]);
    expect(peer.status()).toMatchObject({
      state: "Established",
      phase: "up",
      info: "Established",
      lastError: null,
      remoteRouterId: 0x0a000002,
      remotePort: 179,
      uptimeSeconds: 0,
      negotiated: { holdTimeSeconds: 90, keepaliveSeconds: 30 },
      messagesIn: { open: 1, keepalive: 1, update: 0, notification: 0, routeRefresh: 0 },
      messagesOut: { open: 1, keepalive: 1, update: 0, notification: 0, routeRefresh: 0 },
      established: 1,
      resets: 0,
    });
  });

  test("passes address, port, source, TTL and MD5 key on to the dialler", () => {
    const lab = new Lab();
    const config = { ...peerConfig(1, 2), localAddress: address(9), ttl: 255, minTtl: 254, md5Key: "secret", remotePort: 1179 };
    const remotes = lab.remote(2);
    const { peer } = lab.host(1, config);
    peer.start();
    lab.advance(0.2);
    expect(remotes[0]?.connection.remoteAddress.toString()).toBe("10.0.0.9");
    expect(remotes[0]?.connection.localPort).toBe(1179);
  });

  test("a refused connection is tried again after 5, 10, 20, 40, 60 seconds", () => {
    const lab = new Lab();
    const { peer, changes } = lab.host(1, peerConfig(1, 2));
    peer.start();
    lab.advance(0.2);
    expect(peer.status()).toMatchObject({ state: "Active", phase: "start", info: "Active Socket: Connection refused" });
    const dials = () => changes.filter((change) => change.to === "Connect").length;
    const waits = [5, 10, 20, 40, 60, 60].map((seconds) => {
      const before = dials();
      lab.advance(seconds - 0.5);
      const tooEarly = dials() - before;
      lab.advance(0.5);
      return [tooEarly, dials() - before];
    });
    expect(waits).toEqual(Array(6).fill([0, 1]));
  });

  test("a connection that is neither made nor refused is given up and tried again", () => {
    const lab = new Lab();
    lab.network.silence(address(2));
    const { peer } = lab.host(1, peerConfig(1, 2));
    peer.start();
    lab.advance(6);
    expect(peer.status()).toMatchObject({ state: "Connect", info: "Connect Socket: Connection timed out" });
  });

  test("a passive peer waits, and takes the peer's connection", () => {
    const lab = new Lab();
    const { peer } = lab.host(1, peerConfig(1, 2, { passive: true }));
    peer.start();
    lab.advance(100);
    expect(peer.status()).toMatchObject({ state: "Active", info: "Passive" });
    const remote = lab.connect(2, 1);
    remote.send(OPEN, KEEPALIVE);
    lab.run();
    expect(remote.heard).toEqual(["open", "keepalive"]);
    expect(peer.status().state).toBe("Established");
  });

  test("a peer that waits to dial again takes the peer's connection", () => {
    const lab = new Lab();
    const { peer } = lab.host(1, peerConfig(1, 2));
    peer.start();
    lab.advance(1);
    lab.connect(2, 1).send(OPEN, KEEPALIVE);
    lab.run();
    expect(peer.status().state).toBe("Established");
  });

  test("with DelayOpen the peer's OPEN comes first, and ours and the KEEPALIVE answer it", () => {
    const lab = new Lab();
    const remotes = lab.remote(2);
    const { peer } = lab.host(1, peerConfig(1, 2, { delayOpenSeconds: 10 }));
    peer.start();
    lab.advance(1);
    expect(remotes[0]?.heard).toEqual([]);
    remotes[0]?.send(OPEN, KEEPALIVE);
    lab.run();
    expect(remotes[0]?.heard).toEqual(["open", "keepalive"]);
    expect(peer.status().state).toBe("Established");
  });
});

describe("Peer, the session's end", () => {
  test("an OPEN from the wrong AS is refused, and the peer's connections with it, until the IdleHoldTimer expires", () => {
    const lab = new Lab();
    const remotes = lab.remote(2);
    const { peer, handler } = lab.host(1, peerConfig(1, 2));
    peer.start();
    lab.advance(0.2);
    remotes[0]?.send({ ...OPEN, myAs: asn(65009) });
    lab.run();
    expect(remotes[0]?.heard).toEqual(["open", "notification 2/2"]);
    expect(peer.status()).toMatchObject({ state: "Idle", phase: "start", info: "Idle BGP Error: Bad peer AS" });
    expect(handler.log).toEqual([]);
    const incoming = lab.connect(2, 1);
    lab.run();
    expect(incoming.closed).toBe(null);
    lab.advance(5);
    expect(remotes).toHaveLength(2);
  });

  test("a NOTIFICATION of the peer's ends it, is not answered, and shows in the status", () => {
    const lab = new Lab();
    const { peer, handler, remote } = lab.established();
    remote.send({ type: "notification", code: 6, subcode: 2, data: new Uint8Array(0) });
    lab.run();
    expect(remote.heard).toEqual(["open", "keepalive"]);
    expect(handler.log).toEqual(["established", "closed"]);
    expect(peer.status()).toMatchObject({ info: "Idle Received: Administrative shutdown", established: 1, resets: 1 });
  });

  test("the peer may come back at once after a Cease of its own", () => {
    const lab = new Lab();
    const { peer, remote } = lab.established();
    remote.send({ type: "notification", code: 6, subcode: 4, data: new Uint8Array(0) });
    lab.run();
    lab.connect(2, 1).send(OPEN, KEEPALIVE);
    lab.run();
    expect(peer.status()).toMatchObject({ state: "Established", established: 2, lastError: null });
  });

  test("silence for the hold time ends it with Hold Timer Expired (§6.5)", () => {
    const lab = new Lab();
    const { peer, remote } = lab.established();
    lab.advance(89.9);
    expect(peer.status().state).toBe("Established");
    lab.advance(0.1);
    expect(remote.heard.at(-1)).toBe("notification 4/0");
    expect(peer.status().info).toBe("Idle BGP Error: Hold timer expired");
  });

  test.each([
    ["KEEPALIVE", KEEPALIVE],
    ["UPDATE", UPDATE],
    ["ROUTE-REFRESH", { type: "route-refresh", afi: 1, safi: 1, subtype: "request" } as const],
  ])("each %s starts the hold time anew", (_, message) => {
    const lab = new Lab();
    const { peer, remote } = lab.established();
    for (let i = 0; i < 5; i++) {
      lab.advance(80);
      remote.send(message);
      lab.run();
    }
    expect(peer.status().state).toBe("Established");
  });

  test("while we do not read, the peer's silence is no reason to end it", () => {
    const lab = new Lab();
    const { peer, remote } = lab.established();
    peer.pauseReading();
    for (let i = 0; i < 10; i++) {
      lab.advance(30);
      remote.send(KEEPALIVE);
    }
    expect(peer.status().state).toBe("Established");
    peer.resumeReading();
    lab.run();
    lab.turns.next();
    lab.advance(30);
    expect(peer.status()).toMatchObject({ state: "Established", messagesIn: { keepalive: 11 } });
  });

  test("KEEPALIVEs leave at the negotiated interval", () => {
    const lab = new Lab();
    const { remote } = lab.established();
    for (let i = 0; i < 10; i++) {
      lab.advance(30);
      remote.send(KEEPALIVE);
    }
    expect(remote.heard.filter((type) => type === "keepalive")).toHaveLength(1 + 10);
  });

  test("a hold time of zero needs no KEEPALIVEs and never expires (§4.2)", () => {
    const lab = new Lab();
    const config = peerConfig(1, 2);
    const { peer, remote } = lab.established({
      ...config,
      session: { ...config.session, open: { ...config.session.open, holdTimeSeconds: 0 } },
    });
    lab.advance(100_000);
    expect(peer.status().state).toBe("Established");
    expect(remote.heard).toEqual(["open", "keepalive"]);
  });

  test("a peer that takes no bytes is ended after the send hold time (RFC 9687)", () => {
    const lab = new Lab();
    const { peer, handler, remote } = lab.established(peerConfig(1, 2, { sendHoldSeconds: 300 }));
    const local = remote.connection.other;
    local.stall();
    handler.session?.write(encodeMessage(UPDATE, BEFORE_OPEN));
    for (let i = 0; i < 9; i++) {
      lab.advance(30);
      remote.send(KEEPALIVE);
      lab.run();
    }
    expect(peer.status().state).toBe("Established");
    lab.advance(30);
    expect(peer.status().info).toBe("Idle BGP Error: Send hold timer expired");
  });

  test("a peer that takes bytes slowly is not ended: each write taken starts the send hold time anew", () => {
    const lab = new Lab();
    const { peer, handler, remote } = lab.established(peerConfig(1, 2, { sendHoldSeconds: 180 }));
    const local = remote.connection.other;
    local.stall();
    for (let i = 0; i < 100; i++) handler.session?.write(encodeMessage(UPDATE, BEFORE_OPEN));
    for (let i = 0; i < 20; i++) {
      lab.advance(60);
      if (i % 2 === 0) local.unstall(1);
      remote.send(KEEPALIVE);
      lab.run();
    }
    expect(peer.status().state).toBe("Established");
    for (let i = 0; i < 3; i++) {
      remote.send(KEEPALIVE);
      lab.advance(60);
    }
    expect(peer.status()).toMatchObject({ resets: 1, lastError: "BGP Error: Send hold timer expired" });
  });

  test("the status keeps the error until the session is back, and says since when", () => {
    const lab = new Lab();
    const { peer, remote } = lab.established();
    const up = peer.status().since;
    lab.advance(60);
    expect(peer.status()).toMatchObject({ since: up, uptimeSeconds: 60 });
    remote.connection.destroy();
    lab.run();
    expect(peer.status()).toMatchObject({ phase: "start", since: up + 60_000, lastError: "Socket: Connection reset by peer" });
    lab.advance(5);
    expect(peer.status()).toMatchObject({ state: "OpenSent", lastError: "Socket: Connection reset by peer", since: up + 60_000 });
  });
});

describe("Peer and the routing side", () => {
  test("UPDATEs go to the handler whole; its error ends the session with that NOTIFICATION", () => {
    const lab = new Lab();
    const { peer, handler, remote } = lab.established();
    remote.send(UPDATE);
    lab.run();
    expect(handler.updates).toEqual([encodeMessage(UPDATE, BEFORE_OPEN)]);
    handler.answer = sessionReset(ErrorCode.UpdateMessage, 3, "no ORIGIN", Uint8Array.of(1));
    remote.send(UPDATE);
    lab.run();
    expect(remote.received.at(-1)).toEqual({ type: "notification", code: 3, subcode: 3, data: Uint8Array.of(1) });
    expect(handler.log).toEqual(["established", "update", "update", "closed"]);
    expect(peer.status().info).toBe("Idle BGP Error: Missing mandatory attribute");
  });

  test("an UPDATE before Established is an FSM error and reaches no handler (RFC 6608)", () => {
    const lab = new Lab();
    const remotes = lab.remote(2);
    const { peer, handler } = lab.host(1, peerConfig(1, 2));
    peer.start();
    lab.advance(0.2);
    remotes[0]?.send(OPEN, UPDATE);
    lab.run();
    expect(remotes[0]?.received.at(-1)).toEqual({
      type: "notification",
      code: 5,
      subcode: 2,
      data: Uint8Array.of(MessageType.Update),
    });
    expect(handler.updates).toEqual([]);
  });

  test("a header that cannot be is answered with its error, in Established too (§6.1)", () => {
    const lab = new Lab();
    const { remote } = lab.established();
    remote.connection.write(new Uint8Array(19));
    lab.run();
    expect(remote.heard.at(-1)).toBe("notification 1/1");
  });

  test("what the handler writes reaches the peer and is counted by message", () => {
    const lab = new Lab();
    const { peer, handler, remote } = lab.established();
    const one = encodeMessage(UPDATE, BEFORE_OPEN);
    let flushed = 0;
    handler.session?.write(Uint8Array.of(...one, ...one), () => flushed++);
    handler.session?.sendRouteRefresh({ type: "route-refresh", afi: 1, safi: 1, subtype: "request" });
    lab.run();
    expect(flushed).toBe(1);
    expect(remote.heard.slice(2)).toEqual(["update", "update", "route-refresh"]);
    expect(peer.status().messagesOut).toMatchObject({ update: 2, routeRefresh: 1 });
  });

  test("a ROUTE-REFRESH of the peer's reaches the handler", () => {
    const lab = new Lab();
    const { handler, remote } = lab.established();
    remote.send({ type: "route-refresh", afi: 1, safi: 1, subtype: "request" });
    lab.run();
    expect(handler.log).toEqual(["established", "refresh 1/1"]);
  });

  test("after the end nothing that is written goes anywhere", () => {
    const lab = new Lab();
    const { handler, remote } = lab.established();
    const { session } = handler;
    remote.connection.destroy();
    lab.run();
    session?.write(encodeMessage(UPDATE, BEFORE_OPEN));
    lab.run();
    expect(remote.heard).toEqual(["open", "keepalive"]);
  });
});

describe("Peer.stop", () => {
  test("tells the peer why, in words too, and leaves nothing behind", async () => {
    const lab = new Lab();
    const { peer, handler, remote } = lab.established();
    const stopped = peer.stop({ subcode: 2, text: "new disk" });
    lab.run();
    await stopped;
    expect(remote.heard.at(-1)).toBe("notification 6/2");
    const last = remote.received.at(-1);
    expect(last?.type === "notification" && readShutdownCommunication(last)).toBe("new disk");
    expect(remote.closed).toBe(null);
    expect(handler.log).toEqual(["established", "closed"]);
    expect(peer.status()).toMatchObject({ state: "Idle", phase: "down" });
    lab.advance(1000);
    expect(remote.heard).toHaveLength(3);
  });

  test("waits no longer than a second for a peer that takes nothing", async () => {
    const lab = new Lab();
    const { peer, remote } = lab.established();
    remote.connection.other.stall();
    let isDone = false;
    const stopped = peer.stop({ subcode: 2 }).then(() => {
      isDone = true;
    });
    await Promise.resolve();
    await Promise.resolve();
    expect(isDone).toBe(false);
    lab.advance(1);
    await stopped;
    expect(isDone).toBe(true);
  });

  /** It does not restart gracefully itself, and keeps our routes all the same. */
  const HELPER: Capability = { ...GRACEFUL, families: [] };

  test("to be started again: a peer that keeps our routes when the connection is lost is told nothing (RFC 4724 §4.2)", async () => {
    const lab = new Lab();
    const { peer, remote } = lab.established(withCapability(HELPER), { ...OPEN, capabilities: [...OPEN.capabilities, HELPER] });
    const stopped = peer.stop({ subcode: 4 }, true);
    lab.run();
    await stopped;
    expect(remote.heard).toEqual(["open", "keepalive"]);
    expect(remote.closed).toBe(null);
  });

  test("to be started again: a peer that does not know graceful restart is told why", async () => {
    const lab = new Lab();
    const { peer, remote } = lab.established(withCapability(HELPER));
    const stopped = peer.stop({ subcode: 4 }, true);
    lab.run();
    await stopped;
    expect(remote.heard.at(-1)).toBe("notification 6/4");
  });

  test("for good: a peer that keeps routes over NOTIFICATIONs is told to let them go (RFC 8538 §3.1)", async () => {
    const lab = new Lab();
    const { peer, remote } = lab.established(withCapability(HELPER), { ...OPEN, capabilities: [...OPEN.capabilities, HELPER] });
    const stopped = peer.stop({ subcode: 2 });
    lab.run();
    await stopped;
    expect(remote.heard.at(-1)).toBe("notification 6/9");
  });

  test("refuses connections afterwards, until start()", async () => {
    const lab = new Lab();
    const { peer } = lab.host(1, peerConfig(1, 2, { passive: true }));
    peer.start();
    lab.advance(1);
    await peer.stop({ subcode: 2 });
    const refused = lab.connect(2, 1);
    lab.run();
    expect(refused.closed).toBe(null);
    peer.start();
    lab.advance(1);
    lab.connect(2, 1).send(OPEN, KEEPALIVE);
    lab.run();
    expect(peer.status().state).toBe("Established");
  });

  test("reset() ends the session and begins anew at once", () => {
    const lab = new Lab();
    const { peer, remote } = lab.established();
    peer.reset({ subcode: 4, text: "policy" });
    lab.advance(0.2);
    expect(remote.heard.at(-1)).toBe("notification 6/4");
    expect(peer.status()).toMatchObject({ state: "OpenSent", phase: "start" });
  });

  test("fail() ends the session, which is tried again after the IdleHoldTimer", () => {
    const lab = new Lab();
    const { peer, remote } = lab.established();
    peer.fail({ subcode: 10 });
    lab.run();
    expect(remote.heard.at(-1)).toBe("notification 6/10");
    expect(peer.status().info).toBe("Idle Error: BFD session down");
    lab.advance(5);
    expect(peer.status().state).toBe("OpenSent");
  });
});

describe("a peer that restarts gracefully (RFC 4724)", () => {
  const config = peerConfig(1, 2);
  const capabilities: readonly Capability[] = [...config.session.open.capabilities, GRACEFUL];
  const graceful = { ...config, session: { ...config.session, open: { ...config.session.open, capabilities } } };
  const open = { ...OPEN, capabilities: [...OPEN.capabilities, GRACEFUL] };

  function establishedGracefully(lab: Lab) {
    const remotes = lab.remote(2);
    const host = lab.host(1, graceful);
    host.peer.start();
    lab.advance(0.2);
    const remote = remotes[0]!;
    remote.send(open, KEEPALIVE);
    lab.run();
    return { ...host, remote };
  }

  test("keeps its routes when the connection is lost", () => {
    const lab = new Lab();
    const { handler, remote } = establishedGracefully(lab);
    remote.connection.destroy();
    lab.run();
    expect(handler.log).toEqual(["established", "closed, routes stay"]);
  });

  test("replaces a settled session by a new connection of its own, at once", () => {
    const lab = new Lab();
    const { peer, handler, remote } = establishedGracefully(lab);
    lab.advance(31);
    remote.send(KEEPALIVE);
    const anew = lab.connect(2, 1);
    anew.send(open, KEEPALIVE);
    lab.run();
    expect(handler.log).toEqual(["established", "closed, routes stay", "established"]);
    expect(remote.heard).not.toContain("notification 6/7");
    expect(peer.status()).toMatchObject({ state: "Established", resets: 1 });
  });
});

/** Host 1 towards host 2, with one capability more. */
function withCapability(capability: Capability): PeerConfig {
  const config = peerConfig(1, 2);
  const { open } = config.session;
  return { ...config, session: { ...config.session, open: { ...open, capabilities: [...open.capabilities, capability] } } };
}
