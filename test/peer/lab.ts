import { SESSION_DEFAULTS, type SessionConfig } from "../../protocol/fsm/session-config.js";
import type { SessionEnd } from "../../protocol/fsm/session-end.js";
import type { OpenMessage } from "../../protocol/messages/open.js";
import { asn } from "../../protocol/net/asn.js";
import { IpAddress } from "../../protocol/net/ip-address.js";
import { routerId } from "../../protocol/net/router-id.js";
import { Peer, type StateChange } from "../../src/peer/peer.js";
import type { PeerConfig } from "../../src/peer/peer-config.js";
import { FakeClock } from "../fakes/fake-clock.js";
import { type FakeConnection, FakeNetwork } from "../fakes/fake-network.js";
import { FakeTurns } from "../fakes/fake-turns.js";
import { RecordingHandler } from "../fakes/recording-handler.js";
import { RemoteSpeaker } from "../fakes/remote-speaker.js";

/** Two hosts: number 1 is in AS 65001 with identifier and address 10.0.0.1, number 2 likewise. */
export const address = (host: number): IpAddress => IpAddress.v4(0x0a000000 + host);

export function peerConfig(host: number, remote: number, more: Partial<SessionConfig> = {}): PeerConfig {
  return {
    name: `host-${remote}`,
    remoteAddress: address(remote),
    remotePort: 179,
    localAddress: null,
    ttl: 64,
    minTtl: null,
    md5Key: null,
    session: {
      ...SESSION_DEFAULTS,
      open: {
        asNumber: asn(65000 + host),
        holdTimeSeconds: 90,
        keepaliveSeconds: null,
        routerId: routerId(0x0a000000 + host),
        peerAs: asn(65000 + remote),
        capabilities: [
          { type: "multiprotocol", afi: 1, safi: 1 },
          { type: "route-refresh" },
          { type: "four-octet-as", asNumber: asn(65000 + host) },
        ],
      },
      ...more,
    },
  };
}

/** What the peer of `peerConfig(1, 2)` says in its OPEN. */
export const OPEN = {
  type: "open",
  version: 4,
  myAs: asn(65002),
  holdTimeSeconds: 90,
  routerId: routerId(0x0a000002),
  capabilities: [{ type: "multiprotocol", afi: 1, safi: 1 }, { type: "route-refresh" }],
} as const;
export const KEEPALIVE = { type: "keepalive" } as const;

export interface Host {
  readonly peer: Peer;
  readonly handler: RecordingHandler;
  readonly changes: StateChange[];
  readonly ends: SessionEnd[];
}

/** A network of peers with one clock. */
export class Lab {
  readonly clock = new FakeClock();
  readonly network = new FakeNetwork();
  readonly turns = new FakeTurns();

  /** A peer of host `host`, listening; not started. */
  host(host: number, config: PeerConfig): Host {
    const handler = new RecordingHandler();
    const changes: StateChange[] = [];
    const ends: SessionEnd[] = [];
    const peer = new Peer({
      config,
      handler,
      dial: this.network.dialFrom(address(host)),
      clock: this.clock,
      random: () => 1,
      turns: this.turns,
      observer: {
        stateChanged: (_, change) => changes.push(change),
        connectionEnded: (_peer, _direction, end) => ends.push(end),
      },
    });
    this.network.listen(address(host), (connection) => {
      if (!peer.accept(connection)) connection.close();
    });
    return { peer, handler, changes, ends };
  }

  /** A listener at host `host` that only listens: the connections it was given. */
  remote(host: number): RemoteSpeaker<FakeConnection>[] {
    const speakers: RemoteSpeaker<FakeConnection>[] = [];
    this.network.listen(address(host), (connection) => speakers.push(new RemoteSpeaker(connection)));
    return speakers;
  }

  /** A connection that host `from` opens to host `to`. */
  connect(from: number, to: number): RemoteSpeaker<FakeConnection> {
    return new RemoteSpeaker(this.network.connect(address(from), address(to)));
  }

  run(): void {
    this.network.run();
  }

  advance(seconds: number): void {
    this.run();
    this.clock.advance(seconds * 1000, () => this.run());
    this.run();
  }

  /** A started peer of host 1 that has an Established session with a remote speaker at host 2. */
  established(
    config: PeerConfig = peerConfig(1, 2),
    open: OpenMessage = OPEN,
  ): Host & { readonly remote: RemoteSpeaker<FakeConnection> } {
    const remotes = this.remote(2);
    const host = this.host(1, config);
    host.peer.start();
    this.advance(0.2);
    const remote = remotes[0]!;
    remote.send(open, KEEPALIVE);
    this.run();
    return { ...host, remote };
  }
}
