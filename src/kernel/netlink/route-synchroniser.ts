import { Family } from "../../../protocol/net/address-family.js";
import type { IpVersion } from "../../../protocol/net/ip-address.js";
import { err, ok, type Result } from "../../../protocol/result.js";
import type { PrefixId } from "../../../rib/store/ids.js";
import { EPERM, errorText } from "../../sys/libc.js";
import type { KernelCounters } from "../counters.js";
import { RouteBatchReader } from "../route-batch.js";
import { AF_INET, AF_INET6, MessageType, NLM_F_REPLACE } from "./code-points.js";
import { ErrorTexts } from "./error-texts.js";
import { ForeignRoutes } from "./foreign-routes.js";
import { Forwarding, type Hop } from "./forwarding.js";
import { MessageWriter } from "./message-writer.js";
import type { RequestSocket } from "./request-socket.js";
import { type Destination, RouteEncoder, RouteReader } from "./route-message.js";
import { RouteRows } from "./route-rows.js";
import { RouteWriter, type WriteOutcome } from "./route-writer.js";

const VERSIONS: readonly IpVersion[] = [4, 6];

/** The kernel's own choice for an IPv6 route without a metric (IP6_RT_PRIO_USER): 0 cannot be had. */
const DEFAULT_METRIC_V6 = 1024;

/** A host route that nobody has: 255.255.255.255 is no unicast address. */
const NOWHERE: Destination = { version: 4, w0: -1, w1: 0, w2: 0, w3: 0, length: 32 };

const NO_PERMISSION =
  "the process may not change routes: give it CAP_NET_ADMIN (systemd: AmbientCapabilities=CAP_NET_ADMIN), or start it with --kernel off or observe";

/** How often a dump is begun again when the table changed under it; the next audit will tell what the last one missed. */
const DUMP_ATTEMPTS = 8;

export interface SynchroniserOptions {
  readonly socket: RequestSocket;
  readonly table: number;
  readonly protocol: number;
  readonly mayWrite: boolean;
  readonly seed: number;
  readonly counters: KernelCounters;
}

/** A notification about a route, in a datagram. */
export interface RouteMessage {
  readonly view: DataView;
  readonly type: number;
  readonly flags: number;
  readonly sender: number; // port id of who made the change; 0: the kernel
  readonly body: number;
  readonly end: number;
}

/** What is known of a prefix in the kernel. */
export interface RouteState {
  readonly state: "installed" | "pending" | "failed" | "conflict" | "adopted" | "not wanted" | "observed";
  readonly metric: number | null; // of the route in the kernel, if any, else of the one that is wanted
  readonly error: string | null; // in the kernel's own words where it gave some
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
  readonly #reader = new RouteReader();
  readonly #errors = new ErrorTexts();
  readonly #encoder: RouteEncoder;
  readonly #writer: RouteWriter;
  #foreign = new ForeignRoutes();
  #isSwept = false;

