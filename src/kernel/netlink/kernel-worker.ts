import { parseIpAddress } from "../../../protocol/net/text.js";
import { ok, type Result } from "../../../protocol/result.js";
import { KernelCounters } from "../counters.js";
import { align4, IFF_UP, MessageType } from "./code-points.js";
import type { Hop } from "./forwarding.js";
import { ifindexOf } from "./link-message.js";
import { eachMessage } from "./messages.js";
import { Monitor } from "./monitor.js";
import { RequestSocket } from "./request-socket.js";
import type { RouteMessage } from "./route-observer.js";
import { RouteSynchroniser } from "./route-synchroniser.js";
import type { AdoptedRoutes, FromWorker, GroupDefinition, HopText, ToWorker, WorkerOptions } from "./thread-messages.js";

/** Writing goes on this long before messages and notifications get their turn, in milliseconds. */
const SLICE_MS = 8;

/** Changes come in groups: how long to wait for the rest of one before looking, in milliseconds. */
const QUIET_MS = 50;

/** A thread that only reads the table would write nothing: between audits at least this many times the last one's time. */
const AUDIT_REST = 4;

/** What the kernel lacked will not be there at once. */
const SHORTAGE_MS = 100;

type Send = (message: FromWorker, transfer?: ArrayBuffer[]) => void;

/** The kernel's side of the daemon: owns both netlink sockets, knows when to write, to read and to look again. */
export class KernelWorker {
  readonly #options: WorkerOptions;
  readonly #send: Send;
  readonly #counters: KernelCounters;
  readonly #linksUp = new Set<number>();
  #socket: RequestSocket | null = null;
  #monitor: Monitor | null = null;
  #routes: RouteSynchroniser | null = null;
  #auditCause: "drift" | "expected" | null = null; // an audit is to come
  #wantsEverything = false; // and links and addresses are to be read as well
  #retries = false; // refused routes are to be tried again
  #lookTimer: NodeJS.Timeout | null = null;
  #writeTimer: NodeJS.Immediate | NodeJS.Timeout | null = null; // a turn of writing is to come
  #auditTimer: NodeJS.Timeout | null = null;
  readonly #events: Uint8Array[] = []; // to be passed on in this turn
  #settling: number[] = []; // asked to be told when all is done

  constructor(options: WorkerOptions, send: Send) {
    this.#options = options;
    this.#send = send;
    this.#counters = new KernelCounters(options.counters);
  }

  start(): void {
    const opened = this.#open();
    if (!opened.ok) {
      this.#send({ type: "refused", reason: opened.error });
      this.#close();
      return;
    }
    this.#auditTimer = setInterval(() => this.#lookSoon("drift"), this.#options.auditSeconds * 1000);
    this.#send({ type: "started", adopted: opened.value });
  }

  receive(message: ToWorker): void {
    const routes = this.#routes;
    if (routes === null) return;
    if (message.type === "groups") this.#changeGroups(routes, message.define, message.release);
    else if (message.type === "routes") routes.apply(message.rows);
    else if (message.type === "sweep") routes.sweep();
    else if (message.type === "state") this.#send({ type: "state", id: message.id, state: routes.stateOf(message.to) });
    else if (message.type === "exceptions") this.#sendExceptions(routes, message.id, message.limit);
    else if (message.type === "settled") this.#settling.push(message.id);
    else if (message.type === "audit") this.#auditNow(message.id);
    else this.#stop(message.flush);
    this.#writeSoon();
  }

  #open(): Result<AdoptedRoutes, string> {
    const socket = RequestSocket.open();
    if (!socket.ok) return socket;
    this.#socket = socket.value;
    const monitor = Monitor.open({
      ignorePortId: socket.value.portId,
      bufferOctets: this.#options.monitorBufferOctets,
      onMessages: (datagram) => this.#notice(datagram),
      onLoss: () => this.#lost(),
      onFailure: (reason) => this.#send({ type: "trouble", reason }),
    });
    if (!monitor.ok) return monitor;
    this.#monitor = monitor.value;
    this.#routes = new RouteSynchroniser({ ...this.#options, socket: socket.value, counters: this.#counters });
    const permitted = this.#routes.checkPermission();
    if (!permitted.ok) return permitted;
    const looked = this.#look("expected", true);
    return looked.ok ? ok(this.#routes.installedCounts) : looked;
  }

