import type { IpAddress } from "../../protocol/net/ip-address.js";
import { err, ok, type Result } from "../../protocol/result.js";
import type { Connection } from "../../src/net/connection.js";
import type { Dial } from "../../src/peer/attempt.js";

/** Hosts that dial each other. Everything happens in `run()`, one thing after the other, in the order in which it was caused. */
export class FakeNetwork {
  readonly #tasks: (() => void)[] = [];
  readonly #listeners = new Map<string, (connection: FakeConnection) => void>();
  readonly #silent = new Set<string>();
  #ports = 40000;

  listen(address: IpAddress, onConnection: (connection: FakeConnection) => void): void {
    this.#listeners.set(address.toString(), onConnection);
  }

  /** Connections to `address` are neither made nor refused. */
  silence(address: IpAddress): void {
    this.#silent.add(address.toString());
  }

  /** Ends `silence`: connections dialled from now on are made. */
  speak(address: IpAddress): void {
    this.#silent.delete(address.toString());
  }

  dialFrom(source: IpAddress): Dial {
    return (options, done) => {
      let isWanted = true;
      this.task(() => {
        if (!isWanted || this.#silent.has(options.address.toString())) return;
        const accept = this.#listeners.get(options.address.toString());
        if (!accept) {
          done(err("Connection refused"));
          return;
        }
        const [ours, theirs] = this.#pair(options.localAddress ?? source, options.address, options.port);
        done(ok(ours));
        accept(theirs);
      });
      return {
        cancel: () => {
          isWanted = false;
        },
      };
    };
  }

  /** A connection from `source` that stands: both its ends. */
  connect(source: IpAddress, target: IpAddress): FakeConnection {
    const [ours, theirs] = this.#pair(source, target, 179);
    this.#listeners.get(target.toString())?.(theirs);
    return ours;
  }

  task(run: () => void): void {
    this.#tasks.push(run);
  }

  run(): void {
    for (let task = this.#tasks.shift(); task; task = this.#tasks.shift()) task();
  }

  #pair(source: IpAddress, target: IpAddress, port: number): [FakeConnection, FakeConnection] {
    const sourcePort = this.#ports++;
    const ours = new FakeConnection(this, { address: source, port: sourcePort }, { address: target, port });
    const theirs = new FakeConnection(this, { address: target, port }, { address: source, port: sourcePort });
    ours.other = theirs;
    theirs.other = ours;
    return [ours, theirs];
  }
}

interface End {
  readonly address: IpAddress;
  readonly port: number;
}

/** One end of a TCP connection. What is written arrives at the other end in `FakeNetwork.run()`, unless that is paused. */
export class FakeConnection implements Connection {
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
  readonly localAddress: IpAddress;
  readonly localPort: number;
  onData: (bytes: Uint8Array) => void = () => {};
  onClose: (error: string | null) => void = () => {};
  onDrain: () => void = () => {};
  other!: FakeConnection;
  isPaused = false;
  isClosed = false;
  writableLength = 0;
  /** The keys it was given one after the other, and one that it does not take. */
  readonly md5Keys: (string | null)[] = [];
  unacceptableKey = "unacceptable";
  readonly #network: FakeNetwork;
  #arrived: { readonly deliver: () => void }[] = [];
  /** Set: what is written stays here, as when the peer's window is shut. */
  #isStalled = false;
  #stalled: (() => void)[] = [];

  constructor(network: FakeNetwork, local: End, remote: End) {
    this.#network = network;
    this.localAddress = local.address;
    this.localPort = local.port;
    this.remoteAddress = remote.address;
    this.remotePort = remote.port;
  }

  write(bytes: Uint8Array, flushed?: () => void): void {
    if (this.isClosed) return;
    this.writableLength += bytes.length;
    this.#send(() => {
      this.writableLength -= bytes.length;
      this.other.#arrive(() => this.other.onData(new Uint8Array(bytes)));
      flushed?.();
    });
  }

  stall(): void {
    this.#isStalled = true;
  }

  /** Lets the first `count` stalled writes go. */
  unstall(count = this.#stalled.length): void {
    for (const send of this.#stalled.splice(0, count)) this.#network.task(send);
    if (this.#stalled.length === 0) this.#isStalled = false;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.#network.task(() => this.#deliver());
  }

  close(): void {
    this.#end(null);
  }

  destroy(): void {
    this.#end("Connection reset by peer");
  }

  setMd5Key(key: string | null): Result<void, string> {
    if (key === this.unacceptableKey) return err("refused");
    this.md5Keys.push(key);
    return ok(undefined);
  }

  #end(seenByPeer: string | null): void {
    if (this.isClosed) return;
    this.#silence();
    this.#network.task(() => this.other.#arrive(() => this.other.#closedByPeer(seenByPeer)));
  }

  #closedByPeer(error: string | null): void {
    const { onClose } = this;
    if (this.isClosed) return;
    this.#silence();
    onClose(error);
  }

  #silence(): void {
    this.isClosed = true;
    this.onData = () => {};
    this.onClose = () => {};
    this.onDrain = () => {};
  }

  #send(send: () => void): void {
    if (this.#isStalled) this.#stalled.push(send);
    else this.#network.task(send);
  }

  #arrive(deliver: () => void): void {
    this.#arrived.push({ deliver });
    this.#deliver();
  }

  #deliver(): void {
    while (!this.isPaused) {
      const next = this.#arrived.shift();
      if (!next) return;
      next.deliver();
    }
  }
}
