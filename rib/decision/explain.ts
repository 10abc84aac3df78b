import type { AttributeSet } from "../../protocol/attributes/attribute-set.js";
import type { Family } from "../../protocol/net/address-family.js";
import type { Prefix } from "../../protocol/net/prefix.js";
import type { FamilyTable } from "../family-table.js";
import type { RibPeer } from "../peer-table.js";
import type { PolicyTrace } from "../policy/evaluate.js";
import type { Rib } from "../rib.js";
import { type AttributeSetId, NO_ATTRIBUTES, type PeerId, type PrefixId } from "../store/ids.js";
import { isResolvable } from "./eligibility.js";
import { type DecisionFacts, FINAL_STEPS, MULTIPATH_STEPS, RANK_STEPS, type TieBreak } from "./tie-breaks.js";
import { TiedPaths } from "./tied-paths.js";

/** Why a prefix has the best path it has, or none. */
export interface Explanation {
  readonly prefix: Prefix;
  readonly candidates: readonly CandidateExplanation[]; // the best first, then in the order in which they lost, last losers first
  readonly isPending: boolean; // something has changed that the selection has not seen yet
}

export interface CandidateExplanation {
  readonly peer: RibPeer;
  readonly received: AttributeSet;
  readonly accepted: AttributeSet | null; // after import; null when refused
  readonly policy: PolicyTrace | null; // null: no import policy, or not asked
  /** "multipath": as good as the best up to the router id. */
  readonly verdict: "best" | "multipath" | "lost" | "ineligible";
  readonly reason: string; // one sentence
  readonly lostAt: LostStep | null;
  readonly isStale: boolean; // kept of a session that went down (RFC 4724 §4.2): no reason to prefer another path
}

/** The step of the decision at which a path lost. */
export interface LostStep {
  readonly step: string; // e.g. "shortest AS_PATH"
  readonly section: string; // e.g. "RFC 4271 §9.1.2.2 (a)"
  readonly value: string; // of this path
  readonly against: string; // of one that stayed
}

interface Path {
  readonly peer: PeerId;
  readonly set: AttributeSetId;
}

/**
 * Runs the decision for one prefix again, with the same steps as `BestPathSelection`, and says of each candidate where it ended.
 *
 * @returns no candidates when nobody announces the prefix
 */
export function explain(rib: Rib, family: Family, prefix: Prefix): Explanation {
  const table = rib.table(family);
  const id = table.find(prefix);
  const ineligible: CandidateExplanation[] = [];
  const paths: Path[] = [];
  table.candidates(id, (peer, received, accepted) => {
    const reason = ineligibility(rib, table, peer, received, accepted);
    if (reason === null) paths.push({ peer, set: accepted });
    else ineligible.push(describe(rib, table, id, peer, { verdict: "ineligible", reason, lostAt: null }));
  });
  const candidates = [...rankPaths(rib, table, id, paths), ...ineligible];
  return { prefix, candidates, isPending: table.isDirty(id) };
}

function ineligibility(
  rib: Rib,
  table: FamilyTable,
  peer: PeerId,
  received: AttributeSetId,
  accepted: AttributeSetId,
): string | null {
  if (accepted === NO_ATTRIBUTES) return table.filterOf(peer)?.loopFault(received) ?? "rejected by the import policy";
  if (isResolvable(accepted, rib.attributes, rib.nextHops)) return null;
  const address = rib.nextHops.addressOf(rib.attributes.nextHop(accepted));
  return `next hop ${address} cannot be resolved (RFC 4271 §9.1.2.1)`;
}

function rankPaths(rib: Rib, table: FamilyTable, prefix: PrefixId, paths: readonly Path[]): CandidateExplanation[] {
  const { facts } = table;
  const tied = new TiedPaths();
  for (const { peer, set } of paths) tied.push(peer, set);
  tied.currentPeer = table.bestPeer(prefix);
  tied.currentSet = table.best(prefix);
  const lost = [...RANK_STEPS, ...MULTIPATH_STEPS].flatMap((step) => runStep(step, tied, facts));
  const isMultipath = facts.options.maximumPaths > 1;
  const equal = FINAL_STEPS.flatMap((step) => runStep(step, tied, facts));
  const tell = (path: Path, verdict: "lost" | "multipath", lostAt: LostStep) =>
    describe(rib, table, prefix, path.peer, { verdict, reason: sentence(lostAt), lostAt });
  const losers = [
    ...lost.map(({ path, lostAt }) => tell(path, "lost", lostAt)),
    ...equal.map(({ path, lostAt }) => tell(path, isMultipath ? "multipath" : "lost", lostAt)),
  ];
  if (tied.count === 0) return [];
  const last = [...lost, ...equal].at(-1);
  const reason = last === undefined ? "the only eligible path" : `decided by ${last.lostAt.step} (${last.lostAt.section})`;
  return [describe(rib, table, prefix, tied.peer(0), { verdict: "best", reason, lostAt: null }), ...losers.reverse()];
}

function sentence({ step, section, value, against }: LostStep): string {
  return `lost at ${step} (${section}): ${value} against ${against}`;
}

/** Runs one step. @returns those that it dropped */
function runStep(step: TieBreak, tied: TiedPaths, facts: DecisionFacts): { path: Path; lostAt: LostStep }[] {
  if (tied.count < 2) return [];
  const before = pathsOf(tied);
  step.keep(tied, facts);
  const after = pathsOf(tied);
  return before
    .filter((path) => !after.some(({ peer }) => peer === path.peer))
    .map((path) => ({ path, lostAt: lostStep(step, path, winnerOver(path, after, facts), facts) }));
}

function pathsOf(tied: TiedPaths): Path[] {
  return Array.from({ length: tied.count }, (_, i) => ({ peer: tied.peer(i), set: tied.set(i) }));
}

/** MED is compared within one neighbour AS, so a path from the same one is the most telling. */
function winnerOver(path: Path, winners: readonly Path[], { attributes }: DecisionFacts): Path {
  return winners.find(({ set }) => attributes.neighborAs(set) === attributes.neighborAs(path.set)) ?? winners[0];
}

function lostStep(step: TieBreak, path: Path, winner: Path, facts: DecisionFacts): LostStep {
  return {
    step: step.name,
    section: step.section,
    value: step.valueOf(path.peer, path.set, facts),
    against: step.valueOf(winner.peer, winner.set, facts),
  };
}

function describe(
  rib: Rib,
  table: FamilyTable,
  prefix: PrefixId,
  peer: PeerId,
  outcome: Pick<CandidateExplanation, "verdict" | "reason" | "lostAt">,
): CandidateExplanation {
  const received = table.received(peer, prefix);
  const accepted = table.accepted(peer, prefix);
  return {
    peer: rib.peer(peer),
    received: rib.attributes.decode(received),
    accepted: accepted === NO_ATTRIBUTES ? null : rib.attributes.decode(accepted),
    policy: table.filterOf(peer)?.trace(prefix, received) ?? null,
    isStale: table.isStale(peer, prefix),
    ...outcome,
  };
}
