import type { Prefix } from "../protocol/net/prefix.js";
import { BestPathGroup } from "./best-path-group.js";
import { ChunkPool } from "./export/chunk-pool.js";
import { type AdvertisedRoute, advertisedTo, type ExportExplanation, explainExport } from "./export/explain-export.js";
import { type ExportProfile, profileKey } from "./export/export-profile.js";
import { type GroupMember, Recipient } from "./export/recipient.js";
import { PathGroup } from "./path-group.js";
import type { Policy } from "./policy/policy.js";
import type { Rib } from "./rib.js";
import type { AttributeSetId } from "./store/ids.js";
import type { UpdateGroup } from "./update-group.js";

export interface JoinOptions {
  readonly enhancedRefresh?: boolean; // negotiated: RFC 7313
}

/** Prefixes a stream takes at least when it takes any: fewer pack badly. */
const LEAST_SHARE = 256;

/**
 * Every peer's export: the Loc-RIB's changes, sorted into update groups, become UPDATE messages.
 *
 * Nothing is sent but by `work`, except the marks around a refresh. Call it soon after changes of the Rib, and when `onWork` asks for it.
 */
export class UpdateGroups {
  /** Have `work` called soon: somebody has joined, left, asked for a refresh or has another profile, or a socket is ready again. */
  onWork: () => void = () => {};

  readonly #rib: Rib;
  readonly #pool = new ChunkPool();
  readonly #memberships = new Set<Membership>();
  #groups: UpdateGroup[] = [];
  #closing: UpdateGroup[] = [];
  #moving: Membership[] = [];
  #isBlocked = false;
  #hasLeavers = false;
  #isHeld = false;

  constructor({ rib }: { readonly rib: Rib }) {
    this.#rib = rib;
  }

  get groupCount(): number {
    return this.#groups.length;
  }

  /** Output buffers in use, 64 KiB each. */
  get chunksInUse(): number {
    return this.#pool.inUse;
  }

