import { type ConnectOpts, Socket, type SocketConstructorOpts } from "node:net";
import { IpAddress } from "../../protocol/net/ip-address.js";
import { parseIpAddress } from "../../protocol/net/text.js";
import { err, ok, type Result } from "../../protocol/result.js";
import { bind, close, describeError, errorText, SocketType, socket } from "../sys/libc.js";
import { domainOf, socketAddress } from "../sys/socket-address.js";
import {
  isAcknowledged,
  MAX_MD5_KEY,
  setMd5Key,
  setMinTtl,
  setNetworkControl,
  setNoDelay,
  setTtl,
} from "../sys/socket-options.js";

/** Octets queued for a socket at which a writer should wait for `onDrain`: 16 shared chunks of the update groups. */
export const WRITE_HIGH_WATER = 1024 * 1024;

/**
 * What a read takes from the kernel. One buffer for all connections: what is in it has been dealt with, or copied, before the next
 * read. (64 KiB for 16 of each connection's own: see `bench/RESULTS.md`.)
 */
const READ_BUFFER = new Uint8Array(64 * 1024);

/** How long `close()` waits for the peer to take what is queued, in milliseconds. */
const CLOSE_LIMIT_MS = 1000;

/**
 * One established TCP connection. The three callbacks are set by its owner in the turn in which it gets the connection;
 * after `close()` or `destroy()` none of them is called any more.
 */
export interface Connection {
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
  readonly localAddress: IpAddress;
  readonly localPort: number;
  /** Octets handed to `write` that the kernel has not taken yet. */
  readonly writableLength: number;
  /** Queues bytes; they must not change until `flushed`, which says that the kernel has them. Writes of one turn leave together. */
  write(bytes: Uint8Array, flushed?: () => void): void;
  pause(): void;
  resume(): void;
  /** Sends what is queued, then FIN; after a second the connection is cut, so that the peer knows in any case. */
  close(): void;
  /** Ends the connection at once; what is queued is lost. */
  destroy(): void;
  /**
   * Sets, changes or (null) removes the TCP-MD5 key (RFC 2385) of the running connection. While its two ends have different keys
   * no segment arrives; what was sent meanwhile is sent again once they agree.
   */
  setMd5Key(key: string | null): Result<void, string>;
  /** @param bytes valid during the call only */
  onData: (bytes: Uint8Array) => void;
  /** The peer ended the connection (null), or it failed: the reason in the system's words. */
  onClose: (error: string | null) => void;
  /** `writableLength` has been at WRITE_HIGH_WATER or above and is below half of it now. */
  onDrain: () => void;
}

export interface DialOptions {
  readonly address: IpAddress;
  readonly port: number;
  readonly localAddress: IpAddress | null; // null: the kernel chooses
  readonly ttl: number; // of what we send
  readonly minTtl: number | null; // lowest accepted (RFC 5082)
  readonly md5Key: string | null; // RFC 2385
  readonly timeoutMs: number;
}

/**
 * Opens a connection. `done` is called once, never before `dial` returns, and not after `cancel()`.
 * Errors are the system's words: "Connection refused", "No route to host", "Cannot assign requested address".
 */
export function dial(options: DialOptions, done: (result: Result<Connection, string>) => void): { cancel(): void } {
  const fd = prepareSocket(options);
  if (!fd.ok) {
    const soon = setImmediate(() => done(fd));
    return { cancel: () => clearImmediate(soon) };
  }
  return connect(fd.value, options, done);
}

/** Where the two ends of a connection are. */
export type Ends = Pick<Connection, "remoteAddress" | "remotePort" | "localAddress" | "localPort">;

/** A connection over a `net.Socket`; made by `dial`, by the listener and by `connectionPair`. */
export class TcpConnection implements Connection {
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
  readonly localAddress: IpAddress;
  readonly localPort: number;
  onData: (bytes: Uint8Array) => void = ignore;
  onClose: (error: string | null) => void = ignore;
  onDrain: () => void = ignore;
  readonly #socket: Socket;
  readonly #fd: number;
  #corked = false;
  #isFull = false;
  #isClosing = false;
  #error: string | null = null;

