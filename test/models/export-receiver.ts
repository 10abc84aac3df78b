import type { AttributeSet } from "../../protocol/attributes/attribute-set.js";
import { decodeMessage } from "../../protocol/messages/message.js";
import { Family } from "../../protocol/net/address-family.js";
import type { Prefix } from "../../protocol/net/prefix.js";
import type { ExportProfile } from "../../rib/export/export-profile.js";
import type { GroupMember } from "../../rib/export/recipient.js";
import type { PeerId } from "../../rib/store/ids.js";

interface Pending {
  readonly chunk: Uint8Array;
  readonly start: number;
  readonly copy: Uint8Array;
  readonly flushed: () => void;
}

/** The far end of a session: keeps what it is told, and checks that octets stay as they were written until they are taken. */
export class ExportReceiver implements GroupMember {
  readonly peer: PeerId;
  /** Prefix, under ADD-PATH with the path identifier behind it, → attributes, both as text. */
  readonly routes = new Map<string, string>();
  /** What came besides routes, in order: "End-of-RIB", "begin", "end". */
  readonly markers: string[] = [];
  messages = 0;
  octets = 0;
  /** Withdrawals of prefixes that it did not have. */
  needless = 0;
  /** Prefixes announced again just as they were. */
  repeated = 0;
  readonly lengths: number[] = []; // of messages
  /** Octets of backlog that one pending octet stands for: makes small tables look large. */
  weight = 1;
  /** Takes what is written at once. */
  isQuick = true;
  readonly #pending: Pending[] = [];
  readonly #profile: ExportProfile;

  constructor(peer: PeerId, profile: ExportProfile) {
    this.peer = peer;
    this.#profile = profile;
  }

  get backlog(): number {
    return this.#pending.reduce((sum, { copy }) => sum + copy.length, 0) * this.weight;
  }

  write(chunk: Uint8Array, start: number, end: number, flushed: () => void): void {
    this.#pending.push({ chunk, start, copy: chunk.slice(start, end), flushed });
    if (this.isQuick) this.take();
  }

  /** The socket takes up to `pieces` of what was written. */
  take(pieces = Number.POSITIVE_INFINITY): void {
    for (let i = 0; i < pieces && this.#pending.length > 0; i++) {
      const { chunk, start, copy, flushed } = this.#pending.shift()!;
      copy.forEach((octet, at) => {
        if (chunk[start + at] !== octet) throw new Error("a chunk was used again before it was taken");
      });
      this.#read(copy);
      flushed();
    }
  }

  #read(octets: Uint8Array): void {
    this.octets += octets.length;
    for (let at = 0; at < octets.length; ) {
      const length = (octets[at + 16] << 8) | octets[at + 17];
      this.#readMessage(octets.slice(at, at + length));
      at += length;
    }
  }

  #readMessage(octets: Uint8Array): void {
    const { family, internal, fourOctetAs, extendedNextHop, addPath, maxMessageLength } = this.#profile;
    const message = decodeMessage(octets, {
      ...{ internal, fourOctetAs, extendedNextHop, addPath: new Set<Family>(addPath ? [family] : []) },
      families: new Set(Object.values(Family)),
      maxMessageLength: maxMessageLength === 4096 ? 4096 : 65535,
    });
    if (!message.ok) throw new Error(`not a message: ${message.error.detail}`);
    this.messages++;
    this.lengths.push(octets.length);
    if (message.value.type === "route-refresh") this.markers.push(message.value.subtype);
    if (message.value.type !== "update") return;
    if (message.value.faults.length > 0) throw new Error(message.value.faults.map(({ detail }) => detail).join("; "));
    if (message.value.endOfRib !== null) this.markers.push("End-of-RIB");
    for (const route of message.value.withdrawn) if (!this.routes.delete(this.#key(route))) this.needless++;
    for (const { attributes, prefixes } of message.value.announced) {
      const text = attributesText(attributes);
      for (const route of prefixes) {
        if (this.routes.get(this.#key(route)) === text) this.repeated++;
        this.routes.set(this.#key(route), text);
      }
    }
  }

  #key({ prefix, pathId }: { readonly prefix: Prefix; readonly pathId?: number | undefined }): string {
    return routeKey(prefix, this.#profile.addPath ? (pathId ?? 0) : null);
  }
}

/** How a route is named: "10.0.0.0/8", or with a path identifier "10.0.0.0/8 #65537". */
export function routeKey(prefix: Prefix, pathId: number | null): string {
  return pathId === null ? `${prefix}` : `${prefix} #${pathId}`;
}

/** One line that is the same for equal sets. */
export function attributesText(set: AttributeSet): string {
  const entries = Object.entries(set).map(([key, value]) => `${key}=${valueText(value)}`);
  return entries.sort().join(" ");
}

function valueText(value: unknown): string {
  if (value instanceof Uint8Array) return `[${value.join(",")}]`;
  if (Array.isArray(value)) return `(${value.map(valueText).join(" ")})`;
  if (typeof value !== "object" || value === null) return String(value);
  if (value.constructor !== Object) return String(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${key}:${valueText(inner)}`)
    .sort()
    .join(",")}}`;
}
