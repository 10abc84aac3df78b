import type { Negotiated } from "../../protocol/capabilities/negotiate.js";
import type { SessionEnd } from "../../protocol/fsm/session-end.js";
import type { RouteRefreshMessage } from "../../protocol/messages/route-refresh.js";
import { type Family, familyOf } from "../../protocol/net/address-family.js";
import type { IpAddress } from "../../protocol/net/ip-address.js";
import type { RouterId } from "../../protocol/net/router-id.js";
import type { BgpError, FaultAction } from "../../protocol/wire/bgp-error.js";
import { type ExportProfile, profileKey } from "../../rib/export/export-profile.js";
import type { RibPeer } from "../../rib/peer-table.js";
import type { Rib } from "../../rib/rib.js";
import type { PeerId } from "../../rib/store/ids.js";
import type { Membership, UpdateGroups } from "../../rib/update-groups.js";
import type { Logger } from "../observe/logger.js";
import { Throttle } from "../observe/throttle.js";
import type { SessionPlan } from "../plan/node-plan.js";
import type { EstablishedSession, SessionHandler } from "./session-handler.js";
import { UpdateReceiver } from "./update-receiver.js";

const FAULT_LOG_INTERVAL_MS = 10_000;

/** This speaker as its sessions see it. */
export interface Speaker {
  readonly routerId: RouterId;
  readonly clusterId: RouterId | null;
}

interface Joined {
  readonly peer: PeerId;
  readonly receiver: UpdateReceiver;
  readonly membership: Membership;
  readonly session: EstablishedSession;
}

/**
 * The routes of one session: binds what the peer sends to the RIB and what the RIB owes the peer to the socket, from
 * Established until the session ends; and carries policy changes to both while it lasts.
 */
export class RoutingSession implements SessionHandler {
  readonly faults: Record<FaultAction, number> = {
    "session-reset": 0,
    "afi-safi-disable": 0,
    "treat-as-withdraw": 0,
    "attribute-discard": 0,
  };
  readonly #rib: Rib;
  readonly #groups: UpdateGroups;
  #speaker: Speaker;
  readonly #log: Logger;
  readonly #onEndOfRib: (family: Family) => void;
  readonly #wake: () => void;
  #plan: SessionPlan;
  #joined: Joined | null = null;
  readonly #faultLog = new Throttle(FAULT_LOG_INTERVAL_MS);

  constructor(parts: {
    rib: Rib;
    groups: UpdateGroups;
    speaker: Speaker;
    plan: SessionPlan;
    log: Logger;
    wake: () => void;
    onEndOfRib: (family: Family) => void;
  }) {
    this.#rib = parts.rib;
    this.#groups = parts.groups;
    this.#speaker = parts.speaker;
    this.#plan = parts.plan;
    this.#log = parts.log;
    this.#wake = parts.wake;
    this.#onEndOfRib = parts.onEndOfRib;
  }

  /** The peer in the RIB and its Adj-RIB-Out while the session is Established. */
  get joined(): { readonly peer: PeerId; readonly membership: Membership } | null {
    return this.#joined;
  }

  established(session: EstablishedSession): void {
    const { negotiated } = session;
    const peer = this.#rib.addPeer(this.#ribPeer(negotiated));
    const receiver = new UpdateReceiver({
      rib: this.#rib,
      peer,
      options: negotiated.receive,
      onFault: (fault) => this.#onFault(fault),
      onEndOfRib: this.#onEndOfRib,
    });
    const member = {
      peer,
      write: (chunk: Uint8Array, start: number, end: number, flushed: () => void) =>
        session.write(chunk.subarray(start, end), flushed),
      get backlog() {
        return session.backlog;
      },
    };
    const membership = this.#groups.join(member, this.#profile(negotiated, session.localAddress));
    this.#joined = { peer, receiver, membership, session };
    this.#wake();
  }

  update(bytes: Uint8Array, start: number, end: number): BgpError | null {
    if (!this.#joined) return null;
    const error = this.#joined.receiver.receive(bytes, start, end);
    this.#wake();
    return error;
  }

  /** A request sends everything again (RFC 2918 §4); we do not offer RFC 7313, so its markers mean nothing here. */
  routeRefresh(message: RouteRefreshMessage): void {
    if (message.subtype !== "request" || familyOf(message.afi, message.safi) !== this.#plan.family) return;
    this.#joined?.membership.refresh();
    this.#wake();
  }

  closed(_end: SessionEnd, _retainsRoutes: boolean): void {
    if (!this.#joined) return;
    this.#joined.membership.leave();
    this.#rib.removePeer(this.#joined.peer);
    this.#joined = null;
    this.#wake();
  }

  /** Puts a changed plan into force on the running session: policies, loop checks and next-hop mode need no reset. */
  replan(plan: SessionPlan, speaker: Speaker): void {
    const before = this.#plan;
    this.#plan = plan;
    this.#speaker = speaker;
    if (!this.#joined) return;
    const { peer, membership, session } = this.#joined;
    if (importKey(before) !== importKey(plan)) this.#rib.updatePeer(peer, this.#ribPeer(session.negotiated));
    const profile = this.#profile(session.negotiated, session.localAddress);
    if (profileKey(membership.profile) !== profileKey(profile)) membership.setProfile(profile);
    this.#wake();
  }

  #ribPeer(negotiated: Negotiated): RibPeer {
    const { name, asNumber, localAsNumber, allowOwnAs, address, rrClient, importPolicy } = this.#plan;
    const { internal, peerRouterId } = negotiated;
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

  #profile(negotiated: Negotiated, localAddress: IpAddress): ExportProfile {
    const plan = this.#plan;
    return {
      family: plan.family,
      internal: negotiated.internal,
      rrClient: plan.rrClient,
      localAs: plan.localAsNumber,
      nextHop: plan.nextHop,
      selfAddress: localAddress,
      policy: plan.exportPolicy,
      fourOctetAs: negotiated.send.fourOctetAs,
      maxMessageLength: negotiated.send.maxMessageLength,
      extendedNextHop: negotiated.send.extendedNextHop,
      addPath: negotiated.send.addPath.has(plan.family),
      clusterId: this.#speaker.clusterId,
      routerId: this.#speaker.routerId,
    };
  }

  /** Counts every fault and logs one in ten seconds: a peer must not fill the disk. */
  #onFault(fault: BgpError): void {
    this.faults[fault.action]++;
    if (this.#faultLog.take() === null) return;
    const { code, subcode, action, detail } = fault;
    this.#log.warn({ session: this.#plan.name, code, subcode, action, faults: this.faults }, `malformed UPDATE: ${detail}`);
  }
}

/** Equal for plans under which received routes fare the same. */
function importKey({ importPolicy, allowOwnAs, rrClient, name }: SessionPlan): string {
  return JSON.stringify([importPolicy, allowOwnAs, rrClient, name]);
}
