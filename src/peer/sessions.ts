import type { Cease } from "../../protocol/fsm/event.js";
import type { Family } from "../../protocol/net/address-family.js";
import type { Connection } from "../net/connection.js";
import type { Logger } from "../observe/logger.js";
import { Throttle } from "../observe/throttle.js";
import type { NodePlan, SessionPlan } from "../plan/node-plan.js";
import type { PlanStep } from "../plan/plan-step.js";
import { errorText } from "./error-text.js";
import type { Speaker } from "./export-profile-of.js";
import { Peer, type PeerParts } from "./peer.js";
import type { PeerConfig } from "./peer-config.js";
import { peerConfigOf, type RestartFlags } from "./peer-config-of.js";
import { PeerSet } from "./peer-set.js";
import type { RoutingSession } from "./routing-session.js";

/** Of the events that others can cause at will, one is logged in this time. */
const LOG_INTERVAL_MS = 1000;

/** A session that is held: what asked for it, who holds it, and its routes. */
export interface HeldSession {
  readonly plan: SessionPlan;
  readonly peer: Peer;
  readonly routing: RoutingSession;
}

interface Slot {
  readonly key: string;
  plan: SessionPlan;
  routing: RoutingSession;
  hasBeenUp: boolean;
}

/** What `Sessions` needs of the parts around it. */
export interface SessionsParts extends Pick<PeerParts, "dial" | "clock" | "turns"> {
  readonly log: Logger;
  readonly createRouting: (plan: SessionPlan, speaker: Speaker) => RoutingSession;
  /** What our OPENs say of our own restart, on sessions that have not been up since. */
  readonly restartFlags: (family: Family) => RestartFlags;
  /** The password of a session; null: none, or its Secret is missing. */
  readonly passwordOf: (plan: SessionPlan) => string | null;
  /** Puts the TCP-MD5 key of a peer on every listener. */
  readonly setListenerKey: (plan: SessionPlan, key: string | null) => void;
}

/** The sessions of this node: brings them from one plan to the next, and resets only what `diffPlans` says must be reset. */
export class Sessions {
  readonly #parts: SessionsParts;
  readonly #peers: PeerSet;
  readonly #slots = new Map<string, Slot>();
  #speaker: Speaker;
  #lastKey = 0;
  readonly #refusedLog = new Throttle(LOG_INTERVAL_MS);

