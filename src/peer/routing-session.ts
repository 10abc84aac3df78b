import type { Negotiated } from "../../protocol/capabilities/negotiate.js";
import type { SessionEnd } from "../../protocol/fsm/session-end.js";
import type { RouteRefreshMessage } from "../../protocol/messages/route-refresh.js";
import { type Family, familyOf } from "../../protocol/net/address-family.js";
import type { BgpError, FaultAction } from "../../protocol/wire/bgp-error.js";
import { type ExportProfile, profileKey } from "../../rib/export/export-profile.js";
import { MOST_PATHS } from "../../rib/path-lanes.js";
import type { RibPeer } from "../../rib/peer-table.js";
import type { Rib } from "../../rib/rib.js";
import type { PeerId } from "../../rib/store/ids.js";
import type { Membership, UpdateGroups } from "../../rib/update-groups.js";
import type { Logger } from "../observe/logger.js";
import { Throttle } from "../observe/throttle.js";
import type { SessionPlan } from "../plan/node-plan.js";
import type { Clock } from "./clock.js";
import { exportProfileOf, type Speaker } from "./export-profile-of.js";
import { Retention } from "./retention.js";
import type { EstablishedSession, SessionHandler } from "./session-handler.js";
import { UpdateReceiver } from "./update-receiver.js";

const FAULT_LOG_INTERVAL_MS = 10_000;

/** Told how far sessions have come, by their names: for our own restart (RFC 4724 §4.1). */
export interface SessionProgress {
  established(session: string, negotiated: Negotiated): void;
  /** The peer has told all it had to tell. */
  endOfRib(session: string): void;
  closed(session: string): void;
}

/** Who does the work that has been left. */
export interface Waking {
  wake(): void;
}

interface Joined {
  readonly receiver: UpdateReceiver;
  readonly membership: Membership;
  readonly session: EstablishedSession;
}

/** The peer in the RIB, and what was negotiated with it last. */
interface Source {
  readonly peer: PeerId;
  readonly negotiated: Negotiated;
}

/**
 * The routes of one session: binds what the peer sends to the RIB and what the RIB owes the peer to the socket, from
 * Established until the session ends; and carries policy changes to both while it lasts.
 *
 * A peer that restarts gracefully stays in the RIB without a session: its routes are used as before until it is back and has told
 * them again, or its time is up (RFC 4724 §4.2).
 */
export class RoutingSession implements SessionHandler {
  readonly faults: Record<FaultAction, number> = {
    "session-reset": 0,
    "afi-safi-disable": 0,
    "treat-as-withdraw": 0,
    "attribute-discard": 0,
  };
  /** Routes that were not stored, as the peer had announced too many paths (RFC 7911). */
  excessPaths = 0;
  readonly #rib: Rib;
  readonly #groups: UpdateGroups;
  #speaker: Speaker;
  readonly #log: Logger;
  readonly #progress: SessionProgress;
  readonly #loop: Waking;
  readonly #retention: Retention;
  #plan: SessionPlan;
  #source: Source | null = null;
  #joined: Joined | null = null;
  #isEnded = false;
  readonly #faultLog = new Throttle(FAULT_LOG_INTERVAL_MS);
  readonly #excessLog = new Throttle(FAULT_LOG_INTERVAL_MS);

  constructor(parts: {
    rib: Rib;
    groups: UpdateGroups;
    speaker: Speaker;
    plan: SessionPlan;
    log: Logger;
    clock: Clock;
    loop: Waking;
    progress: SessionProgress;
  }) {
    this.#rib = parts.rib;
    this.#groups = parts.groups;
    this.#speaker = parts.speaker;
    this.#plan = parts.plan;
    this.#log = parts.log;
    this.#loop = parts.loop;
    this.#progress = parts.progress;
    this.#retention = new Retention(parts.clock, () => this.#timeUp());
  }

  /** The peer in the RIB: while the session is Established, and while its routes are kept after that. */
  get peer(): PeerId | null {
    return this.#source?.peer ?? null;
  }

  /** What the peer has been told, while the session is Established. */
  get membership(): Membership | null {
    return this.#joined?.membership ?? null;
  }

  /** Of the session that is, or of the one whose routes are kept. */
  get negotiated(): Negotiated | null {
    return this.#source?.negotiated ?? null;
  }

  /** Until when stale routes are kept, in ms since the epoch; null: none are. */
  get retainedUntil(): number | null {
    return this.#retention.deadline;
  }

  established(session: EstablishedSession): void {
    const { negotiated } = session;
    const peer =
      this.#source === null ? this.#rib.addPeer(ribPeer(this.#plan, negotiated)) : this.#resume(this.#source, negotiated);
    this.#source = { peer, negotiated };
    const receiver = new UpdateReceiver({
      rib: this.#rib,
      peer,
      options: negotiated.receive,
      onFault: (fault) => this.#onFault(fault),
      onExcessPaths: (paths) => this.#onExcessPaths(paths),
      onEndOfRib: (family) => this.#endOfRib(family),
    });
    const member = {
      peer,
      write: (chunk: Uint8Array, start: number, end: number, flushed: () => void) =>
        session.write(chunk.subarray(start, end), flushed),
      get backlog() {
        return session.backlog;
      },
    };
    const membership = this.#groups.join(member, exportProfile(this.#plan, this.#speaker, session));
    this.#joined = { receiver, membership, session };
    this.#progress.established(this.#plan.name, negotiated);
    this.#loop.wake();
  }

