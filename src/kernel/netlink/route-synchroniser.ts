import { Family } from "../../../protocol/net/address-family.js";
import type { IpVersion } from "../../../protocol/net/ip-address.js";
import { err, ok, type Result } from "../../../protocol/result.js";
import type { PrefixId } from "../../../rib/store/ids.js";
import { EPERM, errorText } from "../../sys/libc.js";
import type { KernelCounters } from "../counters.js";
import { RouteBatchReader } from "../route-batch.js";
import type { Destination } from "./destination.js";
import { ErrorTexts } from "./error-texts.js";
import { Forwarding, type Hop } from "./forwarding.js";
import { MessageWriter } from "./message-writer.js";
import type { RequestSocket } from "./request-socket.js";
import { RouteEncoder } from "./route-message.js";
import { type ForeignReport, type RouteMessage, RouteObserver } from "./route-observer.js";
import { RouteRows } from "./route-rows.js";
import type { RouteState } from "./route-state.js";
import { RouteWriter, type WriteOutcome } from "./route-writer.js";
import type { AdoptedRoutes, RouteException } from "./thread-messages.js";

const VERSIONS: readonly IpVersion[] = [4, 6];

/** The kernel's own choice for an IPv6 route without a metric (IP6_RT_PRIO_USER): 0 cannot be had. */
const DEFAULT_METRIC_V6 = 1024;

/** A host route that nobody has: 255.255.255.255 is no unicast address. */
const NOWHERE: Destination = { version: 4, w0: -1, w1: 0, w2: 0, w3: 0, length: 32 };

const NO_PERMISSION =
  "the process may not change routes: give it CAP_NET_ADMIN (systemd: AmbientCapabilities=CAP_NET_ADMIN), or start it with --kernel off or observe";

export interface SynchroniserOptions {
  readonly socket: RequestSocket;
  readonly table: number;
  readonly protocol: number;
  readonly mayWrite: boolean;
  readonly seed: number;
  readonly counters: KernelCounters;
}

/**
 * Keeps three sets in step: routes that are wanted, routes of ours in the kernel, routes of others.
 *
 * Wanted routes come in batches; what is in the kernel is known from our own writes, from notifications of what others do,
 * and from complete dumps, which correct whatever the first two got wrong.
 */
export class RouteSynchroniser {
  readonly #options: SynchroniserOptions;
  readonly #rows: Readonly<Record<IpVersion, RouteRows>>;
  readonly #groups = new Map<number, Forwarding>();
  readonly #interfaces = new Map<number, ReadonlySet<number>>(); // of each group
  readonly #observer: RouteObserver;
  readonly #errors = new ErrorTexts();
  readonly #encoder: RouteEncoder;
  readonly #writer: RouteWriter;

