import { randomInt } from "node:crypto";
import { mkdirSync } from "node:fs";
import type { Server } from "node:http";
import { dirname } from "node:path";
import { Family } from "../protocol/net/address-family.js";
import { err, ok, type Result } from "../protocol/result.js";
import { CeaseSubcode } from "../protocol/wire/bgp-error.js";
import { DEFAULT_DECISION_OPTIONS } from "../rib/decision/options.js";
import { Rib } from "../rib/rib.js";
import { UpdateGroups } from "../rib/update-groups.js";
import { controlChanges } from "./api/control-changes.js";
import { controlRoutes } from "./api/control-routes.js";
import { trialView } from "./api/generation-views.js";
import { monitoringRoutes } from "./api/monitoring-routes.js";
import { type Changes, closeServer, type Endpoint, type Routes, serve } from "./api/server.js";
import { statusView } from "./api/status-view.js";
import type { StatusView } from "./api/views.js";
import { Confirmation, overdueTrial } from "./generations/confirmation.js";
import { History } from "./generations/history.js";
import { Forwarding } from "./kernel/forwarding.js";
import { dial } from "./net/connection.js";
import { Listeners } from "./net/listeners.js";
import type { Logger } from "./observe/logger.js";
import type { Metrics } from "./observe/metrics.js";
import { systemClock } from "./peer/clock.js";
import { RoutingSession } from "./peer/routing-session.js";
import { Sessions } from "./peer/sessions.js";
import { dangersOf } from "./plan/dangers.js";
import { diffPlans } from "./plan/diff.js";
import type { NodePlan, SessionPlan } from "./plan/node-plan.js";
import { passwordOf } from "./plan/password.js";
import { describeSteps } from "./plan/plan-step.js";
import { Recovery } from "./recovery.js";
import { Rehearsal } from "./rehearsal/rehearsal.js";
import type { ResourceSet } from "./resources/resource-set.js";
import { type Accepted, Resources } from "./resources.js";
import type { RunOptions } from "./run-options.js";
import { holdBackEngineThreads } from "./sys/engine-threads.js";
import { WorkLoop } from "./work-loop.js";

/** Prefixes selected, and prefixes packed, at most before time is looked at again: together about 1 ms. */
const SELECTED_AT_ONCE = 2048;
const PACKED_AT_ONCE = 2048;

/** What stops a start, in words for the operator. */
export type StartFailure = string;

/** Builds and owns every part of the speaker; the order of start and stop is here and nowhere else. */
export class Daemon {
  readonly #options: RunOptions;
  readonly #log: Logger;
  readonly #startedAt = new Date();
  readonly #history: History;
  readonly #resources: Resources;
  readonly #confirmation: Confirmation;
  readonly #rib: Rib;
  readonly #groups: UpdateGroups;
  #rehearsal: Rehearsal | null;
  readonly #loop: WorkLoop;
  readonly #recovery = new Recovery(systemClock);
  #isDeferring = false; // what is selected is withheld (RFC 4724 §4.1)
  readonly #forwarding: Forwarding;
  readonly #listeners: Listeners;
  readonly #sessions: Sessions;
  #metrics: Metrics | null = null; // with --api only
  readonly #servers: Server[] = [];
  #plan: NodePlan;
  #set: ResourceSet;

  /**
   * Starts everything that `options` ask for.
   *
   * @returns the running daemon; or why it cannot run, with nothing left behind
   */
  static async start(options: RunOptions, log: Logger): Promise<Result<Daemon, StartFailure>> {
    const history = await History.open({ ...options, log });
    const resources = await Resources.load(options, history, log);
    if (!resources.ok) return resources;
    await returnOverdue(options.state, resources.value, log);
    const daemon = new Daemon(options, log, history, resources.value);
    const failure = await daemon.#start();
    if (failure === null) return ok(daemon);
    await daemon.#close({ flush: false });
    return err(failure);
  }

