import type { PeerSpec } from "./load-peer.js";
import type { CheckedPrefixes, CheckOptions } from "./table-check.js";

/** What the scenario asks of a thread of the load. */
export type Order =
  | { readonly type: "prefixes"; readonly prefixes: CheckedPrefixes }
  | { readonly type: "peer"; readonly spec: PeerSpec; readonly check: CheckOptions | null }
  | { readonly type: "dial"; readonly ids: readonly number[] }
  | { readonly type: "stream"; readonly id: number; readonly stream: string; readonly bytes: Uint8Array }
  | { readonly type: "send"; readonly ids: readonly number[]; readonly stream: string }
  | { readonly type: "expect"; readonly ids: readonly number[]; readonly hashes: Int32Array }
  | { readonly type: "watch"; readonly id: number; readonly arrivals: Arrivals }
  | { readonly type: "drip"; readonly id: number; readonly drip: Drip }
  | { readonly type: "report"; readonly ids: readonly number[] }
  | { readonly type: "close"; readonly ids: readonly number[] };

/** What a thread of the load answers. Times are seconds of `now()`. */
export type Answer =
  | { readonly type: "established"; readonly id: number; readonly at: number }
  | { readonly type: "closed"; readonly id: number; readonly reason: string }
  | { readonly type: "sending"; readonly id: number; readonly at: number }
  | { readonly type: "sent"; readonly id: number; readonly at: number }
  | { readonly type: "complete"; readonly id: number; readonly at: number }
  | { readonly type: "report"; readonly id: number; readonly report: CheckReport };

export interface CheckReport {
  readonly right: number; // prefixes as they should be
  readonly of: number;
  readonly faults: number;
  readonly messages: number; // UPDATEs received
}

/** When watched prefixes arrived with their final path. */
export interface Arrivals {
  readonly changeOf: Int32Array; // by row: index of its change plus one, 0: none
  readonly at: Float64Array; // by change
}

/** Messages to send at an even pace. */
export interface Drip {
  readonly bytes: Uint8Array;
  readonly ends: Int32Array; // where each message ends
  readonly perSecond: number;
  readonly sentAt: Float64Array; // by message, filled in
}
