import type { IpVersion } from "../../../protocol/net/ip-address.js";
import type { PrefixId } from "../../../rib/store/ids.js";
import { EAGAIN, EBUSY, EEXIST, EINTR, ENOBUFS, ENOMEM, EPERM, ESRCH } from "../../sys/libc.js";
import type { KernelCounters } from "../counters.js";
import { NLM_F_ACK } from "./code-points.js";
import type { ErrorTexts } from "./error-texts.js";
import type { ForeignRoutes } from "./foreign-routes.js";
import type { Forwarding } from "./forwarding.js";
import { MessageWriter } from "./message-writer.js";
import { MAX_ROUTE_OCTETS, type RouteEncoder } from "./route-message.js";
import type { RouteRows } from "./route-rows.js";

/** Requests in one send(): more gains nothing, and one of these takes half a millisecond. */
const BATCH = 256;

/** The kernel was short of something: the same request may succeed later. */
const TRANSIENT = new Set([EAGAIN, EINTR, ENOMEM, EBUSY, ENOBUFS]);

const Kind = { Add: 0, Replace: 1, Remove: 2 } as const;

/** Most requests that one row beyond the limit may add. */
const OVERHANG = 3;

/** Where the writer sends its batches. */
export interface RequestPort {
  exchange(
    batch: Uint8Array,
    length: number,
    onReply: (reply: { errno: number; sequence: number; text: string }) => void,
  ): number;
}

export interface RouteWriterOptions {
  readonly socket: RequestPort;
  readonly encoder: RouteEncoder;
  readonly rows: Readonly<Record<IpVersion, RouteRows>>;
  readonly groups: ReadonlyMap<number, Forwarding>;
  readonly foreign: () => ForeignRoutes;
  readonly errors: ErrorTexts;
  readonly counters: KernelCounters;
}

/** What a batch left to do for its owner. */
export interface WriteOutcome {
  readonly isMore: boolean; // rows are waiting
  readonly isShort: boolean; // the kernel lacks memory or room: wait before going on
  readonly isUnsure: boolean; // what is in the kernel is not known any more: read it
}

/**
 * Brings queued rows from what is installed to what is wanted, batch by batch.
 *
 * A route that is not there is made with NLM_F_EXCL and one of ours changed with NLM_F_REPLACE, so that the kernel itself
 * refuses to overwrite a route of another protocol. Removals carry our protocol number for the same reason.
 */
export class RouteWriter {
  readonly #options: RouteWriterOptions;
  readonly #writer = new MessageWriter((BATCH + OVERHANG) * MAX_ROUTE_OCTETS);
  readonly #kinds = new Uint8Array(BATCH + OVERHANG);
  readonly #versions = new Uint8Array(BATCH + OVERHANG);
  readonly #rows = new Int32Array(BATCH + OVERHANG);
  readonly #metrics = new Float64Array(BATCH + OVERHANG);
  readonly #fingerprints = new Float64Array(BATCH + OVERHANG);
  readonly #errnos = new Int32Array(BATCH + OVERHANG);
  readonly #texts: string[] = [];
  readonly #to = { version: 4 as IpVersion, w0: 0, w1: 0, w2: 0, w3: 0, length: 0 };
  #count = 0;
  #sequence = 1; // of the first request of the batch
  #isUnsure = false;
  #isShort = false;

  constructor(options: RouteWriterOptions) {
    this.#options = options;
  }

