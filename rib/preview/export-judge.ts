import { advertiseTo } from "../export/advertise-to.js";
import type { ExportProfile } from "../export/export-profile.js";
import { UpdateEncoder } from "../export/update-encoder.js";
import type { RibPeer } from "../peer-table.js";
import { PolicyEvaluator } from "../policy/evaluate.js";
import type { Rib } from "../rib.js";
import { type AttributeSetId, NO_ATTRIBUTES, type PeerId, type PrefixId } from "../store/ids.js";

/** What an update group of a profile would tell its members, without one. Closed by its owner. */
export class ExportJudge {
  readonly #rib: Rib;
  readonly #profile: ExportProfile;
  readonly #evaluator: PolicyEvaluator;
  readonly #encoder: UpdateEncoder;
  readonly #peerOf: (id: PeerId) => RibPeer;

  /** @param peerOf facts of the peers that paths were learned from */
  constructor(rib: Rib, profile: ExportProfile, peerOf: (id: PeerId) => RibPeer) {
    this.#rib = rib;
    this.#profile = profile;
    this.#peerOf = peerOf;
    const { attributes, nextHops } = rib;
    const { prefixes } = rib.table(profile.family);
    const ownAs = profile.internal ? null : profile.localAs;
    this.#evaluator = new PolicyEvaluator(profile.policy, { attributes, nextHops, prefixes }, ownAs);
    this.#encoder = new UpdateEncoder(profile, this.#evaluator.prependsOwnAs, { attributes, prefixes, originOf: peerOf });
  }

  /** The set to advertise for a path, after policy; 0: it is not for these peers. */
  decide(prefix: PrefixId, best: AttributeSetId, source: PeerId): AttributeSetId {
    if (best === NO_ATTRIBUTES) return NO_ATTRIBUTES;
    const peer = this.#peerOf(source);
    if (advertiseTo(peer, this.#rib.attributes.flags(best), this.#profile) !== null) return NO_ATTRIBUTES;
    const set = this.#evaluator.evaluate(prefix, best, peer.source);
    return set !== NO_ATTRIBUTES && this.#encoder.fits(set, source) ? set : NO_ATTRIBUTES;
  }

  /** The attributes as they leave, next hop included: what differs does not leave alike. */
  sent(set: AttributeSetId, source: PeerId): string {
    const { bytes, length, nextHop } = this.#encoder.rewrite(set, source);
    return `${bytes.subarray(0, length)} ${nextHop.bytes.subarray(0, nextHop.length)}`;
  }

  close(): void {
    this.#evaluator.close();
  }
}
