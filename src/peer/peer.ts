import { type Direction, detectCollision } from "../../protocol/fsm/collision.js";
import type { Cease, Event, EventType } from "../../protocol/fsm/event.js";
import type { SessionEnd } from "../../protocol/fsm/session-end.js";
import type { StateName } from "../../protocol/fsm/state.js";
import type { OpenMessage } from "../../protocol/messages/open.js";
import { CeaseSubcode } from "../../protocol/wire/bgp-error.js";
import type { Connection } from "../net/connection.js";
import { Attempt, type Dial } from "./attempt.js";
import type { Clock, TimerHandle } from "./clock.js";
import type { ReadTurns } from "./intake.js";
import type { PeerConfig } from "./peer-config.js";
import { PeerRecord } from "./peer-record.js";
import type { PeerStatus } from "./peer-status.js";
import type { SessionHandler } from "./session-handler.js";

/** How long `stop()` waits for the NOTIFICATION to leave, in milliseconds. */
const STOP_LIMIT_MS = 1000;

/** Peers that start together dial over so many milliseconds. */
const START_SPREAD_MS = 100;

/** How far a machine has come: of two, the status shows the further one. */
const PROGRESS: Readonly<Record<StateName, number>> = {
  Idle: 0,
  Active: 1,
  Connect: 2,
  OpenSent: 3,
  OpenConfirm: 4,
  Established: 5,
};

/** Told of what peers do: for the log and the journal. */
export interface PeerObserver {
  stateChanged(peer: Peer, change: StateChange): void;
  /** A connection, or the attempt to make one, ended. */
  connectionEnded(peer: Peer, direction: Direction, end: SessionEnd): void;
}

export interface StateChange {
  readonly direction: Direction;
  readonly from: StateName;
  readonly to: StateName;
  readonly event: EventType;
}

export interface PeerParts {
  readonly config: PeerConfig;
  readonly handler: SessionHandler;
  readonly dial: Dial;
  readonly clock: Clock;
  readonly random: () => number; // 0 to 1, for jitter
  readonly turns: ReadTurns;
  readonly observer: PeerObserver;
}

/**
 * A configured peer: drives the machines of its connections (RFC 4271 §8).
 *
 * The main machine is always there and dials, unless the peer is passive. A connection of the peer's that comes while the
 * main one is busy gets a rival machine; when either of them fails, by collision (§6.8) or otherwise, the other is the main one.
 *
 * All events of both go through one queue: one is answered completely, every action done, before the next is looked at.
 */
export class Peer {
  readonly #parts: PeerParts;
  readonly #record: PeerRecord;
  readonly #queue: { readonly attempt: Attempt; readonly event: Event }[] = [];
  #config: PeerConfig;
  #main: Attempt;
  #rival: Attempt | null = null;
  #isStarted = false;
  #isRunning = false;
  #starting: TimerHandle | null = null;

  constructor(parts: PeerParts) {
    this.#config = parts.config;
    this.#parts = parts;
    this.#record = new PeerRecord(parts.clock);
    this.#main = this.#newAttempt(0);
  }

  get config(): PeerConfig {
    return this.#config;
  }

