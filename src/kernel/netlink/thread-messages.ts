import type { Family } from "../../../protocol/net/address-family.js";
import type { Destination } from "./destination.js";
import type { RouteState } from "./route-state.js";

// What passes between the main thread and the kernel worker. Routes go as transferred buffers of rows (`RouteBatch`),
// links, addresses and foreign routes as the kernel's own messages.

export interface WorkerOptions {
  readonly mayWrite: boolean;
  readonly table: number;
  readonly protocol: number;
  readonly auditSeconds: number;
  readonly monitorBufferOctets: number;
  readonly seed: number;
  readonly counters: SharedArrayBuffer;
}

export interface HopText {
  readonly gateway: string | null;
  readonly ifindex: number;
  readonly onlink: boolean;
  readonly weight: number;
}

export interface GroupDefinition {
  readonly id: number;
  readonly hops: readonly HopText[]; // none: a blackhole
}

/** A wanted route that is not in the kernel. */
export interface RouteException extends RouteState {
  readonly to: Destination;
}

/** How many routes with our protocol number were in the kernel at the start. */
export type AdoptedRoutes = Readonly<Record<Family, number>>;

export type ToWorker =
  | { readonly type: "groups"; readonly define: readonly GroupDefinition[]; readonly release: readonly number[] }
  | { readonly type: "routes"; readonly rows: ArrayBuffer }
  | { readonly type: "sweep" }
  | { readonly type: "state"; readonly id: number; readonly to: Destination }
  | { readonly type: "exceptions"; readonly id: number; readonly limit: number }
  | { readonly type: "settled"; readonly id: number }
  | { readonly type: "audit"; readonly id: number }
  | { readonly type: "stop"; readonly flush: boolean };

export type FromWorker =
  | { readonly type: "started"; readonly adopted: AdoptedRoutes }
  | { readonly type: "refused"; readonly reason: string }
  /** All links and addresses, or all foreign routes: what is not in it is gone. */
  | { readonly type: "interfaces" | "routes"; readonly messages: ArrayBuffer }
  | { readonly type: "events"; readonly messages: ArrayBuffer }
  | { readonly type: "state"; readonly id: number; readonly state: RouteState }
  | { readonly type: "exceptions"; readonly id: number; readonly exceptions: readonly RouteException[] }
  | { readonly type: "done"; readonly id: number }
  | { readonly type: "trouble"; readonly reason: string };
