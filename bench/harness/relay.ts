import { createServer, type Socket } from "node:net";
import { MessageSplitter } from "./message-splitter.js";

// The least that can stand where a daemon stands: it answers every OPEN with the same OPEN and a KEEPALIVE, and forwards all
// UPDATEs to all that receive. What the load needs with it, it needs with any daemon.
//
//   node dist/bench/harness/relay.js RECEIVER_ADDRESS…

const Type = { Open: 1, Update: 2, KeepAlive: 4 } as const;
const KEEPALIVE = Buffer.from(`${"ff".repeat(16)}001304`, "hex");
const ROUTER_ID_AT = 24;

const receiverAddresses = new Set(process.argv.slice(2));
const sockets = new Set<Socket>();
const receivers = new Set<Socket>();
const blocked = new Set<Socket>(); // receivers that do not keep up
let pending: Uint8Array[] = [];

createServer({ noDelay: true }, (socket) => {
  sockets.add(socket);
  const splitter = new MessageSplitter((bytes, start, end) => receive(socket, bytes.slice(start, end)));
  socket.on("data", (chunk) => splitter.feed(chunk, chunk.length));
  socket.on("drain", () => unblock(socket));
  socket.on("error", () => undefined); // "close" follows
  socket.on("close", () => {
    sockets.delete(socket);
    receivers.delete(socket);
    unblock(socket);
  });
}).listen({ port: 179, host: "::", backlog: 1024 });

function receive(socket: Socket, message: Uint8Array): void {
  switch (message[18]) {
    case Type.Open:
      message[ROUTER_ID_AT]! ^= 1;
      socket.write(message);
      socket.write(KEEPALIVE);
      return;
    case Type.KeepAlive:
      if (receiverAddresses.has(socket.remoteAddress ?? "")) receivers.add(socket);
      return;
    case Type.Update:
      if (pending.length === 0) setImmediate(forward);
      pending.push(message);
  }
}

/** Sends what came in this turn of the event loop; nothing more is read until every receiver has taken it. */
function forward(): void {
  const updates = Buffer.concat(pending);
  pending = [];
  for (const receiver of receivers) if (!receiver.write(updates)) blocked.add(receiver);
  if (blocked.size > 0) for (const socket of sockets) socket.pause();
}

function unblock(socket: Socket): void {
  if (blocked.delete(socket) && blocked.size === 0) for (const each of sockets) each.resume();
}
