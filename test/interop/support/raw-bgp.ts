import { connect, type Socket } from "node:net";

/** BGP messages made byte by byte, without our own codec: for peers that do what no daemon would. */

export const MESSAGE_TYPES = { open: 1, update: 2, notification: 3, keepalive: 4, routeRefresh: 5 } as const;

export function message(type: number, body: Uint8Array = new Uint8Array()): Buffer {
  const bytes = Buffer.alloc(19 + body.length, 0xff);
  bytes.writeUInt16BE(bytes.length, 16);
  bytes[18] = type;
  bytes.set(body, 19);
  return bytes;
}

export const keepalive = (): Buffer => message(MESSAGE_TYPES.keepalive);

export interface OpenFacts {
  readonly asNumber: number;
  readonly routerId: string;
  readonly holdTimeSeconds?: number;
}

/** An OPEN with IPv4 unicast, route refresh and 4-octet AS numbers. */
export function open({ asNumber, routerId, holdTimeSeconds = 90 }: OpenFacts): Buffer {
  const capabilities = Buffer.from([1, 4, 0, 1, 0, 1, 2, 0, 65, 4, 0, 0, 0, 0]);
  capabilities.writeUInt32BE(asNumber, 10);
  const head = Buffer.alloc(10);
  head[0] = 4; // version
  head.writeUInt16BE(asNumber > 0xffff ? 23456 : asNumber, 1);
  head.writeUInt16BE(holdTimeSeconds, 3);
  head.set(routerId.split(".").map(Number), 5);
  head[9] = capabilities.length + 2;
  return message(MESSAGE_TYPES.open, Buffer.concat([head, Buffer.from([2, capabilities.length]), capabilities]));
}

/** An UPDATE that announces IPv4 /24s with ORIGIN, an AS_PATH of these numbers, NEXT_HOP and LOCAL_PREF 100. */
export function announce24s(
  networks: readonly (readonly [number, number, number])[],
  nextHop: string,
  asPath: readonly number[] = [],
): Buffer {
  const path = Buffer.alloc(asPath.length === 0 ? 0 : 2 + 4 * asPath.length);
  if (asPath.length > 0) path.set([2, asPath.length]);
  asPath.forEach((asNumber, index) => {
    path.writeUInt32BE(asNumber, 2 + 4 * index);
  });
  const attributes = Buffer.concat([
    Buffer.from([0x40, 1, 1, 0, 0x40, 2, path.length]),
    path,
    Buffer.from([0x40, 3, 4, ...nextHop.split(".").map(Number), 0x40, 5, 4, 0, 0, 0, 100]),
  ]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(attributes.length);
  const nlri = Buffer.from(networks.flatMap((network) => [24, ...network]));
  return message(MESSAGE_TYPES.update, Buffer.concat([Buffer.from([0, 0]), length, attributes, nlri]));
}

export interface Heard {
  readonly type: number;
  readonly body: Buffer;
}

/** One TCP connection to a speaker that keeps what it hears. */
export class RawPeer {
  readonly socket: Socket;
  readonly heard: Heard[] = [];
  closed = false;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk) => this.#read(chunk));
    socket.on("error", () => undefined); // a reset by the other end is one of the expected ends
    socket.on("close", () => {
      this.closed = true;
    });
  }

  /** Connects from a local address; resolves null when that was refused or cut off. */
  static dial(options: { host: string; port: number; localAddress: string }): Promise<RawPeer | null> {
    return new Promise((resolve) => {
      const socket = connect(options);
      const fail = () => resolve(null);
      socket.once("error", fail);
      socket.once("connect", () => {
        socket.off("error", fail);
        resolve(new RawPeer(socket));
      });
    });
  }

  send(...messages: readonly Uint8Array[]): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(messages));
  }

  has(type: number): boolean {
    return this.heard.some((each) => each.type === type);
  }

  close(): void {
    this.socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 19) {
      const length = this.#rest.readUInt16BE(16);
      if (this.#rest.length < length) return;
      this.heard.push({ type: this.#rest[18] as number, body: Buffer.from(this.#rest.subarray(19, length)) });
      this.#rest = this.#rest.subarray(length);
    }
  }
}