  #changeGroups(routes: RouteSynchroniser, define: readonly GroupDefinition[], release: readonly number[]): void {
    for (const { id, hops } of define) routes.defineGroup(id, hops.map(hopOf));
    for (const id of release) routes.releaseGroup(id);
  }

  /** Compares everything with the kernel. @param isWhole links and addresses too */
  #look(cause: "drift" | "expected", isWhole: boolean): Result<void, string> {
    const routes = this.#routes;
    if (routes === null) return ok(undefined);
    this.#post("events", this.#events.splice(0)); // they are older than what is read now
    if (isWhole) {
      const interfaces = this.#readInterfaces();
      if (!interfaces.ok) return interfaces;
      this.#post("interfaces", interfaces.value);
    }
    const foreign = routes.audit(cause);
    if (!foreign.ok) return foreign;
    if (isWhole || foreign.value.isChanged) this.#post("routes", foreign.value.messages);
    routes.retry();
    return ok(undefined);
  }

  #readInterfaces(): Result<Uint8Array[], string> {
    const messages: Uint8Array[] = [];
    this.#linksUp.clear();
    for (const type of [MessageType.GetLink, MessageType.GetAddress]) {
      const result = this.#socket!.dump({ type, family: 0, table: 0 }, (bytes, view, start, body, end) => {
        messages.push(bytes.slice(start, end));
        if (type === MessageType.GetLink) this.#noteLink(view, body);
      });
      if (!result.ok) return result;
    }
    return ok(messages);
  }

  #notice(datagram: Uint8Array): void {
    const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
    eachMessage(view, (type, flags, start, body, end) => {
      const sender = view.getUint32(start + 12, true);
      if (this.#noticeOne({ view, type, flags, sender, body, end })) this.#report(datagram.slice(start, end));
    });
    this.#writeSoon();
  }

  /** @returns whether the main thread must hear of it */
  #noticeOne(message: RouteMessage): boolean {
    const { type, view, body } = message;
    if (type === MessageType.NewRoute || type === MessageType.DelRoute) return this.#noticeRoute(message);
    if (type === MessageType.NewLink) this.#noticeLink(view, body);
    else if (type === MessageType.DelLink) this.#linkGone(ifindexOf(view, body));
    else if (type === MessageType.DelAddress)
      this.#lookSoon("expected"); // the last one takes the routes with it
    else if (type === MessageType.NewAddress) this.#retrySoon();
    else return false;
    return true;
  }

  #noticeRoute(message: RouteMessage): boolean {
    const meaning = this.#routes!.notice(message);
    if (meaning === "unclear") this.#lookSoon("expected");
    if (meaning === "foreign") this.#retrySoon(); // it may be what a refused gateway needs
    return meaning === "foreign" || meaning === "unclear";
  }

  #noticeLink(view: DataView, body: number): void {
    const ifindex = ifindexOf(view, body);
    const wasUp = this.#linksUp.has(ifindex);
    const isUp = this.#noteLink(view, body);
    if (isUp && !wasUp) this.#retrySoon();
    if (!isUp && wasUp) this.#linkGone(ifindex);
  }

  #noteLink(view: DataView, body: number): boolean {
    const isUp = (view.getUint32(body + 8, true) & IFF_UP) !== 0;
    if (isUp) this.#linksUp.add(ifindexOf(view, body));
    else this.#linksUp.delete(ifindexOf(view, body));
    return isUp;
  }

  /** The kernel drops IPv4 routes over a link that goes down without a word. */
  #linkGone(ifindex: number): void {
    this.#linksUp.delete(ifindex);
    this.#routes!.interfaceGone(ifindex);
    if (this.#routes!.uses(ifindex)) this.#lookSoon("expected");
  }

  #lost(): void {
    this.#counters.add("losses", 1);
    this.#wantsEverything = true;
    this.#lookSoon("drift");
  }

  #retrySoon(): void {
    this.#retries = true;
    this.#startLookTimer();
  }

  #lookSoon(cause: "drift" | "expected"): void {
    if (this.#auditCause !== "expected") this.#auditCause = cause;
    this.#startLookTimer();
  }

  #startLookTimer(): void {
    const rest = this.#auditCause === null ? 0 : AUDIT_REST * this.#counters.get("auditMilliseconds");
    this.#lookTimer ??= setTimeout(() => this.#lookNow(), Math.max(QUIET_MS, rest));
  }

  #lookNow(): void {
    const cause = this.#auditCause;
    this.#lookTimer = null;
    this.#auditCause = null;
    if (cause !== null) this.#lookOrComplain(cause);
    else if (this.#retries) this.#routes?.retry();
    this.#retries = false;
    this.#writeSoon();
  }

  #lookOrComplain(cause: "drift" | "expected"): void {
    const isWhole = this.#wantsEverything;
    this.#wantsEverything = false;
    const looked = this.#look(cause, isWhole);
    if (!looked.ok) this.#send({ type: "trouble", reason: `cannot read the kernel's tables: ${looked.error}` });
  }

  #auditNow(id: number): void {
    this.#lookOrComplain("drift");
    this.#send({ type: "done", id });
  }

  #writeSoon(): void {
    this.#writeTimer ??= setImmediate(() => this.#write());
  }

  #write(): void {
    const routes = this.#routes;
    if (routes === null) return;
    this.#writeTimer = null;
    const end = performance.now() + SLICE_MS;
    let outcome = routes.work();
    while (outcome.isMore && !outcome.isShort && !outcome.isUnsure && performance.now() < end) outcome = routes.work();
    if (outcome.isUnsure) this.#lookSoon("expected");
    if (outcome.isShort) this.#writeTimer = setTimeout(() => this.#write(), SHORTAGE_MS);
    else if (outcome.isMore) this.#writeSoon();
    else this.#settle();
  }

  #sendExceptions(routes: RouteSynchroniser, id: number, limit: number): void {
    this.#send({ type: "exceptions", id, exceptions: routes.exceptions(limit) });
  }

  #settle(): void {
    if (this.#lookTimer !== null) {
      if (this.#settling.length > 0) setTimeout(() => this.#writeSoon(), QUIET_MS);
      return;
    }
    for (const id of this.#settling.splice(0)) this.#send({ type: "done", id });
  }

  #report(message: Uint8Array): void {
    if (this.#events.length === 0) setImmediate(() => this.#post("events", this.#events.splice(0)));
    this.#events.push(message);
  }

  #post(type: "interfaces" | "routes" | "events", parts: readonly Uint8Array[]): void {
    if (type === "events" && parts.length === 0) return;
    const messages = joined(parts);
    this.#send({ type, messages }, [messages]);
  }

  #stop(flush: boolean): void {
    if (flush) this.#flush(this.#routes!);
    this.#close();
  }

  /** Takes all routes of ours out, whatever time that takes; what the kernel refuses to remove stays. */
  #flush(routes: RouteSynchroniser): void {
    routes.flush();
    let outcome = routes.work();
    while (outcome.isMore && !outcome.isShort) outcome = routes.work();
  }

  #close(): void {
    if (this.#auditTimer !== null) clearInterval(this.#auditTimer);
    if (this.#lookTimer !== null) clearTimeout(this.#lookTimer);
    this.#routes = null;
    this.#monitor?.close();
    this.#socket?.close();
  }
}

function hopOf({ gateway, ifindex, onlink, weight }: HopText): Hop {
  const address = gateway === null ? null : parseIpAddress(gateway);
  return { gateway: address?.ok ? address.value : null, ifindex, onlink, weight };
}

function joined(parts: readonly Uint8Array[]): ArrayBuffer {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + align4(part.length), 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += align4(part.length);
  }
  return bytes.buffer;
}