  constructor(parts: SessionsParts, speaker: Speaker) {
    this.#parts = parts;
    this.#speaker = speaker;
    this.#peers = new PeerSet({
      createPeer: (config) => this.#createPeer(config),
      onRefused: (connection, reason) => this.#logRefused(connection, reason),
      clock: parts.clock,
    });
  }

  /** In the order of their names. */
  *[Symbol.iterator](): IterableIterator<HeldSession> {
    const slots = [...this.#slots.values()].sort((a, b) => (a.plan.name < b.plan.name ? -1 : 1));
    for (const { key, plan, routing } of slots) yield { plan, routing, peer: this.#peers.get(key)! };
  }

  accept(connection: Connection): void {
    this.#peers.accept(connection);
  }

  /** What follows of a change of plans; `after` is the plan as a whole. */
  apply(steps: readonly PlanStep[], after: NodePlan): void {
    this.#speaker = { routerId: after.routerId, clusterId: after.clusterId };
    for (const step of steps) {
      if (step.type === "session-remove") this.#remove(this.#slotOf(step.session));
      else if (step.type === "session-reset") this.#reset(this.#slotOf(step.before), step.after);
      else if (step.type === "session-live") this.#slotOf(step.before).plan = step.after;
      else if (step.type === "session-add") this.#add(step.session);
    }
    this.#follow(after);
  }

  /** Our own restart has come further: what the next OPENs say of it is another. */
  renewOpens(): void {
    for (const slot of this.#slots.values()) this.#peers.get(slot.key)?.reconfigure(this.#configOf(slot));
  }

  /** Ends all sessions; none is held from now on. As `Peer.stop` */
  stop(cease: Cease, isRestart = false): Promise<void> {
    for (const { routing } of this.#slots.values()) routing.end();
    this.#slots.clear();
    return this.#peers.stop(cease, isRestart);
  }

  #add(plan: SessionPlan): void {
    const key = String(++this.#lastKey);
    const slot = { key, plan, routing: this.#parts.createRouting(plan, this.#speaker), hasBeenUp: false };
    this.#slots.set(key, slot);
    this.#peers.add(this.#configOf(slot));
  }

  #remove({ key, plan, routing }: Slot): void {
    this.#slots.delete(key);
    routing.end();
    this.#parts.setListenerKey(plan, null);
    void this.#peers.remove(key);
  }

  #reset(slot: Slot, plan: SessionPlan): void {
    if (slot.plan.password !== null) this.#parts.setListenerKey(slot.plan, null);
    slot.plan = plan;
    slot.routing.end();
    slot.routing = this.#parts.createRouting(plan, this.#speaker);
    void this.#peers.change(this.#configOf(slot));
  }

  /** Every held session takes over its newest plan: policies that changed in effect, or only in the place they stand. */
  #follow(after: NodePlan): void {
    const byName = new Map(after.sessions.map((session) => [session.name, session]));
    for (const slot of this.#slots.values()) {
      slot.plan = byName.get(slot.plan.name) ?? slot.plan;
      slot.routing.replan(slot.plan, this.#speaker);
      this.#peers.get(slot.key)?.reconfigure(this.#configOf(slot));
    }
  }

  #configOf({ key, plan, hasBeenUp }: Slot): PeerConfig {
    const password = this.#parts.passwordOf(plan);
    this.#parts.setListenerKey(plan, password);
    const { restarting, forwardingPreserved } = this.#parts.restartFlags(plan.family);
    const flags = { restarting, forwardingPreserved: forwardingPreserved || hasBeenUp };
    return peerConfigOf(key, plan, this.#speaker.routerId, password, flags);
  }

  /** From now on a lost session is no restart of ours: nothing that we forward is lost with it (RFC 8538 §4). */
  #noteUp(slot: Slot, peer: Peer): void {
    if (slot.hasBeenUp) return;
    slot.hasBeenUp = true;
    peer.reconfigure(this.#configOf(slot));
  }

  #logRefused(connection: Connection, reason: string): void {
    const passedOver = this.#refusedLog.take();
    if (passedOver === null) return;
    this.#parts.log.info({ remote: connection.remoteAddress.toString(), passedOver }, `connection refused: ${reason}`);
  }

  #slotOf(plan: SessionPlan): Slot {
    for (const slot of this.#slots.values()) if (slot.plan === plan) return slot;
    throw new Error(`session ${plan.name} is not held`);
  }

  #createPeer(config: PeerConfig): Peer {
    const { dial, clock, turns, log } = this.#parts;
    const slot = this.#slots.get(config.name)!;
    const endLog = new Throttle(LOG_INTERVAL_MS);
    const about = () => ({ session: slot.plan.name, peer: slot.plan.address.toString() });
    return new Peer({
      config,
      handler: slot.routing,
      dial,
      clock,
      turns,
      random: Math.random,
      observer: {
        stateChanged: (peer, { from, to, event, direction }) => {
          if (to === "Established") this.#noteUp(slot, peer);
          const level = from === "Established" || to === "Established" ? "info" : "debug";
          log[level]({ ...about(), direction, event }, `${from} → ${to}`);
        },
        connectionEnded: (_peer, direction, end) => {
          const passedOver = endLog.take();
          if (passedOver !== null)
            log.info({ ...about(), direction, by: end.by, passedOver }, `connection ended: ${errorText(end)}`);
        },
      },
    });
  }
}
