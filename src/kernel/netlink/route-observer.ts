import type { IpVersion } from "../../../protocol/net/ip-address.js";
import { ok, type Result } from "../../../protocol/result.js";
import type { PrefixId } from "../../../rib/store/ids.js";
import type { KernelCounters } from "../counters.js";
import { AF_INET, AF_INET6, MessageType, NLM_F_REPLACE } from "./code-points.js";
import { ForeignRoutes } from "./foreign-routes.js";
import type { Forwarding, Hop } from "./forwarding.js";
import type { RequestSocket } from "./request-socket.js";
import { RouteReader } from "./route-message.js";
import type { RouteRows } from "./route-rows.js";

const VERSIONS: readonly IpVersion[] = [4, 6];

/** How often a dump is begun again when the table changed under it; the next audit will tell what the last one missed. */
const DUMP_ATTEMPTS = 8;

/** A notification about a route, in a datagram. */
export interface RouteMessage {
  readonly view: DataView;
  readonly type: number;
  readonly flags: number;
  readonly sender: number; // port id of who made the change; 0: the kernel
  readonly body: number;
  readonly end: number;
}

/** The routes of others as an audit found them. */
export interface ForeignReport {
  readonly messages: readonly Uint8Array[]; // of netlink
  readonly isChanged: boolean; // they are others than we knew
}

export interface ObserverOptions {
  readonly socket: RequestSocket;
  readonly table: number;
  readonly protocol: number;
  readonly rows: Readonly<Record<IpVersion, RouteRows>>;
  readonly groups: ReadonlyMap<number, Forwarding>;
  readonly counters: KernelCounters;
  /** Something about the row is to be done. */
  readonly enqueue: (version: IpVersion, row: PrefixId) => void;
}

/**
 * Finds out what is in the kernel: routes of ours, which it enters into the rows, and those of others. From notifications of
 * what others do, and from complete dumps, which correct whatever the notifications did not say.
 */
export class RouteObserver {
  /** Routes of ours that nobody wants are left alone until this is set. */
  isSwept = false;
  readonly #options: ObserverOptions;
  readonly #reader = new RouteReader();
  #foreign = new ForeignRoutes();

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  /** The routes of others. */
  get foreign(): ForeignRoutes {
    return this.#foreign;
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
    const rows = this.#options.rows[route.version];
    const row = rows.row(route.w0, route.w1, route.w2, route.w3, route.length);
    const isOurs = route.protocol === this.#options.protocol;
    const meaning = isOurs ? this.#noticeOurs(rows, row, message) : this.#noticeForeign(rows, row, hops, message);
    this.#options.enqueue(route.version, row);
    return meaning;
  }

  /** An interface went down or away, and the IPv4 routes of others over it with it. */
  interfaceGone(ifindex: number): void {
    for (const row of this.#foreign.removeInterface(ifindex)) this.#foreignGone(4, row);
  }

  /**
   * Reads the whole table and corrects what we believed.
   *
   * @param cause "drift": differences are somebody's doing and counted; "expected": they are not
   */
  audit(cause: "drift" | "expected"): Result<ForeignReport, string> {
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
    return ok({ messages: foreignMessages, isChanged: isForeignChanged });
  }

  #readTable(): Result<Audit, string> {
    for (let attempt = 1; ; attempt++) {
      const audit: Audit = { foreign: new ForeignRoutes(), foreignMessages: [], changed: 0 };
      let isWhole = true;
      for (const version of VERSIONS) {
        this.#options.rows[version].beginDump();
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
    const rows = this.#options.rows[route.version];
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
    if (known === 0 && rows.wantedGroup(row) === 0 && !this.isSwept) rows.adopt(row);
    return known !== 0 || this.isSwept;
  }

  /** Rows that the dump did not show are not in the kernel. @returns how many those were */
  #concludeDump(version: IpVersion): number {
    const rows = this.#options.rows[version];
    let lost = 0;
    rows.each((row) => {
      if (rows.installed(row) !== 0 && !rows.isSeen(row)) {
        rows.setInstalled(row, 0, 0);
        lost++;
      }
      if (this.#needsWork(rows, row)) this.#options.enqueue(version, row);
      else rows.settle(row);
    });
    return lost;
  }

  #needsWork(rows: RouteRows, row: PrefixId): boolean {
    if (rows.hasStray(row)) return true;
    const way = this.#options.groups.get(rows.wantedGroup(row));
    if (way === undefined) return rows.installed(row) !== 0 && !rows.isAdopted(row);
    if (rows.error(row) !== 0) return false; // `retry` sees to those
    return rows.installed(row) !== way.fingerprint || rows.installedMetric(row) !== rows.wantedMetric(row);
  }

  #replaceForeign(foreign: ForeignRoutes): void {
    const before = this.#foreign;
    this.#foreign = foreign;
    for (const version of VERSIONS) {
      for (const row of before.rows(version)) if (!foreign.hasPrefix(version, row)) this.#foreignGone(version, row);
      for (const row of foreign.rows(version)) this.#options.rows[version].setForeign(row, true);
    }
  }

  #foreignGone(version: IpVersion, row: PrefixId): void {
    this.#options.rows[version].setForeign(row, this.#foreign.hasPrefix(version, row));
    this.#options.enqueue(version, row);
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
}

/** What one reading of the table found. */
interface Audit {
  readonly foreign: ForeignRoutes;
  readonly foreignMessages: Uint8Array[];
  changed: number; // routes of ours that were not as we had left them
}
