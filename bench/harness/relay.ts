import { createServer, type Socket } from "node:net";
import { MessageSplitter } from "./message-splitter.js";

// The least that can stand where a daemon stands: it answers every OPEN with the same OPEN and a KEEPALIVE, then forwards
// the UPDATEs of each connection to all that receive. What the load needs with it, it needs with any daemon.
//
//   node dist/bench/harness/relay.js RECEIVER_ADDRESS…

const Type = { Open: 1, Update: 2, KeepAlive: 4 } as const;
const KEEPALIVE = Buffer.from(`${"ff".repeat(16)}001304`, "hex");
const ROUTER_ID_AT = 24;

const receiverAddresses = new Set(process.argv.slice(2));
const receivers = new Set<Socket>();
const held = new Map<Socket, Set<Socket>>(); // sender → receivers it waits for

createServer({ noDelay: true }, (socket) => {
  const isReceiver = receiverAddresses.has(socket.remoteAddress ?? "");
  let updatesAt = -1; // start of the UPDATEs not yet forwarded
  let updatesEnd = 0;
  let from: Uint8Array | null = null;
  const flush = () => {
    if (from !== null && updatesAt >= 0) forward(socket, from.subarray(updatesAt, updatesEnd));
    updatesAt = -1;
    from = null;
  };
  const splitter = new MessageSplitter((bytes, start, end) => {
    const type = bytes[start + 18];
    if (from !== bytes || type !== Type.Update) flush();
    if (type === Type.Open) greet(socket, bytes.slice(start, end));
    if (type === Type.KeepAlive && isReceiver) receivers.add(socket);
    if (type !== Type.Update) return;
    if (updatesAt < 0) updatesAt = start;
    from = bytes;
    updatesEnd = end;
  });
  socket.on("data", (chunk) => {
    splitter.feed(chunk, chunk.length);
    flush();
  });
  socket.on("error", () => undefined);
  socket.on("close", () => forget(socket));
}).listen({ port: 179, host: "::" });

function greet(socket: Socket, open: Uint8Array): void {
  open[ROUTER_ID_AT]! ^= 1;
  socket.write(open);
  socket.write(KEEPALIVE);
}

/** A receiver that does not keep up holds the sender up. */
function forward(sender: Socket, updates: Uint8Array): void {
  const copy = Buffer.from(updates);
  for (const receiver of receivers) {
    if (receiver === sender || receiver.write(copy)) continue;
    const waiting = held.get(sender) ?? new Set<Socket>();
    held.set(sender, waiting.add(receiver));
    sender.pause();
    receiver.once("drain", () => release(sender, receiver));
  }
}

function release(sender: Socket, receiver: Socket): void {
  const waiting = held.get(sender);
  if (waiting?.delete(receiver) && waiting.size === 0) sender.resume();
}

function forget(socket: Socket): void {
  receivers.delete(socket);
  held.delete(socket);
  for (const sender of held.keys()) release(sender, socket);
}