  /** @param stream connected, made by `openStream` */
  constructor(stream: Stream, ends: Ends = endsOf(stream.socket)) {
    const socket = stream.socket;
    this.#socket = socket;
    this.#fd = stream.fd;
    this.remoteAddress = ends.remoteAddress;
    this.remotePort = ends.remotePort;
    this.localAddress = ends.localAddress;
    this.localPort = ends.localPort;
    stream.receive = (bytes) => this.onData(bytes);
    socket.on("error", (error) => {
      this.#error = describeError(error);
    });
    socket.on("end", () => this.#endReceived());
    socket.on("close", () => this.onClose(this.#error));
  }

  get writableLength(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array, flushed?: () => void): void {
    if (!this.#corked) this.#cork();
    this.#socket.write(bytes, (error) => {
      if (!error) flushed?.();
      this.#noteRoom();
    });
    if (this.#socket.writableLength >= WRITE_HIGH_WATER) this.#isFull = true;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#silence();
    this.#isClosing = true;
    this.#socket.resume(); // or the FIN of the peer would wait behind unread bytes
    this.#socket.end();
    const limit = setTimeout(() => this.#cut(), CLOSE_LIMIT_MS);
    this.#socket.once("close", () => clearTimeout(limit));
  }

  destroy(): void {
    this.#silence();
    this.#socket.destroy();
  }

  /** Sets the TTL of what we send and the lowest one accepted (null: any) on the running connection. */
  setTtl(ttl: number, minTtl: number | null): Result<void, string> {
    if (this.#socket.destroyed) return err("Connection closed");
    const version = this.remoteAddress.version;
    return firstError([() => setTtl(this.#fd, version, ttl), () => setMinTtl(this.#fd, version, minTtl ?? 0)]);
  }

  setMd5Key(key: string | null): Result<void, string> {
    if (this.#socket.destroyed) return err("Connection closed");
    if (isTooLong(key)) return err(KEY_TOO_LONG);
    return firstError([() => setMd5Key(this.#fd, this.remoteAddress, key)]);
  }

  /** Collects the writes of this turn, so that they leave as one writev. */
  #cork(): void {
    this.#corked = true;
    this.#socket.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#socket.uncork();
    });
  }

  #noteRoom(): void {
    if (!this.#isFull || this.#socket.destroyed || this.#socket.writableLength >= WRITE_HIGH_WATER / 2) return;
    this.#isFull = false;
    this.onDrain();
  }

  /** BGP knows no half-open connection: a peer that sends no more takes no more either. */
  #endReceived(): void {
    if (!this.#isClosing) this.#socket.destroy();
  }

  /** What the peer's kernel has may still be read there; a FIN behind what it does not take would not arrive for minutes. */
  #cut(): void {
    if (this.#socket.destroyed) return;
    if (isAcknowledged(this.#fd)) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  #silence(): void {
    this.onData = ignore;
    this.onClose = ignore;
    this.onDrain = ignore;
  }
}

/** A `net.Socket` on a descriptor of ours, and where the bytes go that it reads: valid during the call only. */
export interface Stream {
  readonly socket: Socket;
  readonly fd: number;
  receive: (bytes: Uint8Array) => void;
}

/** @param fd a TCP socket, connected or not; owned by the `net.Socket` from here on */
export function openStream(fd: number): Stream {
  const callback = (length: number) => {
    stream.receive(READ_BUFFER.subarray(0, length));
    return true;
  };
  const onread = { buffer: READ_BUFFER, callback };
  const options: SocketConstructorOpts & ConnectOpts = { fd, readable: true, writable: true, onread };
  const socket = new Socket(options);
  const stream: Stream = { socket, fd, receive: ignore };
  return stream;
}

function connect(fd: number, options: DialOptions, done: (result: Result<Connection, string>) => void): { cancel(): void } {
  const stream = openStream(fd);
  const { socket } = stream;
  const end = () => {
    clearTimeout(timer);
    socket.removeAllListeners();
    socket.on("error", ignore);
  };
  const fail = (reason: string) => {
    end();
    socket.destroy();
    done(err(reason));
  };
  const timer = setTimeout(() => fail("Connection timed out"), options.timeoutMs);
  socket.once("error", (error) => fail(describeError(error)));
  socket.once("connect", () => {
    end();
    // The peer may have reset the connection already: then it has no address any more.
    if (socket.remoteAddress === undefined) fail("Connection reset by peer");
    else done(ok(new TcpConnection(stream)));
  });
  socket.connect({ host: options.address.toString(), port: options.port });
  return {
    cancel: () => {
      end();
      socket.destroy();
    },
  };
}

/** Makes the socket with every option that must be there before the first segment leaves. */
function prepareSocket(options: DialOptions): Result<number, string> {
  const { address, localAddress, md5Key, minTtl } = options;
  const version = address.version;
  if (isTooLong(md5Key)) return err(KEY_TOO_LONG);
  const fd = socket(domainOf(address), SocketType.Stream, 0);
  if (fd < 0) return err(errorText(fd));
  const steps = [() => setNoDelay(fd), () => setNetworkControl(fd, version), () => setTtl(fd, version, options.ttl)];
  if (minTtl !== null) steps.push(() => setMinTtl(fd, version, minTtl));
  if (md5Key !== null) steps.push(() => setMd5Key(fd, address, md5Key));
  if (localAddress !== null) steps.push(() => bind(fd, socketAddress(localAddress, 0)));
  const prepared = firstError(steps);
  if (prepared.ok) return ok(fd);
  close(fd);
  return prepared;
}

const KEY_TOO_LONG = `the password is longer than ${MAX_MD5_KEY} octets`;

function isTooLong(key: string | null): boolean {
  return key !== null && Buffer.byteLength(key) > MAX_MD5_KEY;
}

function firstError(steps: readonly (() => number)[]): Result<void, string> {
  for (const step of steps) {
    const result = step();
    if (result < 0) return err(errorText(result));
  }
  return ok(undefined);
}

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): Ends {
  return {
    ...{ remoteAddress: addressOf(remoteAddress), remotePort: remotePort ?? 0 },
    ...{ localAddress: addressOf(localAddress), localPort: localPort ?? 0 },
  };
}

/** Reads the text Node.js has for an address; a zone is left out. */
function addressOf(text: string | undefined): IpAddress {
  const address = parseIpAddress((text ?? "").replace(/%.*/, ""));
  return address.ok ? address.value : IpAddress.v4(0);
}

function ignore(): void {}
