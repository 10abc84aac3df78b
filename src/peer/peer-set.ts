import type { Cease } from "../../protocol/fsm/event.js";
import { encodeMessage } from "../../protocol/messages/message.js";
import { CeaseSubcode, ErrorCode } from "../../protocol/wire/bgp-error.js";
import type { Connection } from "../net/connection.js";
import { applySessionTtl } from "../net/listener.js";
import type { Clock } from "./clock.js";
import { BEFORE_OPEN } from "./link.js";
import type { Peer } from "./peer.js";
import type { PeerConfig } from "./peer-config.js";

/** Refused connections that may be told so within REFUSAL_MS; further ones are cut without a word. */
const MAX_REFUSALS = 32;

/** How long a refused connection may take to close, in milliseconds. */
const REFUSAL_MS = 1000;

const CONNECTION_REJECTED = encodeMessage(
  { type: "notification", code: ErrorCode.Cease, subcode: CeaseSubcode.ConnectionRejected, data: new Uint8Array(0) },
  BEFORE_OPEN,
);

/**
 * The peers of this speaker by name, and the hand that gives each accepted connection to the right one.
 *
 * Connections that wait for an OPEN are bounded by construction: each peer takes one, and nobody else gets any.
 */
export class PeerSet {
  readonly #createPeer: (config: PeerConfig) => Peer;
  readonly #onRefused: (connection: Connection, reason: string) => void;
  readonly #clock: Clock;
  readonly #peers = new Map<string, Peer>();
  #refusals = 0;

  /** @param parts.onRefused told of connections that no peer wanted, before they are closed */
  constructor(parts: {
    createPeer: (config: PeerConfig) => Peer;
    onRefused: (connection: Connection, reason: string) => void;
    clock: Clock;
  }) {
    this.#createPeer = parts.createPeer;
    this.#onRefused = parts.onRefused;
    this.#clock = parts.clock;
  }

  get(name: string): Peer | undefined {
    return this.#peers.get(name);
  }

  /** In the order in which they were added. */
  [Symbol.iterator](): IterableIterator<Peer> {
    return this.#peers.values();
  }

  /** Adds a peer, whose name must be new, and starts it. */
  add(config: PeerConfig): Peer {
    const peer = this.#createPeer(config);
    this.#peers.set(config.name, peer);
    peer.start();
    return peer;
  }

  /** Ends a session whose configuration has changed and begins it anew. @returns settles when the old one is over */
  change(config: PeerConfig): Promise<void> {
    const old = this.#peers.get(config.name);
    const over = old?.stop({ subcode: CeaseSubcode.OtherConfigurationChange }) ?? Promise.resolve();
    this.add(config);
    return over;
  }

  /** @returns settles when the session is over */
  remove(name: string): Promise<void> {
    const peer = this.#peers.get(name);
    this.#peers.delete(name);
    return peer?.stop({ subcode: CeaseSubcode.PeerDeConfigured }) ?? Promise.resolve();
  }

  /** Ends all sessions, e.g. because the daemon stops; as `Peer.stop` */
  async stop(cease: Cease, isRestart = false): Promise<void> {
    const peers = [...this.#peers.values()];
    this.#peers.clear();
    await Promise.all(peers.map((peer) => peer.stop(cease, isRestart)));
  }

  /** Hands an accepted connection to its peer, or refuses it. */
  accept(connection: Connection): void {
    const candidates = this.#candidates(connection);
    if (candidates.length === 0) {
      this.#refuse(connection, `no peer ${connection.remoteAddress} on ${connection.localAddress}`);
      return;
    }
    for (const peer of candidates) {
      const { ttl, minTtl, md5Key } = peer.config;
      const hasKey = md5Key === null || connection.setMd5Key(md5Key).ok; // which may be newer than the connection
      if (hasKey && applySessionTtl(connection, ttl, minTtl).ok && peer.accept(connection)) return;
    }
    this.#refuse(connection, "the peer is not ready for it");
  }

  /**
   * Peers at the connection's remote address. Those bound to its local address come first, and among several sessions with
   * one host (on other ports, which a connection does not show) those that are not Established.
   */
  #candidates({ remoteAddress, localAddress }: Connection): Peer[] {
    const rank = ({ config, isEstablished }: Peer) => (config.localAddress ? 0 : 1) + (isEstablished ? 2 : 0);
    return [...this.#peers.values()]
      .filter(({ config }) => config.remoteAddress.equals(remoteAddress))
      .filter(({ config }) => config.localAddress === null || config.localAddress.equals(localAddress))
      .sort((a, b) => rank(a) - rank(b));
  }

  /** RFC 4271 only closes such a connection; a Cease 5 tells the other operator why (RFC 4486 §4). */
  #refuse(connection: Connection, reason: string): void {
    this.#onRefused(connection, reason);
    if (this.#refusals >= MAX_REFUSALS) {
      connection.destroy();
      return;
    }
    this.#refusals++;
    this.#clock.setTimeout(() => this.#refusals--, REFUSAL_MS);
    connection.write(CONNECTION_REJECTED);
    connection.close();
  }
}