  /**
   * Takes over what needs no other session: who dials, our keepalive interval, the TCP-MD5 key, and what our next OPEN says.
   * Whatever else has changed holds from the next connection on.
   */
  reconfigure(config: PeerConfig): void {
    const { passive, open } = config.session;
    const isOtherWay = passive !== this.#config.session.passive;
    const isOtherKey = config.md5Key !== this.#config.md5Key;
    this.#config = config;
    for (const attempt of this.#attempts()) attempt.setKeepalive(open.keepaliveSeconds);
    if (isOtherWay && !this.isEstablished) this.#restart(null);
    else if (isOtherKey) this.#rekey();
  }

  /** Begins to hold the session: the first attempt follows within a tenth of a second. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#noteState();
    const type = this.config.session.passive ? "ManualStart_with_PassiveTcpEstablishment" : "ManualStart";
    const delay = this.#parts.random() * START_SPREAD_MS;
    this.#starting = this.#parts.clock.setTimeout(() => this.#post(this.#main, { type }), delay);
  }

  /**
   * Ends the session and all attempts; `start()` may follow.
   *
   * @param cease what the peer is told
   * @param isRestart we shall be back: a peer that keeps our routes when the connection is lost is told nothing (RFC 4724 §4.2)
   * @returns settles when the kernel has the NOTIFICATION, after a second at most
   */
  async stop(cease: Cease, isRestart = false): Promise<void> {
    const attempts = this.#attempts();
    this.#isStarted = false;
    this.#starting?.cancel();
    for (const attempt of attempts) {
      const isSilent = isRestart && attempt.keepsOurRoutes;
      this.#post(attempt, { type: "ManualStop", cease: isSilent ? null : cease });
    }
    await Promise.resolve(); // when called while an event is answered: the stop comes after it
    this.#noteState();
    await this.#atMost(STOP_LIMIT_MS, Promise.all(attempts.map((attempt) => attempt.lastWords)));
    for (const attempt of attempts) attempt.rest();
  }

  /** Ends the session by an operator's wish, and begins anew. */
  reset(cease: Cease): void {
    this.#restart(cease);
  }

  /** Ends the session because of something seen here (BFD, too many prefixes); it is tried again after the IdleHoldTimer. */
  fail(cease: Cease): void {
    for (const attempt of this.#attempts()) this.#post(attempt, { type: "AutomaticStop", cease });
  }

  /** Takes a connection that the peer has opened. @returns false: it is not wanted now, and still the caller's */
  accept(connection: Connection): boolean {
    if (!this.#isStarted || !this.#hasRoomFor()) return false;
    const main = this.#main;
    if (main.state.name === "Active" && !main.connection) {
      main.attach(connection, "incoming");
      this.#post(main, { type: "TcpConnectionConfirmed" });
      return true;
    }
    if (main.state.name === "Established") this.#post(main, { type: "TcpConnectionConfirmed" });
    const rival = this.#newAttempt(main.state.connectRetryCounter);
    rival.attach(connection, "incoming");
    this.#rival = rival;
    this.#post(rival, { type: "AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment" });
    this.#post(rival, { type: "TcpConnectionConfirmed" });
    return true;
  }

  /** The routing side is behind: what the peer sends waits, at last at the peer. */
  pauseReading(): void {
    for (const attempt of this.#attempts()) attempt.pauseReading();
  }

  resumeReading(): void {
    for (const attempt of this.#attempts()) attempt.resumeReading();
  }

  get isEstablished(): boolean {
    return this.#furthest().state.name === "Established";
  }

  status(): PeerStatus {
    const { state, connection } = this.#furthest();
    return this.#record.status({ state, connection, stateWord: this.#stateWord() });
  }

  /** Connections that stand go on with the new key; where there is none yet, one is dialled with it at once. */
  #rekey(): void {
    const connected = this.#attempts().filter(({ connection }) => connection !== null);
    const isDone = connected.map((attempt) => attempt.setMd5Key(this.#config.md5Key)).every((taken) => taken);
    if (connected.length === 0 || !isDone) this.#restart({ subcode: CeaseSubcode.OtherConfigurationChange });
  }

  #restart(cease: Cease | null): void {
    if (!this.#isStarted) return;
    for (const attempt of this.#attempts()) this.#post(attempt, { type: "ManualStop", cease });
    this.#isStarted = false;
    this.start();
  }

  /** At most one connection of each side, but a peer that restarts may come anew while TCP still believes in the session. */
  #hasRoomFor(): boolean {
    const { state, connection, direction } = this.#main;
    if (this.#rival) return false;
    if (state.name === "Idle") return !state.damped;
    return connection === null || direction === "outgoing" || state.name === "Established";
  }

  #newAttempt(failures: number): Attempt {
    const { handler, dial, clock, random, turns, observer } = this.#parts;
    return new Attempt(
      {
        handler,
        dial,
        clock,
        random,
        turns,
        config: () => this.#config,
        record: this.#record,
        post: (attempt, event) => this.#post(attempt, event),
        onEnd: (attempt, end) => {
          this.#record.noteEnd(end);
          observer.connectionEnded(this, attempt.direction, end);
        },
      },
      failures,
    );
  }

  #attempts(): Attempt[] {
    return this.#rival ? [this.#main, this.#rival] : [this.#main];
  }

  #furthest(): Attempt {
    const rival = this.#rival;
    return rival && PROGRESS[rival.state.name] > PROGRESS[this.#main.state.name] ? rival : this.#main;
  }

  #stateWord(): string {
    if (!this.#isStarted) return "Down";
    const { state, connection } = this.#furthest();
    return this.config.session.passive && state.name === "Active" && !connection ? "Passive" : state.name;
  }

  /** The one loop: what an event causes is queued behind it, not nested in it. */
  #post(attempt: Attempt, event: Event): void {
    this.#queue.push({ attempt, event });
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#answer(next.attempt, next.event);
    } finally {
      this.#isRunning = false;
    }
  }

  #answer(attempt: Attempt, event: Event): void {
    if (attempt !== this.#main && attempt !== this.#rival) return; // discarded meanwhile
    const from = attempt.state.name;
    this.#handle(attempt, event);
    const to = attempt.state.name;
    if (from === to) return;
    this.#settle();
    this.#noteState();
    this.#parts.observer.stateChanged(this, { direction: attempt.direction, from, to, event: event.type });
  }

  /** An OPEN may collide with the other connection (§6.8): then this one ends unanswered, or the other one once it is accepted. */
  #handle(attempt: Attempt, event: Event): void {
    const other = attempt === this.#main ? this.#rival : this.#main;
    const verdict = other && "open" in event ? this.#collision(event.open, attempt.direction, other) : "none";
    attempt.handle(verdict === "close-new" ? { type: "OpenCollisionDump" } : event);
    const wins = verdict === "close-existing" && attempt.state.name === "OpenConfirm";
    if (other && wins) this.#post(other, { type: "OpenCollisionDump" });
  }

  /**
   * A peer that comes anew with the new TCP-MD5 key, and has not been heard over the session since the key changed, has ended that
   * session: FRR and BIRD do when their key is changed, and their NOTIFICATION, signed with the old one, does not arrive.
   */
  #collision(open: OpenMessage, direction: Direction, other: Attempt): ReturnType<typeof detectCollision> {
    if (other.state.name === "Established" && other.isUnheard) return "close-existing";
    return detectCollision(open, direction, other.state, this.config.session);
  }

  /** Discards the machine that has lost, if one has. */
  #settle(): void {
    const [main, rival] = [this.#main, this.#rival];
    if (!rival) return;
    if (!rival.connection) {
      this.#rival = null;
      rival.discard();
    } else if (main.state.name === "Idle" || (!main.connection && PROGRESS[rival.state.name] >= PROGRESS.OpenConfirm)) {
      this.#main = rival;
      this.#rival = null;
      main.discard();
    }
  }

  #noteState(): void {
    this.#record.noteState(this.#furthest().state.name, this.#isStarted);
  }

  #atMost(ms: number, done: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const limit = this.#parts.clock.setTimeout(resolve, ms);
      void done.then(() => {
        limit.cancel();
        resolve();
      });
    });
  }
}
