import { connect, type Socket } from "node:net";
import { MessageSplitter } from "./message-splitter.js";

/** One of the speakers that the load is made of. */
export interface PeerSpec {
  readonly id: number;
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly asNumber: number;
  readonly routerId: number;
  readonly family: 4 | 6;
  /** Octets a second it reads at most; 0: as fast as it can. */
  readonly pace: number;
}

export interface PeerEvents {
  established(): void;
  update(bytes: Uint8Array, start: number, end: number): void;
  /** After the messages of one delivery. */
  delivered(): void;
  closed(reason: string): void;
}

const Type = { Open: 1, Update: 2, Notification: 3, KeepAlive: 4 } as const;
const PORT = 179;
const HOLD_TIME_SECONDS = 600;
const RETRY_MS = 200;
const PACE_TICK_MS = 100;
/** Where sockets of this thread read into: one delivery is dealt with before the next is read. */
const READ_BUFFER = Buffer.allocUnsafe(256 * 1024);
const KEEPALIVE = Buffer.from(`${"ff".repeat(16)}001304`, "hex");

/** A BGP session made as small as possible: it dials until it is Established, then passes UPDATEs on. */
export class LoadPeer {
  readonly #spec: PeerSpec;
  readonly #events: PeerEvents;
  #socket: Socket | null = null;
  #isEstablished = false;
  #isWanted = true;

  constructor(spec: PeerSpec, events: PeerEvents) {
    this.#spec = spec;
    this.#events = events;
  }

  dial(): void {
    const splitter = new MessageSplitter((bytes, start, end) => this.#message(bytes, start, end));
    const { remoteAddress: host, localAddress, pace } = this.#spec;
    const callback = (length: number, bytes: Uint8Array): boolean => {
      splitter.feed(bytes, length);
      this.#events.delivered();
      return pace === 0 || !this.#isEstablished || this.#slowDown();
    };
    const buffer = pace === 0 ? READ_BUFFER : Buffer.allocUnsafe(Math.ceil((pace * PACE_TICK_MS) / 1000));
    const socket = connect({ host, port: PORT, localAddress, noDelay: true, onread: { buffer, callback } });
    socket.on("connect", () => socket.write(open(this.#spec)));
    socket.on("error", () => undefined); // "close" follows
    socket.on("close", () => this.#closed());
    this.#socket = socket;
  }

  /** @param done runs when the kernel has taken everything */
  send(bytes: Uint8Array, done: () => void): void {
    this.#socket?.write(bytes, done);
  }

  keepAlive(): void {
    if (this.#isEstablished) this.#socket?.write(KEEPALIVE);
  }

  /** Ends the connection, and does not dial again. */
  close(): void {
    this.#isWanted = false;
    this.#socket?.destroy();
  }

  #message(bytes: Uint8Array, start: number, end: number): void {
    switch (bytes[start + 18]) {
      case Type.Update:
        this.#events.update(bytes, start, end);
        return;
      case Type.Open:
        this.#socket?.write(KEEPALIVE);
        return;
      case Type.KeepAlive:
        if (this.#isEstablished) return;
        this.#isEstablished = true;
        this.#events.established();
        return;
      case Type.Notification:
        if (this.#isEstablished) this.#events.closed(`NOTIFICATION ${bytes[start + 19]}/${bytes[start + 20]}`);
    }
  }

  #slowDown(): boolean {
    const socket = this.#socket;
    setTimeout(() => socket?.resume(), PACE_TICK_MS);
    socket?.pause();
    return false;
  }

  #closed(): void {
    const wasEstablished = this.#isEstablished;
    this.#isEstablished = false;
    if (!this.#isWanted) return;
    if (wasEstablished) this.#events.closed("connection closed");
    else setTimeout(() => this.#isWanted && this.dial(), RETRY_MS);
  }
}

/** OPEN with the family and four-octet AS numbers. */
function open({ asNumber, routerId, family }: PeerSpec): Buffer {
  const message = Buffer.alloc(43, 0xff);
  message.writeUInt16BE(message.length, 16);
  message[18] = Type.Open;
  message[19] = 4;
  message.writeUInt16BE(asNumber > 0xffff ? 23456 : asNumber, 20);
  message.writeUInt16BE(HOLD_TIME_SECONDS, 22);
  message.writeUInt32BE(routerId, 24);
  message.set([14, 2, 12, 1, 4, 0, family === 4 ? 1 : 2, 0, 1, 65, 4], 28);
  message.writeUInt32BE(asNumber, 39);
  return message;
}