  /** From now on the member is sent what its profile lets through: first all there is, then End-of-RIB, then every change. */
  join(member: GroupMember, profile: ExportProfile, options: JoinOptions = {}): Membership {
    const recipient = new Recipient(member, options.enhancedRefresh ?? false, () => this.#onReady());
    const group = this.#groupFor(profile);
    group.streams.join(recipient);
    const membership = new Membership(this.#rib, recipient, group, (changed) => this.#changed(changed));
    this.#memberships.add(membership);
    this.onWork();
    return membership;
  }

  /** Nothing is sent before `release`: a speaker that restarts selects its routes first (RFC 4724 §4.1). */
  hold(): void {
    this.#isHeld = true;
  }

  /** Members are told what there is now, and then End-of-RIB. */
  release(): void {
    this.#isHeld = false;
    for (const group of this.#groups) group.expectAll();
    this.onWork();
  }

  /**
   * Takes up to about `limit` prefixes, shared among the streams, and flushes each stream at most once. 16384 are about 5 ms.
   *
   * @returns true when there is more to do now; not while it waits for sockets
   */
  work(limit: number): boolean {
    if (this.#isHeld) return false;
    this.#dropLeavers();
    this.#move();
    const busy = this.#groups.reduce((sum, group) => sum + group.busyStreams, 0);
    const share = Math.max(LEAST_SHARE, Math.ceil(limit / Math.max(1, busy)));
    let isMore = false;
    for (const group of this.#groups) isMore = group.work(share) || isMore;
    this.#isBlocked = this.#groups.some((group) => group.isBlocked);
    return this.#clear(limit) || this.#canMove() || this.#hasLeavers || isMore;
  }

  /**
   * Calls `visit` for every reference on an attribute set that an Adj-RIB-Out holds.
   * @throws Error when counters and tables disagree: for tests
   */
  checkInvariants(visit: (set: AttributeSetId) => void = () => {}): void {
    for (const group of [...this.#groups, ...this.#closing]) group.checkInvariants(visit);
  }

  #groupFor(profile: ExportProfile): UpdateGroup {
    const key = profileKey(profile);
    const present = this.#groups.find((group) => group.key === key);
    if (present !== undefined) return present;
    const group = profile.addPath
      ? new PathGroup(this.#rib, this.#pool, profile)
      : new BestPathGroup(this.#rib, this.#pool, profile);
    this.#groups.push(group);
    return group;
  }

  #onReady(): void {
    if (!this.#isBlocked) return;
    this.#isBlocked = false;
    this.onWork();
  }

  #changed(membership: Membership): void {
    if (membership.recipient.hasLeft) this.#hasLeavers = true;
    if (membership.wanted !== null) this.#moving.push(membership);
    this.onWork();
  }

  #dropLeavers(): void {
    if (!this.#hasLeavers) return;
    this.#hasLeavers = false;
    for (const membership of this.#memberships) if (membership.recipient.hasLeft) this.#memberships.delete(membership);
    for (const group of this.#groups) group.streams.dropLeavers();
    this.#closeIdle();
  }

  #closeIdle(): void {
    const idle = this.#groups.filter(({ isIdle }) => isIdle);
    if (idle.length === 0) return;
    for (const group of idle) group.close();
    this.#closing.push(...idle);
    this.#groups = this.#groups.filter(({ isIdle }) => !isIdle);
  }

  /** Tables of ended groups, a part at a time. @returns true when more are left */
  #clear(limit: number): boolean {
    const first = this.#closing[0];
    if (first !== undefined && !first.out.clear(limit)) this.#closing.shift();
    return this.#closing.length > 0;
  }

  /** Members whose profile has changed go to the group it belongs to, as soon as that can tell them only what differs. */
  #move(): void {
    if (this.#moving.length === 0) return;
    this.#changePolicies();
    for (const membership of new Set(this.#moving)) this.#moveOne(membership);
    this.#moving = this.#moving.filter(({ wanted }) => wanted !== null);
    this.#closeIdle();
  }

  /** Where all members of a group want the same other policy, the group takes it over as it is. */
  #changePolicies(): void {
    for (const group of this.#groups) {
      const members = [...this.#memberships].filter((membership) => membership.group === group);
      const wanted = members[0]?.wanted;
      if (wanted === undefined || wanted === null || group.expected > 0) continue;
      const key = profileKey(wanted);
      const agree = members.every((member) => member.wanted !== null && profileKey(member.wanted) === key);
      if (!agree || this.#groups.some((other) => other.key === key) || !group.changePolicy(wanted)) continue;
      for (const member of members) member.arrive(group);
    }
  }

  #moveOne(membership: Membership): void {
    const { wanted, recipient, group } = membership;
    if (wanted === null) return;
    const target = recipient.hasLeft ? group : this.#groupFor(wanted);
    if (target !== membership.target) membership.expectAt(target);
    if (target !== group && !target.isComplete) return;
    if (target !== group) target.adopt(recipient, group);
    membership.arrive(target);
  }

  #canMove(): boolean {
    return this.#moving.some(({ target }) => target?.isComplete ?? true);
  }
}

/** One member's place in the update groups. */
export class Membership {
  readonly recipient: Recipient;
  readonly #rib: Rib;
  readonly #onChange: (membership: Membership) => void;
  #group: UpdateGroup;
  #wanted: ExportProfile | null = null;
  #target: UpdateGroup | null = null;

  constructor(rib: Rib, recipient: Recipient, group: UpdateGroup, onChange: (membership: Membership) => void) {
    this.#rib = rib;
    this.recipient = recipient;
    this.#group = group;
    this.#onChange = onChange;
  }

  get group(): UpdateGroup {
    return this.#group;
  }

  /** The profile it is to have; null: the one it has. */
  get wanted(): ExportProfile | null {
    return this.#wanted;
  }

  /** The group it waits for. */
  get target(): UpdateGroup | null {
    return this.#target;
  }

  get profile(): ExportProfile {
    return this.#wanted ?? this.#group.profile;
  }

  /** Routes that the peer has been told, or stands in line to be told. */
  get advertisedCount(): number {
    return this.#group.out.countFor(this.recipient.peer);
  }

  /** What the peer was sent for the prefix, or stands in line to be sent: several routes under ADD-PATH. */
  advertised(prefix: Prefix): readonly AdvertisedRoute[] {
    const table = this.#rib.table(this.#group.profile.family);
    return prefix.family === table.family ? advertisedTo(this.#group, this.recipient, table.find(prefix)) : [];
  }

  /** Why the prefix is, or is not, sent to this peer: one answer, or one for each path that could be sent under ADD-PATH. */
  explain(prefix: Prefix): readonly ExportExplanation[] {
    return explainExport(this.#rib, this.#group, this.recipient, prefix);
  }

  /** Sends everything again: the peer asked for it (RFC 2918). */
  refresh(): void {
    if (this.recipient.hasLeft) return;
    this.#group.streams.refresh(this.recipient);
    this.#onChange(this);
  }

  /** Another export policy: the peer is sent what differs. */
  setPolicy(policy: Policy): void {
    this.setProfile({ ...this.profile, policy });
  }

  /** Another profile: without a reset, the peer is sent what differs. */
  setProfile(profile: ExportProfile): void {
    this.#wanted = profile;
    this.#onChange(this);
  }

  /** The session is over: nothing is written any more. */
  leave(): void {
    this.recipient.leave();
    this.#onChange(this);
  }

  /** Waits for a group to be complete. */
  expectAt(target: UpdateGroup): void {
    if (this.#target !== null) this.#target.expected--;
    this.#target = target;
    target.expected++;
  }

  /** It is a member there now. */
  arrive(group: UpdateGroup): void {
    if (this.#target !== null) this.#target.expected--;
    this.#target = null;
    this.#wanted = null;
    this.#group = group;
  }
}