  constructor(options: SynchroniserOptions) {
    this.#options = options;
    this.#encoder = new RouteEncoder(options);
    this.#rows = { 4: new RouteRows(Family.Ipv4Unicast, options.seed), 6: new RouteRows(Family.Ipv6Unicast, options.seed) };
    this.#writer = new RouteWriter({
      socket: options.socket,
      encoder: this.#encoder,
      rows: this.#rows,
      groups: this.#groups,
      foreign: () => this.#foreign,
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

  get hasWork(): boolean {
    return this.#options.mayWrite && this.#rows[4].queue.size + this.#rows[6].queue.size > 0;
  }

  /** From now on a route with our protocol number that is not wanted goes; those of a former run go at once. */
  sweep(): void {
    this.#isSwept = true;
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
    if (!this.#isSwept) return true; // routes of the former run: we do not know
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

  /**
   * A notification about a route.
   * @returns "foreign": a route of others has changed; "unclear": only an audit can tell what is in the kernel now
   */
  notice(message: RouteMessage): "ours" | "foreign" | "unclear" | "irrelevant" {
    const { view, body, end } = message;
    const route = this.#reader;
    const hops = route.readWithHops(view, body, end);
    if (!this.#isRelevant(route)) return "irrelevant";
    const rows = this.#rows[route.version];
    const row = rows.row(route.w0, route.w1, route.w2, route.w3, route.length);
    const isOurs = route.protocol === this.#options.protocol;
    const meaning = isOurs ? this.#noticeOurs(rows, row, message) : this.#noticeForeign(rows, row, hops, message);
    this.#enqueue(route.version, row);
    this.#count();
    return meaning;
  }

  /** An interface went down or away, and the IPv4 routes over it with it. @returns whether foreign routes did */
  interfaceGone(ifindex: number): boolean {
    const gone = this.#foreign.removeInterface(ifindex);
    for (const row of gone) this.#foreignGone(4, row);
    this.#count();
    return gone.length > 0;
  }

  /**
   * Reads the whole table and corrects what we believed.
   *
   * @param cause "drift": differences are somebody's doing and counted; "expected": they are not
   * @returns the foreign routes as netlink messages, and whether they are others than we knew
   */
  audit(cause: "drift" | "expected"): Result<{ readonly messages: readonly Uint8Array[]; readonly isChanged: boolean }, string> {
    const startedAt = performance.now();
    const audit = this.#readTable();
    if (!audit.ok) return audit;
    const { foreign, foreignMessages, changed } = audit.value;
    const isForeignChanged = !foreign.equals(this.#foreign);
    this.#replaceForeign(foreign);
    let drift = changed;
    for (const version of VERSIONS) drift += this.#concludeDump(version);
    const { counters } = this.#options;
    if (cause === "drift") counters.add("drift", drift);
    counters.add("audits", 1);
    counters.set("auditMilliseconds", performance.now() - startedAt);
    this.#count();
    return ok({ messages: foreignMessages, isChanged: isForeignChanged });
  }

  #readTable(): Result<Audit, string> {
    for (let attempt = 1; ; attempt++) {
      const audit: Audit = { foreign: new ForeignRoutes(), foreignMessages: [], changed: 0 };
      let isWhole = true;
      for (const version of VERSIONS) {
        this.#rows[version].beginDump();
        const request = { type: MessageType.GetRoute, family: version === 4 ? AF_INET : AF_INET6, table: this.#options.table };
        const result = this.#options.socket.dump(request, (bytes, view, start, body, end) => {
          if (this.#observe(audit, view, body, end) === "foreign") audit.foreignMessages.push(bytes.slice(start, end));
        });
        if (!result.ok) return result;
        isWhole &&= result.value;
      }
      if (isWhole || attempt === DUMP_ATTEMPTS) return ok(audit);
    }
  }

  #observe(audit: Audit, view: DataView, body: number, end: number): "ours" | "foreign" | "irrelevant" {
    const route = this.#reader;
    route.read(view, body, end);
    if (!this.#isRelevant(route)) return "irrelevant";
    const rows = this.#rows[route.version];
    const row = rows.row(route.w0, route.w1, route.w2, route.w3, route.length);
    if (route.protocol === this.#options.protocol) {
      if (this.#observeOurs(rows, row)) audit.changed++;
      return "ours";
    }
    const interfaces = route.readWithHops(view, body, end).map((hop) => hop.ifindex);
    audit.foreign.add(route.version, row, { metric: route.metric, fingerprint: route.fingerprint, interfaces }, false);
    return "foreign";
  }

  /** The reader holds a route of ours that is in the kernel. @returns whether it is another than we had put there */
  #observeOurs(rows: RouteRows, row: PrefixId): boolean {
    const { metric, fingerprint } = this.#reader;
    const known = rows.installed(row);
    if (known !== 0 && rows.installedMetric(row) !== metric) {
      rows.addStray(row, metric);
      return false;
    }
    rows.see(row);
    if (known === fingerprint) return false;
    rows.setInstalled(row, fingerprint, metric);
    if (known === 0 && rows.wantedGroup(row) === 0 && !this.#isSwept) rows.adopt(row);
    return known !== 0 || this.#isSwept;
  }

  /** Rows that the dump did not show are not in the kernel. @returns how many those were */
  #concludeDump(version: IpVersion): number {
    const rows = this.#rows[version];
    let lost = 0;
    rows.each((row) => {
      if (rows.installed(row) !== 0 && !rows.isSeen(row)) {
        rows.setInstalled(row, 0, 0);
        lost++;
      }
      if (this.#needsWork(rows, row)) this.#enqueue(version, row);
      else rows.settle(row);
    });
    return lost;
  }

  #needsWork(rows: RouteRows, row: PrefixId): boolean {
    if (rows.hasStray(row)) return true;
    const way = this.#groups.get(rows.wantedGroup(row));
    if (way === undefined) return rows.installed(row) !== 0 && !rows.isAdopted(row);
    if (rows.error(row) !== 0) return false; // `retry` sees to those
    return rows.installed(row) !== way.fingerprint || rows.installedMetric(row) !== rows.wantedMetric(row);
  }

  #replaceForeign(foreign: ForeignRoutes): void {
    const before = this.#foreign;
    this.#foreign = foreign;
    for (const version of VERSIONS) {
      for (const row of before.rows(version)) if (!foreign.hasPrefix(version, row)) this.#foreignGone(version, row);
      for (const row of foreign.rows(version)) this.#rows[version].setForeign(row, true);
    }
  }

  #foreignGone(version: IpVersion, row: PrefixId): void {
    this.#rows[version].setForeign(row, this.#foreign.hasPrefix(version, row));
    this.#enqueue(version, row);
  }

  #noticeOurs(rows: RouteRows, row: PrefixId, message: RouteMessage): "ours" {
    let isChanged = false;
    if (message.type === MessageType.NewRoute) isChanged = this.#observeOurs(rows, row);
    else if (rows.installed(row) !== 0 && rows.installedMetric(row) === this.#reader.metric) {
      rows.setInstalled(row, 0, 0);
      isChanged = message.sender !== 0; // the kernel itself takes routes away with their interface
    }
    if (isChanged) this.#options.counters.add("drift", 1);
    return "ours";
  }

  #noticeForeign(rows: RouteRows, row: PrefixId, hops: readonly Hop[], message: RouteMessage): "foreign" | "unclear" {
    const { version, metric, fingerprint } = this.#reader;
    if (message.type === MessageType.DelRoute) {
      const isKnown = this.#foreign.remove(version, row, metric, fingerprint);
      rows.setForeign(row, this.#foreign.hasPrefix(version, row));
      return isKnown ? "foreign" : "unclear";
    }
    const replaces = (message.flags & NLM_F_REPLACE) !== 0;
    if (replaces && rows.installed(row) !== 0 && rows.installedMetric(row) === metric) {
      rows.setInstalled(row, 0, 0); // it took the place of ours
      this.#options.counters.add("drift", 1);
    }
    this.#foreign.add(version, row, { metric, fingerprint, interfaces: hops.map((hop) => hop.ifindex) }, replaces);
    rows.setForeign(row, true);
    return "foreign";
  }

  /** Routes of our table that a wanted one could meet: those for a type of service are beside them. */
  #isRelevant(route: RouteReader): boolean {
    return route.table === this.#options.table && route.tos === 0 && !route.isCloned;
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
    if (this.#options.mayWrite) this.#rows[version].queue.add(row);
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
    counters.set("pending", four.queue.size + six.queue.size);
    counters.set("foreign", this.#foreign.count);
  }
}

/** What one reading of the table found. */
interface Audit {
  readonly foreign: ForeignRoutes;
  readonly foreignMessages: Uint8Array[];
  changed: number; // routes of ours that were not as we had left them
}