  private constructor(options: RunOptions, log: Logger, history: History, resources: Resources) {
    const { plan, set } = resources.accepted;
    this.#options = options;
    this.#log = log;
    this.#history = history;
    this.#resources = resources;
    this.#confirmation = new Confirmation({
      ...{ state: options.state, log },
      downOf: (addresses) => addresses.filter((address) => this.#isDown(address)),
      returnTo: (generation) => this.#resources.returnTo(generation),
      hold: (generation) => history.hold("trial", generation),
    });
    this.#plan = plan;
    this.#set = set;
    this.#rib = new Rib({
      seed: randomInt(2 ** 31),
      routerId: plan.routerId,
      clusterId: plan.clusterId,
      ownAsNumbers: [plan.asNumber],
      families: Object.values(Family),
      decision: DEFAULT_DECISION_OPTIONS,
    });
    this.#groups = new UpdateGroups({ rib: this.#rib });
    this.#forwarding = new Forwarding({
      ...{ rib: this.#rib, mode: options.kernel, protocol: options.routeProtocol, log },
      wake: () => this.#loop.wake(),
    });
    this.#loop = new WorkLoop(
      [
        () => this.#select(),
        () => this.#groups.work(PACKED_AT_ONCE),
        () => !this.#isDeferring && this.#forwarding.work(SELECTED_AT_ONCE),
        () => this.#rehearsal?.work() ?? false,
      ],
      () => performance.now(),
    );
    this.#groups.onWork = () => this.#loop.wake();
    this.#rehearsal = new Rehearsal(this.#loop, log, () => {
      this.#rehearsal = null;
      holdBackEngineThreads();
    });
    this.#recovery.onPhase = () => this.#recovered();
    this.#listeners = new Listeners((connection) => this.#sessions.accept(connection));
    this.#sessions = new Sessions(this.#sessionsParts(), plan);
  }

  /** Everything that `peregrine status -o json` shows. */
  status(): StatusView {
    return statusView({
      plan: this.#plan,
      startedAt: this.#startedAt,
      listen: this.#listeners.places,
      recovery: this.#recovery.status(),
      resources: { ...this.#resources.view(), trial: this.#confirmation.pending && trialView(this.#confirmation.pending) },
      kernel: this.#forwarding.status(),
      rib: this.#rib,
      sessions: this.#sessions,
    });
  }

  /**
   * Ends all sessions with a Cease that says why; the kernel's routes stay unless they are to be flushed.
   *
   * @param purpose "restart": peers that restart gracefully are told nothing, and send packets here until we are back
   */
  async stop(reason: string, purpose: "shutdown" | "restart"): Promise<void> {
    this.#log.info(`stopping: ${reason}`);
    void this.#resources.close(); // no edit begins a session any more
    this.#loop.stop(); // what ends with the sessions stays in the kernel
    const flush = this.#options.flushOnExit;
    const isRestart = purpose === "restart" && !flush;
    const subcode = isRestart ? CeaseSubcode.AdministrativeReset : CeaseSubcode.AdministrativeShutdown;
    await this.#sessions.stop({ subcode, text: reason }, isRestart);
    await this.#close({ flush });
    this.#log.info("stopped");
  }

  async #start(): Promise<StartFailure | null> {
    const kernel = await this.#forwarding.start();
    if (!kernel.ok) return kernel.error;
    this.#recover(kernel.value);
    const listening = this.#listeners.replace(this.#listenPlaces(this.#plan));
    if (listening.length > 0) return listening.map(({ message, remedy }) => `Cannot listen on ${message}. ${remedy}`).join("\n");
    const served = await this.#serve();
    if (!served.ok) return served.error;
    this.#apply(null, this.#plan);
    await this.#confirmation.resume(this.#resources.accepted.digest);
    this.#resources.follow((accepted) => this.#accept(accepted));
    return null;
  }

  async #serve(): Promise<Result<void, string>> {
    const { control, api } = this.#options;
    const directory = makeDirectory(dirname(control));
    if (!directory.ok) return directory;
    const view = {
      rib: this.#rib,
      sessions: this.#sessions,
      forwarding: this.#forwarding,
      history: this.#history,
      resources: this.#resources,
      confirmation: this.#confirmation,
      status: () => this.status(),
      plan: () => this.#plan,
    };
    const places: [Endpoint, Routes, Changes][] = [[{ path: control }, controlRoutes(view), controlChanges(view)]];
    if (api) {
      const { createMetrics } = await import("./observe/metrics.js");
      this.#metrics = createMetrics(() => this.status());
      places.push([api, monitoringRoutes(this.#metrics, () => this.status()), {}]);
    }
    for (const [endpoint, routes, changes] of places) {
      const server = await serve(endpoint, routes, changes);
      if (!server.ok) return err(server.error);
      this.#servers.push(server.value);
    }
    return ok(undefined);
  }

  /** Follows another plan. */
  #accept({ plan, set, digest }: Accepted): void {
    const before = this.#plan;
    this.#confirmation.accepted(digest);
    this.#plan = plan;
    this.#set = set;
    for (const { message, remedy } of this.#listeners.replace(this.#listenPlaces(plan)))
      this.#log.error(`cannot listen on ${message}. ${remedy}`);
    this.#apply(before, plan);
  }

  #apply(before: NodePlan | null, after: NodePlan): void {
    const steps = diffPlans(before, after);
    for (const danger of before === null ? [] : dangersOf(before, after, steps)) this.#log.warn(`a dangerous change: ${danger}`);
    for (const { type, text } of describeSteps(steps)) this.#log.info({ step: type }, text);
    this.#rib.setIdentity(after);
    this.#forwarding.follow(after);
    this.#sessions.apply(steps, after);
    this.#recovery.expect(after.sessions);
    this.#loop.wake();
  }

  /** @param kept families of which the kernel still forwards by the routes of a former run */
  #recover(kept: ReadonlySet<Family>): void {
    this.#recovery.begin(kept);
    this.#isDeferring = this.#recovery.phase === "deferring";
    if (this.#isDeferring) this.#groups.hold();
    else this.#forwarding.sweep();
  }

  /** Selects routes; a speaker that restarts lets nobody know before all that its peers have told is selected. */
  #select(): boolean {
    const isMore = this.#rib.work(SELECTED_AT_ONCE);
    if (!this.#isDeferring || isMore || this.#recovery.phase === "deferring") return isMore;
    this.#isDeferring = false;
    this.#groups.release();
    return false;
  }

  #recovered(): void {
    const { phase } = this.#recovery;
    this.#log.info(
      { phase },
      phase === "over"
        ? "restart: routes of the former run that no peer has told go"
        : "restart: routes are selected and advertised",
    );
    this.#sessions.renewOpens();
    if (phase === "over") this.#forwarding.sweep();
    this.#loop.wake();
  }

  async #close({ flush }: { flush: boolean }): Promise<void> {
    this.#recovery.close();
    this.#rehearsal?.close();
    this.#loop.stop();
    const network = [this.#listeners.close(), this.#forwarding.stop({ flush }), ...this.#servers.map(closeServer)];
    await Promise.all([this.#resources.close(), this.#confirmation.close(), ...network]);
    await this.#history.settled();
    this.#metrics?.close();
  }

  /** Whether sessions with this peer are asked for, and none is up. */
  #isDown(address: string): boolean {
    const held = [...this.#sessions].filter(({ plan }) => plan.address.toString() === address);
    return held.length > 0 && held.every(({ peer }) => peer.status().phase !== "up");
  }

  #listenPlaces({ listen }: NodePlan) {
    const { listenAddresses, port } = this.#options;
    const places = listenAddresses ?? listen.map(({ address }) => address);
    return places.map((address) => ({ address, port: port ?? listen[0]?.port ?? 179 }));
  }

  #sessionsParts(): ConstructorParameters<typeof Sessions>[0] {
    return {
      dial,
      clock: systemClock,
      turns: this.#loop,
      log: this.#log,
      createRouting: (plan, speaker) =>
        new RoutingSession({
          ...{ rib: this.#rib, groups: this.#groups, log: this.#log, clock: systemClock, plan, speaker },
          loop: this.#loop,
          progress: this.#recovery,
        }),
      restartFlags: (family) => this.#recovery.flagsFor(family),
      passwordOf: (plan) => this.#passwordOf(plan),
      setListenerKey: (plan, key) => {
        for (const error of this.#listeners.setMd5Key(plan.address, key))
          this.#log.error({ session: plan.name }, `TCP-MD5 key: ${error}`);
      },
    };
  }

  #passwordOf({ password }: SessionPlan): string | null {
    return password === null ? null : (passwordOf(this.#set, password)?.reveal() ?? null);
  }
}

/** A change whose time ran out while no daemon was there is not started at all. */
async function returnOverdue(state: string, resources: Resources, log: Logger): Promise<void> {
  const overdue = await overdueTrial(state);
  if (overdue === null || overdue.digest === resources.accepted.digest) return;
  log.error({ generation: overdue.returnTo }, "the change goes back: it was not confirmed in time");
  const returned = await resources.returnTo(overdue.returnTo);
  if (!returned.ok) log.error({ generation: overdue.returnTo }, `the change cannot go back: ${returned.error}`);
}

function makeDirectory(path: string): Result<void, string> {
  try {
    mkdirSync(path, { recursive: true, mode: 0o755 });
    return ok(undefined);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return err(`Cannot create ${path} for the control socket (${code}): run as root, or choose another place with --control.`);
  }
}