  update(bytes: Uint8Array, start: number, end: number): BgpError | null {
    if (!this.#joined) return null;
    const error = this.#joined.receiver.receive(bytes, start, end);
    this.#loop.wake();
    return error;
  }

  /** A request sends everything again (RFC 2918 §4); we do not offer RFC 7313, so its markers mean nothing here. */
  routeRefresh(message: RouteRefreshMessage): void {
    if (message.subtype !== "request" || familyOf(message.afi, message.safi) !== this.#plan.family) return;
    this.#joined?.membership.refresh();
    this.#loop.wake();
  }

  closed(_end: SessionEnd, retainsRoutes: boolean): void {
    if (!this.#joined) return;
    this.#joined.membership.leave();
    this.#joined = null;
    if (retainsRoutes && !this.#isEnded) this.#retain();
    else this.#forget();
    this.#progress.closed(this.#plan.name);
    this.#loop.wake();
  }

  /** Nobody asks for the session any more: what it left goes, and what it leaves. */
  end(): void {
    this.#isEnded = true;
    if (!this.#joined) this.#forget();
  }

  /** What the routes of this session would be subject to under another plan; null: nothing is received, or told. */
  asIf(plan: SessionPlan, speaker: Speaker): { readonly importer: RibPeer | null; readonly exporter: ExportProfile | null } {
    return {
      importer: this.#source && ribPeer(plan, this.#source.negotiated),
      exporter: this.#joined && exportProfile(plan, speaker, this.#joined.session),
    };
  }

  /** Puts a changed plan into force on the running session: policies, loop checks and next-hop mode need no reset. */
  replan(plan: SessionPlan, speaker: Speaker): void {
    const before = this.#plan;
    this.#plan = plan;
    this.#speaker = speaker;
    if (this.#source && importKey(before) !== importKey(plan))
      this.#rib.updatePeer(this.#source.peer, ribPeer(this.#plan, this.#source.negotiated));
    if (this.#joined) {
      const { membership, session } = this.#joined;
      const profile = exportProfile(this.#plan, this.#speaker, session);
      if (profileKey(membership.profile) !== profileKey(profile)) membership.setProfile(profile);
    }
    this.#loop.wake();
  }

  /**
   * RFC 4724 §4.2: of consecutive restarts, each takes away what an earlier one left; where both ends keep routes over a
   * NOTIFICATION, what is stale may stay until its time is up (RFC 8538 §4.1).
   */
  #retain(): void {
    const { peer, negotiated } = this.#source!;
    const { restartTimeSeconds, notification } = negotiated.gracefulRestart!;
    if (!notification) this.#sweep();
    this.#rib.markStale(peer, this.#plan.family);
    this.#retention.awaitReturn(restartTimeSeconds);
  }

  /** The peer is back. Without word that it kept forwarding, what is stale goes at once (RFC 4724 §4.2). */
  #resume({ peer, negotiated: before }: Source, negotiated: Negotiated): PeerId {
    if (before.peerRouterId !== negotiated.peerRouterId) this.#rib.updatePeer(peer, ribPeer(this.#plan, negotiated));
    if (hasKeptForwarding(negotiated, this.#plan.family)) this.#retention.awaitEndOfRib();
    else this.#sweep();
    return peer;
  }

  #endOfRib(family: Family): void {
    if (family !== this.#plan.family) return;
    this.#sweep();
    this.#progress.endOfRib(this.#plan.name);
  }

  #timeUp(): void {
    if (this.#joined) this.#sweep();
    else this.#forget();
    this.#loop.wake();
  }

  /** Takes away what is stale. */
  #sweep(): void {
    this.#retention.end();
    if (this.#source) this.#rib.sweepStale(this.#source.peer, this.#plan.family);
  }

  /** Takes away everything. */
  #forget(): void {
    this.#retention.end();
    if (this.#source) this.#rib.removePeer(this.#source.peer);
    this.#source = null;
    this.#loop.wake();
  }

  /** Counts every fault and logs one in ten seconds: a peer must not fill the disk. */
  #onFault(fault: BgpError): void {
    this.faults[fault.action]++;
    if (this.#faultLog.take() === null) return;
    const { code, subcode, action, detail } = fault;
    this.#log.warn({ session: this.#plan.name, code, subcode, action, faults: this.faults }, `malformed UPDATE: ${detail}`);
  }

  #onExcessPaths(paths: number): void {
    this.excessPaths += paths;
    if (this.#excessLog.take() === null) return;
    const about = { session: this.#plan.name, excessPaths: this.excessPaths };
    this.#log.warn(about, `too many paths: ${MOST_PATHS} of a prefix are kept, and fewer when most prefixes have one`);
  }
}

/** The peer as the RIB knows it. */
function ribPeer(plan: SessionPlan, { internal, peerRouterId }: Negotiated): RibPeer {
  const { name, asNumber, localAsNumber, allowOwnAs, address, rrClient, importPolicy } = plan;
  return {
    name,
    source: "bgp",
    internal,
    asNumber,
    localAs: localAsNumber,
    allowOwnAs,
    routerId: peerRouterId,
    address,
    rrClient,
    importPolicy,
  };
}

function exportProfile(plan: SessionPlan, speaker: Speaker, { localAddress, negotiated }: EstablishedSession): ExportProfile {
  return exportProfileOf(plan, speaker, { localAddress, ...negotiated });
}

/** Equal for plans under which received routes fare the same. */
function importKey({ importPolicy, allowOwnAs, rrClient, name }: SessionPlan): string {
  return JSON.stringify([importPolicy, allowOwnAs, rrClient, name]);
}

/** The F bit (RFC 4724 §3). */
function hasKeptForwarding({ gracefulRestart }: Negotiated, family: Family): boolean {
  const entry = gracefulRestart?.families.find(({ afi, safi }) => familyOf(afi, safi) === family);
  return entry?.forwardingPreserved === true;
}
