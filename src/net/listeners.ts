import type { IpAddress } from "../../protocol/net/ip-address.js";
import type { Connection } from "./connection.js";
import { type ListenError, Listener, type ListenOptions } from "./listener.js";

/** The listeners of this speaker, and the TCP-MD5 keys that all of them know. */
export class Listeners {
  readonly #onConnection: (connection: Connection) => void;
  readonly #open = new Map<string, Listener>();
  readonly #keys = new Map<string, { readonly peer: IpAddress; readonly key: string }>();

  constructor(onConnection: (connection: Connection) => void) {
    this.#onConnection = onConnection;
  }

  /** Addresses listened on, as text. */
  get places(): readonly string[] {
    return [...this.#open.keys()];
  }

  /** Listens on exactly these addresses from now on. @returns what could not be opened; the rest is */
  replace(wanted: readonly ListenOptions[]): readonly ListenError[] {
    const places = new Set(wanted.map(place));
    for (const [key, listener] of this.#open) if (!places.has(key)) this.#close(key, listener);
    return wanted.filter((options) => !this.#open.has(place(options))).flatMap((options) => this.#add(options) ?? []);
  }

  /** Sets or (null) removes the key of a peer on all listeners, those to come included. @returns the errors */
  setMd5Key(peer: IpAddress, key: string | null): readonly string[] {
    if (key === null && !this.#keys.has(peer.toString())) return [];
    if (key === null) this.#keys.delete(peer.toString());
    else this.#keys.set(peer.toString(), { peer, key });
    return [...this.#open.values()].flatMap((listener) => {
      const result = listener.setMd5Key(peer, key);
      return result.ok ? [] : [result.error];
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((listener) => listener.close()));
    this.#open.clear();
  }

  #add(options: ListenOptions): ListenError | null {
    const opened = Listener.open(options);
    if (!opened.ok) return opened.error;
    opened.value.onConnection = this.#onConnection;
    for (const { peer, key } of this.#keys.values()) opened.value.setMd5Key(peer, key);
    this.#open.set(place(options), opened.value);
    return null;
  }

  #close(key: string, listener: Listener): void {
    this.#open.delete(key);
    void listener.close();
  }
}

function place({ address, port }: ListenOptions): string {
  return address.version === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}
