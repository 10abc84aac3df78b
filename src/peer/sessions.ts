import type { Cease } from "../../protocol/fsm/event.js";
import type { Connection } from "../net/connection.js";
import type { Logger } from "../observe/logger.js";
import { Throttle } from "../observe/throttle.js";
import type { NodePlan, SessionPlan } from "../plan/node-plan.js";
import type { PlanStep } from "../plan/plan-step.js";
import { errorText } from "./error-text.js";
import { Peer, type PeerParts } from "./peer.js";
import type { PeerConfig } from "./peer-config.js";
import { peerConfigOf } from "./peer-config-of.js";
import { PeerSet } from "./peer-set.js";
import type { RoutingSession, Speaker } from "./routing-session.js";

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
}

/** What `Sessions` needs of the parts around it. */
export interface SessionsParts extends Pick<PeerParts, "dial" | "clock" | "turns"> {
  readonly log: Logger;
  readonly createRouting: (plan: SessionPlan, speaker: Speaker) => RoutingSession;
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

  /** Ends all sessions; none is held from now on. @param cease what the peers are told; null: nothing */
  stop(cease: Cease | null): Promise<void> {
    this.#slots.clear();
    return this.#peers.stop(cease);
  }

  #add(plan: SessionPlan): void {
    const key = String(++this.#lastKey);
    this.#slots.set(key, { key, plan, routing: this.#parts.createRouting(plan, this.#speaker) });
    this.#peers.add(this.#configOf(key, plan));
  }

  #remove({ key, plan }: Slot): void {
    this.#slots.delete(key);
    this.#parts.setListenerKey(plan, null);
    void this.#peers.remove(key);
  }

  #reset(slot: Slot, plan: SessionPlan): void {
    if (slot.plan.password !== null) this.#parts.setListenerKey(slot.plan, null);
    slot.plan = plan;
    slot.routing = this.#parts.createRouting(plan, this.#speaker);
    void this.#peers.change(this.#configOf(slot.key, plan));
  }

  /** Every held session takes over its newest plan: policies that changed in effect, or only in the place they stand. */
  #follow(after: NodePlan): void {
    const byName = new Map(after.sessions.map((session) => [session.name, session]));
    for (const slot of this.#slots.values()) {
      slot.plan = byName.get(slot.plan.name) ?? slot.plan;
      slot.routing.replan(slot.plan, this.#speaker);
      this.#peers.get(slot.key)?.reconfigure(this.#configOf(slot.key, slot.plan));
    }
  }

  #configOf(key: string, plan: SessionPlan): PeerConfig {
    const password = this.#parts.passwordOf(plan);
    this.#parts.setListenerKey(plan, password);
    return peerConfigOf(key, plan, this.#speaker.routerId, password);
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
        stateChanged: (_peer, { from, to, event, direction }) => {
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
