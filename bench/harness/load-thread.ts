import { parentPort } from "node:worker_threads";
import { now } from "./clock.js";
import type { Answer, Arrivals, Drip, Order } from "./load-messages.js";
import { LoadPeer } from "./load-peer.js";
import { rehearse } from "./rehearse.js";
import { type CheckedPrefixes, TableCheck } from "./table-check.js";

// A thread of the load: speakers that send prepared UPDATEs, or check what they are sent, or both.

interface Member {
  readonly peer: LoadPeer;
  readonly check: TableCheck | null;
  readonly streams: Map<string, Buffer>;
  isAwaited: boolean; // "complete" is to be told
}

const KEEPALIVE_MS = 20_000;
const DRIP_TICK_MS = 1;

const members = new Map<number, Member>();
let prefixes: CheckedPrefixes | null = null;

const answer = (message: Answer) => parentPort?.postMessage(message);

parentPort?.on("message", (order: Order) => {
  switch (order.type) {
    case "prefixes":
      prefixes = order.prefixes;
      return rehearse(prefixes);
    case "peer":
      return add(order);
    case "dial":
      return each(order.ids, ({ peer }) => peer.dial());
    case "stream":
      member(order.id).streams.set(order.stream, Buffer.from(order.bytes)); // a copy: sockets do not take shared memory
      return;
    case "send":
      return each(order.ids, (sender, id) => send(id, sender, order.stream));
    case "expect":
      return each(order.ids, (receiver, id) => expect(id, receiver, order.hashes));
    case "watch":
      return watch(member(order.id), order.arrivals);
    case "drip":
      return drip(order.id, order.drip);
    case "report":
      return each(order.ids, ({ check }, id) => check && report(id, check));
    case "close":
      return each(order.ids, ({ peer }, id) => {
        peer.close();
        members.delete(id);
      });
  }
});

setInterval(() => {
  for (const { peer } of members.values()) peer.keepAlive();
}, KEEPALIVE_MS);

function member(id: number): Member {
  const found = members.get(id);
  if (found === undefined) throw new Error(`no peer ${id} in this thread`);
  return found;
}

function each(ids: readonly number[], work: (member: Member, id: number) => void): void {
  for (const id of ids) work(member(id), id);
}

function add({ spec, check: options }: Extract<Order, { type: "peer" }>): void {
  const { id } = spec;
  const check = options && prefixes ? new TableCheck(prefixes, options) : null;
  const peer = new LoadPeer(spec, {
    established: () => answer({ type: "established", id, at: now() }),
    update: (bytes, start, end) => check?.update(bytes, start, end),
    delivered: () => tellComplete(id),
    closed: (reason) => answer({ type: "closed", id, reason }),
  });
  members.set(id, { peer, check, streams: new Map(), isAwaited: false });
}

function tellComplete(id: number): void {
  const receiver = members.get(id);
  if (receiver?.isAwaited !== true || receiver.check?.isComplete !== true) return;
  receiver.isAwaited = false;
  answer({ type: "complete", id, at: now() });
}

function expect(id: number, receiver: Member, hashes: Int32Array): void {
  receiver.check?.expect(hashes);
  receiver.isAwaited = true;
  tellComplete(id);
}

function send(id: number, { peer, streams }: Member, stream: string): void {
  const bytes = streams.get(stream);
  if (bytes === undefined) throw new Error(`peer ${id} has no stream ${stream}`);
  answer({ type: "sending", id, at: now() });
  peer.send(bytes, () => answer({ type: "sent", id, at: now() }));
}

function watch({ check }: Member, { changeOf, at }: Arrivals): void {
  if (check === null) return;
  check.onRight = (row) => {
    const change = changeOf[row]! - 1;
    if (change >= 0 && at[change] === 0) at[change] = now();
  };
}

/** Sends message by message, each when it is due; a tick that came late sends what it missed. */
function drip(id: number, { bytes: shared, ends, perSecond, sentAt }: Drip): void {
  const bytes = Buffer.from(shared);
  const { peer } = member(id);
  const start = now();
  let next = 0;
  answer({ type: "sending", id, at: start });
  const timer = setInterval(() => {
    const due = Math.min(ends.length, Math.floor((now() - start) * perSecond));
    for (; next < due; next++) {
      sentAt[next] = now();
      peer.send(bytes.subarray(next === 0 ? 0 : ends[next - 1], ends[next]), () => undefined);
    }
    if (next < ends.length) return;
    clearInterval(timer);
    answer({ type: "sent", id, at: now() });
  }, DRIP_TICK_MS);
}

function report(id: number, { right, faults, messages }: TableCheck): void {
  answer({ type: "report", id, report: { right, of: prefixes?.count ?? 0, faults, messages } });
}