  /** Sends one batch. */
  work(): WriteOutcome {
    this.#begin();
    this.#take(4);
    this.#take(6);
    if (this.#count > 0) this.#send();
    const { rows } = this.#options;
    return { isMore: rows[4].waiting.size + rows[6].waiting.size > 0, isShort: this.#isShort, isUnsure: this.#isUnsure };
  }

  #begin(): void {
    this.#writer.clear();
    this.#sequence = this.#sequence > 0x7fff_0000 ? 1 : this.#sequence + this.#count;
    this.#count = 0;
    this.#isUnsure = false;
    this.#isShort = false;
  }

  #take(version: IpVersion): void {
    const rows = this.#options.rows[version];
    while (this.#count < BATCH) {
      const row = rows.waiting.take() as PrefixId;
      if (row === 0) return;
      const before = this.#count;
      this.#plan(version, rows, row);
      const stray = rows.isAdopted(row) ? undefined : rows.takeStray(row);
      if (stray !== undefined) {
        this.#remove(version, rows, row, stray);
        rows.waiting.add(row); // there may be more of them
      }
      if (this.#count === before) rows.settle(row);
    }
  }

  /** Writes the requests, none to two, that bring the row where it should be. */
  #plan(version: IpVersion, rows: RouteRows, row: PrefixId): void {
    const group = rows.wantedGroup(row);
    if (group === 0) {
      if (rows.installed(row) !== 0 && !rows.isAdopted(row)) this.#remove(version, rows, row, rows.installedMetric(row));
      return;
    }
    const way = this.#options.groups.get(group);
    if (way === undefined) throw new Error(`forwarding group ${group} is not defined`);
    const metric = rows.wantedMetric(row);
    const isOurs = rows.installed(row) !== 0 && rows.installedMetric(row) === metric;
    if (isOurs && rows.installed(row) === way.fingerprint) {
      rows.setConflict(row, false);
      rows.setError(row, 0);
      return;
    }
    rows.setConflict(row, rows.hasForeign(row) && this.#options.foreign().has(version, row, metric));
    if (way.attributes(version) === null) this.#fail(rows, row, "an IPv6 route cannot have an IPv4 gateway");
    if (rows.hasConflict(row) || rows.error(row) !== 0) {
      if (rows.installed(row) !== 0) this.#remove(version, rows, row, rows.installedMetric(row));
      return;
    }
    this.#write(version, rows, row, isOurs ? Kind.Replace : Kind.Add, metric, way);
    if (rows.installed(row) !== 0 && !isOurs) this.#remove(version, rows, row, rows.installedMetric(row));
  }

  #write(version: IpVersion, rows: RouteRows, row: PrefixId, kind: number, metric: number, way: Forwarding): void {
    const index = this.#request(version, row, kind, metric, way.fingerprint);
    const { encoder } = this.#options;
    const to = this.#destination(version, rows, row);
    if (kind === Kind.Add) encoder.add(this.#writer, this.#sequence + index, to, metric, way);
    else encoder.replace(this.#writer, this.#sequence + index, to, metric, way);
  }

  #remove(version: IpVersion, rows: RouteRows, row: PrefixId, metric: number): void {
    const index = this.#request(version, row, Kind.Remove, metric, 0);
    this.#options.encoder.remove(this.#writer, this.#sequence + index, this.#destination(version, rows, row), metric);
  }

  #request(version: IpVersion, row: PrefixId, kind: number, metric: number, fingerprint: number): number {
    const index = this.#count++;
    this.#kinds[index] = kind;
    this.#versions[index] = version;
    this.#rows[index] = row;
    this.#metrics[index] = metric;
    this.#fingerprints[index] = fingerprint;
    this.#errnos[index] = 0;
    return index;
  }

  #destination(version: IpVersion, rows: RouteRows, row: PrefixId) {
    const to = this.#to;
    const { prefixes } = rows;
    to.version = version;
    to.w0 = prefixes.w0(row);
    to.w1 = prefixes.w1(row);
    to.w2 = prefixes.w2(row);
    to.w3 = prefixes.w3(row);
    to.length = prefixes.length(row);
    return to;
  }

  #send(): void {
    const { socket, counters } = this.#options;
    let isAnswered = false; // the last request asks for an answer in any case
    this.#writer.addFlags(NLM_F_ACK);
    const sent = socket.exchange(this.#writer.bytes, this.#writer.length, ({ errno, sequence, text }) => {
      const index = sequence - this.#sequence;
      if (index < 0 || index >= this.#count) return;
      this.#errnos[index] = errno;
      this.#texts[index] = text;
      isAnswered ||= index === this.#count - 1;
    });
    if (sent < 0) {
      this.#putBack();
      return;
    }
    if (!isAnswered) this.#isUnsure = true;
    counters.add("writes", this.#count);
    for (let index = 0; index < this.#count; index++) this.#conclude(index);
  }

  /** Nothing was done: all rows wait again. */
  #putBack(): void {
    this.#isShort = true;
    for (let index = 0; index < this.#count; index++) {
      this.#options.rows[this.#versions[index] as IpVersion].waiting.add(this.#rows[index]);
    }
  }

  #conclude(index: number): void {
    const rows = this.#options.rows[this.#versions[index] as IpVersion];
    const row = this.#rows[index] as PrefixId;
    const errno = this.#errnos[index];
    if (this.#kinds[index] === Kind.Remove) this.#removed(index, rows, row, errno);
    else if (errno === 0) rows.setInstalled(row, this.#fingerprints[index], this.#metrics[index]);
    else this.#refused(index, rows, row, errno);
    rows.settle(row);
  }

  #removed(index: number, rows: RouteRows, row: PrefixId, errno: number): void {
    if (errno !== 0 && errno !== ESRCH) this.#refused(index, rows, row, errno);
    else if (rows.installedMetric(row) === this.#metrics[index]) rows.setInstalled(row, 0, 0);
  }

  #refused(index: number, rows: RouteRows, row: PrefixId, errno: number): void {
    this.#options.counters.add("refusals", 1);
    if (TRANSIENT.has(errno)) {
      this.#isShort = true;
      rows.waiting.add(row);
    } else if (errno === EEXIST) {
      rows.setConflict(row, true);
      this.#isUnsure = true; // a route that we do not know of
    } else {
      this.#fail(rows, row, errno === EPERM ? "the process lacks CAP_NET_ADMIN" : this.#texts[index]);
      if (rows.installed(row) !== 0 && this.#kinds[index] === Kind.Replace) rows.waiting.add(row); // the former way must go
    }
  }

  #fail(rows: RouteRows, row: PrefixId, text: string): void {
    rows.setError(row, this.#options.errors.numberOf(text));
  }
}
