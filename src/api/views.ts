// The JSON of the control API: what each answer holds. Plain strings and numbers; addresses and prefixes as text.

import type { Cause } from "../plan/node-plan.js";

export interface StatusView {
  readonly node: string;
  readonly version: string;
  readonly asNumber: number;
  readonly routerId: string;
  readonly clusterId: string | null;
  readonly startedAt: string; // ISO 8601
  readonly uptimeSeconds: number;
  readonly listen: readonly string[];
  readonly resources: ResourcesView;
  readonly recovery: RecoveryView;
  readonly kernel: KernelStatusView;
  readonly tables: readonly TableView[];
  readonly sessions: readonly SessionView[];
}

/** Our own restart, while the kernel holds routes of the former run (RFC 4724 §4.1). */
export interface RecoveryView {
  readonly phase: "deferring" | "sweeping" | "over"; // deferring: nothing is advertised yet; sweeping: stale routes may be in the kernel
  readonly waitingFor: readonly string[]; // names of sessions
  readonly until: string | null; // ISO 8601: at the latest
}

export interface ResourcesView {
  readonly directory: string;
  /** refused: the files on disk have errors; set-aside: they were returned from. What was in force before stays. */
  readonly state: "accepted" | "refused" | "set-aside";
  readonly acceptedAt: string;
  readonly generation: number | null; // in force; null: it is not kept, or not yet
  readonly trial: TrialView | null;
  readonly history: { readonly directory: string; readonly trouble: string | null }; // trouble: why nothing is kept there
  readonly faults: readonly FaultView[]; // of the newest load
}

/** A change that goes back by itself unless it is confirmed. */
export interface TrialView {
  readonly returnTo: number; // generation
  readonly deadline: string; // ISO 8601
  readonly isConfirmed: boolean; // but sessions that were up are still down: they must come back
}

/** Files that were written have come into force. */
export interface ArrivalView {
  readonly generation: number | null; // null: no history is kept
}

/** What became of a confirmation. */
export interface ConfirmedView {
  readonly waitsFor: readonly string[]; // addresses of peers whose sessions must come back; none: the change stays
  readonly trial: TrialView;
}

/** An accepted set of resources that is kept. */
export interface GenerationView {
  readonly number: number;
  readonly at: string; // ISO 8601
  readonly summary: string; // what changed since the one before
  readonly files: number;
  readonly running: boolean;
}

/** What a change would do, without its being made. */
export interface PreviewView {
  readonly node: string;
  readonly steps: readonly string[];
  readonly dangers: readonly string[]; // why it needs --force
  readonly sessions: readonly SessionEffectView[];
  readonly kernel: KernelEffectView;
  readonly warnings: readonly string[];
}

export interface SessionEffectView {
  readonly session: string;
  readonly peer: string;
  readonly fate: "added" | "removed" | "reset" | "changed" | "stays";
  readonly why: readonly string[]; // fields of the session
  readonly accepted: EffectView | null; // null: it has sent nothing
  readonly advertised: EffectView | null; // null: it is told nothing
}

/** Numbers of routes. */
export interface EffectView {
  readonly before: number;
  readonly after: number;
  readonly gained: number;
  readonly lost: number;
  readonly changed: number; // with other attributes
  readonly examples: readonly { readonly prefix: string; readonly change: "gained" | "lost" | "changed" }[];
}

export interface KernelEffectView {
  readonly mode: KernelStatusView["mode"];
  readonly added: number; // of the routes wanted in the kernel
  readonly removed: number;
  readonly changed: number;
}

export interface FaultView {
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly file: string | null;
  readonly line: number | null;
}

export interface KernelStatusView {
  readonly mode: "on" | "off" | "observe";
  readonly wanted: number;
  readonly installed: number;
  readonly failed: number;
  readonly conflicts: number;
  readonly restored: number; // our routes that someone removed and that we put back
}

export interface TableView {
  readonly family: string;
  readonly prefixes: number;
  readonly paths: number;
}

