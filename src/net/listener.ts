import { createServer, type Server, type Socket } from "node:net";
import type { IpAddress } from "../../protocol/net/ip-address.js";
import { err, ok, type Result } from "../../protocol/result.js";
import { descriptorOf } from "../sys/descriptor.js";
import { bind, close, describeError, duplicate, errorCode, errorText, listen, SocketType, socket } from "../sys/libc.js";
import { domainOf, socketAddress } from "../sys/socket-address.js";
import {
  MAX_MD5_KEY,
  setMd5Key,
  setNetworkControl,
  setNoDelay,
  setReuseAddress,
  setTtl,
  setV6Only,
} from "../sys/socket-options.js";
import { type Connection, openStream, TcpConnection } from "./connection.js";

/** Connections that may wait to be accepted. */
const BACKLOG = 512;

/** Why a listener could not be opened, and what to do about it. */
export interface ListenError {
  readonly code: string; // e.g. "EADDRINUSE"
  readonly message: string; // e.g. "0.0.0.0 port 179: Address already in use"
  readonly remedy: string;
}

export interface ListenOptions {
  readonly address: IpAddress; // 0.0.0.0 or :: for every address of that version; an IPv6 listener takes IPv6 only
  readonly port: number; // 0: the kernel chooses
}

/** Accepts TCP connections on one address. */
export class Listener {
  readonly address: IpAddress;
  readonly port: number;
  onConnection: (connection: Connection) => void = (connection) => connection.destroy();
  /** A connection could not be accepted, e.g. "Too many open files"; listening goes on. */
  onTrouble: (reason: string) => void = () => {};
  readonly #server: Server;
  readonly #fd: number;

  private constructor(address: IpAddress, server: Server, fd: number) {
    this.address = address;
    this.port = (server.address() as { port: number }).port;
    this.#server = server;
    this.#fd = fd;
    server.on("connection", (socket) => this.#accept(socket));
    server.on("error", (error) => this.onTrouble(describeError(error)));
  }

  static open(options: ListenOptions): Result<Listener, ListenError> {
    const fd = listeningSocket(options);
    if (!fd.ok) return fd;
    const server = createServer({ pauseOnConnect: true });
    server.listen({ fd: fd.value });
    return ok(new Listener(options.address, server, fd.value));
  }

  /**
   * Sets, changes or (null) removes the TCP-MD5 key (RFC 2385) of a peer, for connections to come.
   * A peer of the other IP version is none of this listener's business and no error.
   */
  setMd5Key(peer: IpAddress, key: string | null): Result<void, string> {
    if (peer.version !== this.address.version || !this.#server.listening) return ok(undefined);
    if (key !== null && Buffer.byteLength(key) > MAX_MD5_KEY) return err(`the password is longer than ${MAX_MD5_KEY} octets`);
    const result = setMd5Key(this.#fd, peer, key);
    return result < 0 ? err(errorText(result)) : ok(undefined);
  }

  /** Stops accepting; connections already accepted live on. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  /** Moves the connection to a socket of ours: those a server makes cannot read into a fixed buffer. */
  #accept(accepted: Socket): void {
    accepted.on("error", () => accepted.destroy());
    const fd = duplicate(descriptorOf(accepted));
    accepted.destroy();
    if (fd < 0) {
      this.onTrouble(errorText(fd));
      return;
    }
    const stream = openStream(fd);
    if (stream.socket.remoteAddress === undefined)
      stream.socket.destroy(); // reset before we looked
    else this.onConnection(new TcpConnection(stream));
  }
}

/**
 * Sets the TTL of what we send on an accepted connection, and the lowest one we take (RFC 5082; null: any):
 * a listener serves many peers, so only the connection can know.
 */
export function applySessionTtl(connection: Connection, ttl: number, minTtl: number | null): Result<void, string> {
  return connection instanceof TcpConnection ? connection.setTtl(ttl, minTtl) : ok(undefined);
}

function listeningSocket({ address, port }: ListenOptions): Result<number, ListenError> {
  const fd = socket(domainOf(address), SocketType.Stream, 0);
  if (fd < 0) return err(listenError(fd, address, port));
  const steps = [
    () => setReuseAddress(fd),
    () => (address.version === 6 ? setV6Only(fd) : 0),
    () => setNoDelay(fd),
    () => setNetworkControl(fd, address.version),
    () => setTtl(fd, address.version, 255), // our SYN-ACK must pass the check of a peer with TTL security
    () => bind(fd, socketAddress(address, port)),
    () => listen(fd, BACKLOG),
  ];
  for (const step of steps) {
    const result = step();
    if (result >= 0) continue;
    close(fd);
    return err(listenError(result, address, port));
  }
  return ok(fd);
}

function listenError(errno: number, address: IpAddress, port: number): ListenError {
  const code = errorCode(errno);
  return { code, message: `${address} port ${port}: ${errorText(errno)}`, remedy: remedyFor(code, address, port) };
}

function remedyFor(code: string, address: IpAddress, port: number): string {
  if (code === "EADDRINUSE") return `another program has port ${port}: stop it ("ss -ltnp" names it), or choose another port`;
  if (code === "EACCES" || code === "EPERM")
    return `ports below 1024 need CAP_NET_BIND_SERVICE: grant it, or choose a port above`;
  if (code === "EADDRNOTAVAIL") return `${address} is no address of this host: add it to an interface, or listen elsewhere`;
  return "check the listen address and the limits of the system";
}
