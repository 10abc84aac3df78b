import { randomInt } from "node:crypto";
import type { IpAddress } from "../../protocol/net/ip-address.js";
import { DEFAULT_DECISION_OPTIONS } from "../../rib/decision/options.js";
import { Rib } from "../../rib/rib.js";
import { NO_ATTRIBUTES, NO_PREFIX } from "../../rib/store/ids.js";
import { UpdateGroups } from "../../rib/update-groups.js";
import type { Logger } from "../../src/observe/logger.js";
import type { RestartFlags } from "../../src/peer/peer-config-of.js";
import { RoutingSession } from "../../src/peer/routing-session.js";
import { type HeldSession, Sessions } from "../../src/peer/sessions.js";
import { diffPlans } from "../../src/plan/diff.js";
import type { NodePlan } from "../../src/plan/node-plan.js";
import { passwordOf } from "../../src/plan/password.js";
import { resolve } from "../../src/plan/resolve.js";
import type { ResourceSet } from "../../src/resources/resource-set.js";
import { type Given, loadGiven } from "../plan/given.js";
import { announce, workAll } from "../rib/rib-under-test.js";
import { address, type Lab } from "./lab.js";

/** Nodes n1, n2, … at 10.0.0.1, 10.0.0.2, …, and more lines as in `test/resources/cases`. */
export function clusterOf(hosts: readonly number[], given = "", secrets: Given["secrets"] = {}): ResourceSet {
  const nodes = hosts.map((host) => `Node n${host}: {bgp: {ipv4Address: ${address(host)}/24}, labels: {name: n${host}}}`);
  const pool = "IPPool pool: {cidr: 10.244.0.0/16}";
  const { set, faults } = loadGiven({ given: [...nodes, pool, given].join("\n"), secrets });
  const errors = faults.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return set;
}

/** Everything of the daemon between its plan and its connections, on the network and the clock of a lab. */
export class Speaker {
  readonly rib: Rib;
  readonly groups: UpdateGroups;
  readonly sessions: Sessions;
  readonly log: string[] = [];
  /** Calls of `setListenerKey`: "10.0.0.2 secret". */
  readonly listenerKeys: string[] = [];
  /** Sessions of which End-of-RIB came. */
  readonly endsOfRib: string[] = [];
  /** What its OPENs say. */
  restartFlags: RestartFlags = { restarting: false, forwardingPreserved: false };
  readonly #host: number;
  #plan: NodePlan | null = null;
  #set: ResourceSet;

  /** @param host its number: node n1 is host 1 */
  constructor(lab: Lab, host: number, set: ResourceSet) {
    this.#host = host;
    this.#set = set;
    const plan = this.#planOf(set);
    const { routerId, clusterId, asNumber } = plan;
    const families = ["ipv4-unicast", "ipv6-unicast"] as const;
    const seed = randomInt(2 ** 31);
    this.rib = new Rib({ routerId, clusterId, ownAsNumbers: [asNumber], families, decision: DEFAULT_DECISION_OPTIONS, seed });
    const groups = new UpdateGroups({ rib: this.rib });
    this.groups = groups;
    const wake = () => lab.network.task(() => this.#work());
    groups.onWork = wake;
    const log = recordingLogger(this.log);
    this.sessions = new Sessions(
      {
        dial: lab.network.dialFrom(address(host)),
        clock: lab.clock,
        turns: lab.turns,
        log,
        createRouting: (session, speaker) =>
          new RoutingSession({
            ...{ rib: this.rib, groups, plan: session, speaker, log, loop: { wake }, clock: lab.clock },
            progress: { established: () => {}, endOfRib: (name) => this.endsOfRib.push(name), closed: () => {} },
          }),
        restartFlags: () => this.restartFlags,
        passwordOf: ({ password }) => (password === null ? null : (passwordOf(this.#set, password)?.reveal() ?? null)),
        setListenerKey: (session, key) => this.listenerKeys.push(`${session.address} ${key ?? "none"}`),
      },
      plan,
    );
    lab.network.listen(address(host), (connection) => this.sessions.accept(connection));
    this.follow(set);
  }

  /** Follows other resources, as the daemon does. */
  follow(set: ResourceSet): void {
    const plan = this.#planOf(set);
    const steps = diffPlans(this.#plan, plan);
    this.#plan = plan;
    this.#set = set;
    this.rib.setIdentity(plan);
    this.sessions.apply(steps, plan);
    this.#work();
  }

  /** Has a route of its own. */
  originate(prefix: string): void {
    const own = { address: address(this.#host), name: "static", source: "static", rrClient: false, importPolicy: null } as const;
    const { asNumber, routerId } = this.#plan!;
    const peer = this.rib.addPeer({ ...own, internal: true, asNumber, localAs: asNumber, allowOwnAs: 0, routerId });
    announce(this.rib, peer, prefix, { path: [], nextHop: address(this.#host).toString() });
    this.#work();
  }

  session(host: number): HeldSession {
    const at: IpAddress = address(host);
    const found = [...this.sessions].find(({ plan }) => plan.address.equals(at));
    if (found === undefined) throw new Error(`n${this.#host} has no session with n${host}`);
    return found;
  }

  /** Phase of the session with `host`, since when, and how often it has left Established. */
  history(host: number): string {
    const { phase, resets, since } = this.session(host).peer.status();
    return `${phase} since ${since}, ${resets} resets`;
  }

  /** Prefixes received from `host`, those refused in brackets. */
  received(host: number): string[] {
    const { routing, plan } = this.session(host);
    const { peer } = routing;
    if (peer === null) return [];
    const table = this.rib.table(plan.family);
    const texts: string[] = [];
    for (let id = table.nextReceived(peer, NO_PREFIX); id !== NO_PREFIX; id = table.nextReceived(peer, id)) {
      const text = table.prefixes.read(id).toString();
      texts.push(table.candidatesOf(peer, id)[0].accepted === NO_ATTRIBUTES ? `(${text})` : text);
    }
    return texts.sort();
  }

  #work(): void {
    workAll(this.rib);
    while (this.groups.work(1000));
  }

  #planOf(set: ResourceSet): NodePlan {
    const plan = resolve(set, `n${this.#host}`);
    if (!plan.ok) throw new Error(JSON.stringify(plan.error));
    return plan.value;
  }
}

function recordingLogger(lines: string[]): Logger {
  const record = (about: unknown, text: string) => lines.push(`${text} ${JSON.stringify(about)}`);
  return { trace: record, debug: record, info: record, warn: record, error: record, fatal: record } as unknown as Logger;
}
