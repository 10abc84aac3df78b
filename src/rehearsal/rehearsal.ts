import { Family } from "../../protocol/net/address-family.js";
import type { IpAddress } from "../../protocol/net/ip-address.js";
import { ok } from "../../protocol/result.js";
import { CeaseSubcode } from "../../protocol/wire/bgp-error.js";
import { DEFAULT_DECISION_OPTIONS } from "../../rib/decision/options.js";
import { Rib } from "../../rib/rib.js";
import { UpdateGroups } from "../../rib/update-groups.js";
import type { Stream } from "../net/connection.js";
import { connectionPair } from "../net/connection-pair.js";
import type { Logger } from "../observe/logger.js";
import type { Dial } from "../peer/attempt.js";
import { systemClock, type TimerHandle } from "../peer/clock.js";
import { RoutingSession } from "../peer/routing-session.js";
import { Sessions } from "../peer/sessions.js";
import { diffPlans } from "../plan/diff.js";
import type { NodePlan, SessionPlan } from "../plan/node-plan.js";
import { resolve } from "../plan/resolve.js";
import { loadTexts } from "../resources/load.js";
import type { WorkLoop } from "../work-loop.js";
import { FarEnd } from "./far-end.js";
import { FEEDERS, NODE, RESOURCES } from "./resources.js";

/** Enough for the compiler to have compiled what a full table runs; more does not shorten the first table. */
const UPDATES = 2500; // of each feeder
const PORTION = 256; // less than a millisecond once compiled
const LIMIT_MS = 10_000;
const LOCAL_PORT = 179;

/**
 * A small table told, decided upon, passed on and taken back, through sessions and tables of its own that nobody else sees: so
 * that the code of the hot path is compiled before the first peer's table comes, not while it does. It goes the whole way, from
 * resources to sockets, because code compiled for one shape of object is thrown away when the daemon's has another: beside a
 * rehearsal of the tables alone `table` takes 1.06 s for 1.31 and `table6` 0.37 for 0.50, and the threads that compile 196 ms for
 * 483 (`bench/RESULTS.md`). It costs about 1 s of CPU time at start, in portions, and 9 MB.
 */
export class Rehearsal {
  readonly #rib: Rib;
  readonly #groups: UpdateGroups;
  readonly #sessions: Sessions;
  readonly #farEnds: FarEnd[] = [];
  readonly #plan: NodePlan;
  readonly #limit: TimerHandle;
  readonly #onEnd: () => void;
  #telling = FEEDERS.length; // feeders that have not closed yet
  #isEnded = false;

  /** @param onEnd called once: it is over, or has been closed */
  constructor(loop: WorkLoop, log: Logger, onEnd: () => void) {
    this.#onEnd = onEnd;
    const plan = resolve(loadTexts({ resources: RESOURCES }).set, NODE);
    if (!plan.ok) throw new Error("the resources of the rehearsal are not valid");
    this.#plan = plan.value;
    this.#rib = new Rib({
      ...{ seed: 1, routerId: plan.value.routerId, clusterId: plan.value.clusterId, ownAsNumbers: [plan.value.asNumber] },
      ...{ families: Object.values(Family), decision: DEFAULT_DECISION_OPTIONS },
    });
    this.#groups = new UpdateGroups({ rib: this.#rib });
    this.#groups.onWork = () => loop.wake();
    this.#limit = systemClock.setTimeout(() => this.close(), LIMIT_MS);
    const silent = log.child({}, { level: "silent" });
    this.#sessions = new Sessions(
      {
        ...{ dial: (options, done) => this.#dial(options, done), clock: systemClock, turns: loop, log: silent },
        createRouting: (plan, speaker) =>
          new RoutingSession({
            ...{ rib: this.#rib, groups: this.#groups, speaker, plan, log: silent, clock: systemClock, loop },
            progress: { established: () => {}, endOfRib: () => {}, closed: (session) => this.#closed(session) },
          }),
        restartFlags: () => ({ restarting: false, forwardingPreserved: false }),
        passwordOf: () => null,
        setListenerKey: () => {},
      },
      this.#plan,
    );
    this.#sessions.apply(diffPlans(null, this.#plan), this.#plan);
  }

  /** Selects and passes on some of what has been told. @returns true when there is more to do now */
  work(): boolean {
    const isMore = this.#rib.work(PORTION);
    const isMoreToTell = this.#groups.work(PORTION) || isMore;
    if (this.#telling === 0 && !isMoreToTell) this.close();
    return isMoreToTell;
  }

  /** Ends all of it, whether it is over or not. */
  close(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#limit.cancel();
    for (const farEnd of this.#farEnds) farEnd.close();
    void this.#sessions.stop({ subcode: CeaseSubcode.AdministrativeShutdown });
    this.#onEnd();
  }

  /** Each session dials a far end of its own. */
  #dial({ address, port, localAddress }: Parameters<Dial>[0], done: Parameters<Dial>[1]): ReturnType<Dial> {
    const soon = setImmediate(() => {
      const ends = { remoteAddress: address, remotePort: port, localAddress: localAddress ?? address, localPort: LOCAL_PORT };
      const pair = connectionPair(ends);
      if (pair.ok) this.#farEnds.push(this.#farEnd(pair.value.far, address));
      done(pair.ok ? ok(pair.value.near) : pair);
    });
    return { cancel: () => clearImmediate(soon) };
  }

  #farEnd(stream: Stream, address: IpAddress): FarEnd {
    const plan = this.#plan.sessions.find((session) => session.address.equals(address))!;
    const isReversed = FEEDERS.indexOf(address.toString()) % 2 === 1; // one of each family
    return new FarEnd(stream, plan, { count: isFeeder(plan) ? UPDATES : 0, isReversed });
  }

  #closed(name: string): void {
    if (this.#plan.sessions.some((session) => session.name === name && isFeeder(session))) this.#telling--;
  }
}

function isFeeder({ address }: SessionPlan): boolean {
  return FEEDERS.includes(address.toString());
}