export interface SessionView {
  readonly name: string;
  readonly type: "mesh" | "global" | "node" | "workload";
  readonly address: string;
  readonly port: number;
  readonly asNumber: number;
  readonly localAsNumber: number;
  readonly ibgp: boolean;
  readonly rrClient: boolean;
  readonly passive: boolean;
  readonly family: string;
  readonly state: "up" | "start" | "down";
  readonly bgpState: string; // the RFC's name of the FSM state
  readonly since: string; // ISO 8601: last change of bgpState
  readonly info: string; // as calicoctl prints it: BGP state, then the last error
  readonly lastError: string | null;
  readonly localAddress: string | null;
  readonly remoteRouterId: string | null;
  readonly holdTimeSeconds: number | null; // negotiated
  readonly keepaliveSeconds: number | null;
  readonly capabilities: readonly string[]; // the peer's
  readonly messagesIn: Readonly<Record<string, number>>;
  readonly messagesOut: Readonly<Record<string, number>>;
  readonly resets: number;
  readonly faults: Readonly<Record<string, number>>; // RFC 7606 faults by action
  readonly received: number; // routes
  readonly accepted: number;
  readonly stale: number;
  readonly advertised: number;
  readonly gracefulRestart: GracefulRestartView;
  readonly excessPaths: number; // routes not stored since the start, as the peer had announced too many paths (RFC 7911)
  readonly importFilters: readonly string[];
  readonly exportFilters: readonly string[];
  readonly cause: Cause;
}

/** RFC 4724, RFC 8538. The peer's part is that of the session that is, or of the one whose routes are kept. */
export interface GracefulRestartView {
  readonly restartTimeSeconds: number; // ours, as the next OPEN tells it
  readonly negotiated: boolean; // the peer knows it too
  readonly peerRestartTimeSeconds: number | null; // how long we keep its routes; null: it is not to be helped
  readonly notification: boolean; // routes are kept over NOTIFICATIONs as well
  readonly peerRestarting: boolean; // its routes are kept until it is back and has told them again …
  readonly staleUntil: string | null; // … or until then (ISO 8601)
}

/** One path of one prefix. */
export interface RouteView {
  readonly prefix: string;
  readonly best: boolean;
  readonly multipath: boolean;
  readonly accepted: boolean; // false: refused on import, or not eligible
  readonly stale: boolean; // kept of a session that went down, until the peer has told it again (RFC 4724)
  readonly source: "bgp" | "static" | "service" | "direct" | "kernel";
  readonly peer: string; // the peer's address, or the name of the local source
  readonly pathId: number | null; // RFC 7911; null: the peer sends none
  readonly attributes: AttributesView;
}

export interface AttributesView {
  readonly nextHop: string | null;
  readonly asPath: string;
  readonly origin: string;
  readonly localPref: number | null;
  readonly med: number | null;
  readonly communities: readonly string[];
  readonly largeCommunities: readonly string[];
  readonly originatorId: string | null;
  readonly clusterList: readonly string[];
  readonly interface: string | null;
}

/** A route of the kernel's table that we want there. */
export interface KernelRouteView {
  readonly prefix: string;
  readonly type: "unicast" | "blackhole";
  readonly metric: number;
  readonly hops: readonly string[]; // "via 10.0.0.1 dev eth0", several: multipath
  readonly state: string; // "installed", "pending", "failed", "conflict"
  readonly error: string | null; // the kernel's own text
}

/** A route as one peer has been told it. */
export interface AdvertisedView {
  readonly prefix: string;
  readonly pathId: number | null; // as sent (RFC 7911 §3); null: without ADD-PATH
  readonly attributes: AttributesView;
}

/** The whole story of one prefix. */
export interface ExplainView {
  readonly prefix: string;
  readonly candidates: readonly CandidateView[]; // the best one first
  readonly kernel: {
    readonly state: string;
    readonly reason: string;
    readonly hops: readonly string[];
    readonly metric: number | null;
  };
  readonly exports: readonly ExportView[];
}

export interface CandidateView {
  readonly peer: string;
  readonly pathId: number | null;
  readonly source: RouteView["source"];
  readonly cause: Cause | null; // the resource that asks for a route of our own; null: it is none
  readonly best: boolean;
  readonly multipath: boolean;
  readonly stale: boolean; // as in RouteView
  readonly reason: string; // why best, why not, or why refused, with the RFC's section
  readonly importPolicy: readonly string[]; // statements tried, the deciding one last
  readonly attributes: AttributesView;
}

/** Why a path is, or is not, sent to a peer: one for each path under ADD-PATH, else for the best. */
export interface ExportView {
  readonly session: string;
  readonly peer: string;
  readonly pathId: number | null; // as sent (RFC 7911 §3); null: without ADD-PATH
  readonly from: string | null; // the session, or the local source, that the path is from; null: there is no path
  readonly sent: boolean;
  readonly reason: string;
  readonly policy: readonly string[]; // statements tried, the deciding one last
  readonly attributes: AttributesView | null; // as sent
}
