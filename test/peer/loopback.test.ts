import { afterEach, describe, expect, test } from "vitest";
import type { SessionConfig } from "../../protocol/fsm/session-config.js";
import type { SessionEnd } from "../../protocol/fsm/session-end.js";
import { readShutdownCommunication } from "../../protocol/messages/notification.js";
import { IpAddress } from "../../protocol/net/ip-address.js";
import { routerId } from "../../protocol/net/router-id.js";
import { type Connection, dial } from "../../src/net/connection.js";
import { Listener } from "../../src/net/listener.js";
import { systemClock } from "../../src/peer/clock.js";
import { Peer } from "../../src/peer/peer.js";
import { PeerSet } from "../../src/peer/peer-set.js";
import { RecordingHandler } from "../fakes/recording-handler.js";
import { RemoteSpeaker } from "../fakes/remote-speaker.js";
import { peerConfig } from "./lab.js";

const LOOPBACK = IpAddress.v4(0x7f000001);
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function listen(onConnection: (connection: Connection) => void): number {
  const listener = Listener.open({ address: LOOPBACK, port: 0 });
  if (!listener.ok) throw new Error(listener.error.message);
  listener.value.onConnection = onConnection;
  closing.push(() => listener.value.close());
  return listener.value.port;
}

/** A speaker with one peer over real sockets: a listener of its own, and `remotePort` to dial. */
class Speaker {
  readonly handler = new RecordingHandler();
  readonly ends: SessionEnd[] = [];
  readonly port: number;
  readonly #host: number;
  readonly #set: PeerSet;

  constructor(host: 1 | 2) {
    this.#host = host;
    this.#set = new PeerSet({ createPeer: (config) => this.#create(config), onRefused: () => {}, clock: systemClock });
    this.port = listen((connection) => this.#set.accept(connection));
    closing.push(() => this.#set.stop({ subcode: 2 }));
  }

  #create(config: Peer["config"]): Peer {
    return new Peer({
      config,
      handler: this.handler,
      dial,
      clock: systemClock,
      random: Math.random,
      turns: { isSpent: false, whenResumed: (resume) => setImmediate(resume) },
      observer: { stateChanged: () => {}, connectionEnded: (_peer, _direction, end) => this.ends.push(end) },
    });
  }

  /** Starts the peer of this speaker that is the other one. */
  start(remotePort: number, more: Partial<SessionConfig> = {}, holdTimeSeconds = 90): Peer {
    const remote = this.#host === 1 ? 2 : 1;
    const quick = { connectRetrySeconds: 0.2, idleHoldSeconds: 0.2, ...more };
    const config = peerConfig(this.#host, remote, quick);
    const open = { ...config.session.open, holdTimeSeconds };
    return this.#set.add({ ...config, remoteAddress: LOOPBACK, remotePort, session: { ...config.session, open } });
  }
}

/** Polls until `condition` holds. */
async function until(condition: () => boolean, what: string, seconds = 10): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("peers over loopback", () => {
  test.each([
    ["the first dials", { one: {}, two: { passive: true } }],
    ["the second dials", { one: { passive: true }, two: {} }],
    ["both dial", { one: {}, two: {} }],
  ])("come up when %s", async (_, { one, two }) => {
    const [a, b] = [new Speaker(1), new Speaker(2)];
    const peerA = a.start(b.port, one);
    const peerB = b.start(a.port, two);
    await until(() => peerA.isEstablished && peerB.isEstablished, "both Established");
    expect(peerA.status()).toMatchObject({ remoteRouterId: routerId(0x0a000002), localAddress: LOOPBACK });
    expect(peerB.status()).toMatchObject({ remoteRouterId: routerId(0x0a000001), lastError: null });
  });

  test("come up though both dial at the very same time, again and again", async () => {
    for (let round = 0; round < 10; round++) {
      const [a, b] = [new Speaker(1), new Speaker(2)];
      const peerA = a.start(b.port);
      const peerB = b.start(a.port);
      await until(() => peerA.isEstablished && peerB.isEstablished, `round ${round}`);
      for (const close of closing.splice(0)) await close();
    }
  });

  test("each hears the other's Cease with its words, and comes back", async () => {
    const [a, b] = [new Speaker(1), new Speaker(2)];
    const peerA = a.start(b.port);
    const peerB = b.start(a.port);
    await until(() => peerA.isEstablished && peerB.isEstablished, "both Established");
    await peerA.stop({ subcode: 2, text: "maintenance" });
    await until(() => b.handler.end !== null, "the Cease seen");
    const { end } = b.handler;
    expect(end?.by === "peer" && readShutdownCommunication(end.notification)).toBe("maintenance");
    expect(peerB.status().info).toContain("Received: Administrative shutdown");
    peerA.start();
    await until(() => peerA.isEstablished && peerB.isEstablished, "both Established again");
  });

  test("a silent peer is ended by the HoldTimer, and told so", async () => {
    const accepted: RemoteSpeaker[] = [];
    const port = listen((connection) => accepted.push(new RemoteSpeaker(connection)));
    const a = new Speaker(1);
    a.start(port, { openHoldSeconds: 0.3 });
    await until(() => accepted[0]?.heard.includes("notification 4/0") ?? false, "Hold Timer Expired");
    expect(accepted[0]?.heard).toEqual(["open", "notification 4/0"]);
    await until(() => accepted.length === 2, "the next attempt");
  });

  test("a closed port reads: Connection refused", async () => {
    const a = new Speaker(1);
    const peer = a.start(1);
    await until(() => peer.status().info === "Active Socket: Connection refused", "the refusal");
  });
});