  constructor(options: SynchroniserOptions) {
    this.#options = options;
    this.#encoder = new RouteEncoder(options);
    this.#rows = { 4: new RouteRows(Family.Ipv4Unicast, options.seed), 6: new RouteRows(Family.Ipv6Unicast, options.seed) };
    this.#observer = new RouteObserver({
      ...options,
      rows: this.#rows,
      groups: this.#groups,
      enqueue: (version, row) => this.#enqueue(version, row),
    });
    this.#writer = new RouteWriter({
      socket: options.socket,
      encoder: this.#encoder,
      rows: this.#rows,
      groups: this.#groups,
      foreign: () => this.#observer.foreign,
      errors: this.#errors,
      counters: options.counters,
    });
  }

  /** Finds out, by a removal that finds nothing, whether the kernel lets us change routes. */
  checkPermission(): Result<void, string> {
    if (!this.#options.mayWrite) return ok(undefined);
    const writer = new MessageWriter(256);
    this.#encoder.remove(writer, 1, NOWHERE, 0);
    let refusal = 0;
    const sent = this.#options.socket.exchange(writer.bytes, writer.length, ({ errno }) => {
      refusal = errno;
    });
    if (sent < 0) return err(errorText(sent));
    return refusal === EPERM ? err(NO_PERMISSION) : ok(undefined);
  }

  /** Routes of ours in the kernel. */
  get installedCounts(): AdoptedRoutes {
    return { "ipv4-unicast": this.#rows[4].installedCount, "ipv6-unicast": this.#rows[6].installedCount };
  }

  /** @param hops none: a blackhole */
  defineGroup(id: number, hops: readonly Hop[]): void {
    this.#groups.set(id, new Forwarding(hops));
    this.#interfaces.set(id, new Set(hops.map((hop) => hop.ifindex)));
  }

  /** No wanted route names the group any more. */
  releaseGroup(id: number): void {
    this.#groups.delete(id);
    this.#interfaces.delete(id);
  }

  /** @param rows made by `RouteBatch` */
  apply(rows: ArrayBuffer): void {
    const batch = new RouteBatchReader(rows);
    while (batch.next()) {
      const table = this.#rows[batch.version];
      const row = table.row(batch.w0, batch.w1, batch.w2, batch.w3, batch.length);
      if (batch.isWanted)
        table.want(row, batch.group, batch.version === 6 && batch.metric === 0 ? DEFAULT_METRIC_V6 : batch.metric);
      else table.unwant(row);
      this.#enqueue(batch.version, row);
    }
    this.#count();
  }

  /** Sends one batch. */
  work(): WriteOutcome {
    if (!this.#options.mayWrite) return { isMore: false, isShort: false, isUnsure: false };
    const outcome = this.#writer.work();
    this.#count();
    return outcome;
  }

  /** From now on a route with our protocol number that is not wanted goes; those of a former run go at once. */
  sweep(): void {
    this.#observer.isSwept = true;
    for (const version of VERSIONS) {
      const rows = this.#rows[version];
      rows.each((row) => {
        if (!rows.isAdopted(row)) return;
        rows.disown(row);
        this.#enqueue(version, row);
      });
    }
  }

  /** Nothing is wanted any more. */
  flush(): void {
    for (const version of VERSIONS) {
      const rows = this.#rows[version];
      rows.each((row) => {
        if (rows.wantedGroup(row) === 0) return;
        rows.unwant(row);
        this.#enqueue(version, row);
      });
    }
    this.sweep();
  }

  /** Looks once more at what was refused or in conflict: something in the kernel has changed. */
  retry(): void {
    for (const version of VERSIONS) {
      const rows = this.#rows[version];
      if (rows.failedCount + rows.conflictCount === 0) continue;
      rows.each((row) => {
        if (rows.error(row) === 0 && !rows.hasConflict(row)) return;
        rows.setError(row, 0);
        this.#enqueue(version, row);
      });
    }
  }

  /** Whether routes in the kernel may depend on that interface. */
  uses(ifindex: number): boolean {
    if (!this.#observer.isSwept) return true; // routes of the former run: we do not know
    for (const interfaces of this.#interfaces.values()) if (interfaces.has(ifindex)) return true;
    return false;
  }

  stateOf({ version, w0, w1, w2, w3, length }: Destination): RouteState {
    const rows = this.#rows[version];
    const row = rows.find(w0, w1, w2, w3, length);
    if (row === 0) return { state: "not wanted", metric: null, error: null };
    const isInstalled = rows.installed(row) !== 0;
    const isWanted = rows.wantedGroup(row) !== 0;
    const metric = isInstalled ? rows.installedMetric(row) : isWanted ? rows.wantedMetric(row) : null;
    return { ...this.#judge(rows, row), metric };
  }

  /** Wanted routes that are not in the kernel as they should be, `limit` at most. */
  exceptions(limit: number): readonly RouteException[] {
    const found: RouteException[] = [];
    for (const version of VERSIONS) {
      const rows = this.#rows[version];
      const { prefixes } = rows;
      rows.each((row) => {
        if (found.length === limit || rows.wantedGroup(row) === 0) return;
        const judged = this.#judge(rows, row);
        if (judged.state === "installed") return;
        const words = { w0: prefixes.w0(row), w1: prefixes.w1(row), w2: prefixes.w2(row), w3: prefixes.w3(row) };
        found.push({ ...judged, metric: rows.wantedMetric(row), to: { version, ...words, length: prefixes.length(row) } });
      });
    }
    return found;
  }

  /**
   * A notification about a route.
   * @returns "foreign": a route of others has changed; "unclear": only an audit can tell what is in the kernel now
   */
  notice(message: RouteMessage): "ours" | "foreign" | "unclear" | "irrelevant" {
    const meaning = this.#observer.notice(message);
    this.#count();
    return meaning;
  }

  /** An interface went down or away, and the IPv4 routes over it with it. */
  interfaceGone(ifindex: number): void {
    this.#observer.interfaceGone(ifindex);
    this.#count();
  }

  /**
   * Reads the whole table and corrects what we believed.
   *
   * @param cause "drift": differences are somebody's doing and counted; "expected": they are not
   */
  audit(cause: "drift" | "expected"): Result<ForeignReport, string> {
    const report = this.#observer.audit(cause);
    this.#count();
    return report;
  }

  #judge(rows: RouteRows, row: PrefixId): { state: RouteState["state"]; error: string | null } {
    const way = this.#groups.get(rows.wantedGroup(row));
    if (way === undefined) return { state: rows.isAdopted(row) ? "adopted" : "not wanted", error: null };
    if (!this.#options.mayWrite) return { state: "observed", error: "the kernel is only observed" };
    if (rows.hasConflict(row)) return { state: "conflict", error: "another protocol has a route of that prefix and metric" };
    if (rows.error(row) !== 0) return { state: "failed", error: this.#errors.text(rows.error(row)) };
    const isDone = rows.installed(row) === way.fingerprint && rows.installedMetric(row) === rows.wantedMetric(row);
    return { state: isDone ? "installed" : "pending", error: null };
  }

  #enqueue(version: IpVersion, row: PrefixId): void {
    if (this.#options.mayWrite) this.#rows[version].waiting.add(row);
    else this.#rows[version].settle(row);
  }

  #count(): void {
    const { counters } = this.#options;
    const four = this.#rows[4];
    const six = this.#rows[6];
    counters.set("wanted", four.wantedCount + six.wantedCount);
    counters.set("installed", four.installedCount + six.installedCount);
    counters.set("failed", four.failedCount + six.failedCount);
    counters.set("conflicts", four.conflictCount + six.conflictCount);
    counters.set("pending", four.waiting.size + six.waiting.size);
    counters.set("foreign", this.#observer.foreign.count);
  }
}
