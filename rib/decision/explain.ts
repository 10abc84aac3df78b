import type { AttributeSet } from "../../protocol/attributes/attribute-set.js";
import type { Family } from "../../protocol/net/address-family.js";
import type { Prefix } from "../../protocol/net/prefix.js";
import type { Candidate, FamilyTable } from "../family-table.js";
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
  readonly pathId: number | null; // RFC 7911; null: the peer sends none
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
  const repeated: CandidateExplanation[] = [];
  const paths: Candidate[] = [];
  for (const candidate of table.candidates(id)) {
    const reason = ineligibility(rib, table, candidate);
    const same = paths.find((path) => isSame(path, { peer: candidate.peer, set: candidate.accepted }));
    const tell = (verdict: "ineligible" | "lost", why: string) =>
      describe(rib, table, id, candidate, { verdict, reason: why, lostAt: null });
    if (reason !== null) ineligible.push(tell("ineligible", reason));
    else if (same !== undefined) repeated.push(tell("lost", `the same as the peer's path ${same.pathId}`));
    else paths.push(candidate);
  }
  const candidates = [...rankPaths(rib, table, id, paths), ...repeated, ...ineligible];
  return { prefix, candidates, isPending: table.isDirty(id) };
}

function isSame({ peer, accepted }: Candidate, path: Path): boolean {
  return peer === path.peer && accepted === path.set;
}

function ineligibility(rib: Rib, table: FamilyTable, { peer, received, accepted }: Candidate): string | null {
  if (accepted === NO_ATTRIBUTES) return table.filterOf(peer)?.loopFault(received) ?? "rejected by the import policy";
  if (isResolvable(accepted, rib.attributes, rib.nextHops)) return null;
  const address = rib.nextHops.addressOf(rib.attributes.nextHop(accepted));
  return `next hop ${address} cannot be resolved (RFC 4271 §9.1.2.1)`;
}

function rankPaths(rib: Rib, table: FamilyTable, prefix: PrefixId, paths: readonly Candidate[]): CandidateExplanation[] {
  const { facts } = table;
  const tied = new TiedPaths();
  for (const { peer, accepted } of paths) tied.push(peer, accepted);
  tied.currentPeer = table.bestPeer(prefix);
  tied.currentSet = table.best(prefix);
  const lost = [...RANK_STEPS, ...MULTIPATH_STEPS].flatMap((step) => runStep(step, tied, facts));
  const isMultipath = facts.options.maximumPaths > 1;
  const equal = FINAL_STEPS.flatMap((step) => runStep(step, tied, facts));
  const candidateOf = (path: Path) => paths.find((candidate) => isSame(candidate, path))!;
  const tell = (path: Path, verdict: "lost" | "multipath", lostAt: LostStep) =>
    describe(rib, table, prefix, candidateOf(path), { verdict, reason: sentence(lostAt), lostAt });
  const losers = [
    ...lost.map(({ path, lostAt }) => tell(path, "lost", lostAt)),
    ...equal.map(({ path, lostAt }) => tell(path, isMultipath ? "multipath" : "lost", lostAt)),
  ];
  if (tied.count === 0) return [];
  const last = [...lost, ...equal].at(-1);
  const reason = last === undefined ? "the only eligible path" : `decided by ${last.lostAt.step} (${last.lostAt.section})`;
  const best = candidateOf({ peer: tied.peer(0), set: tied.set(0) });
  return [describe(rib, table, prefix, best, { verdict: "best", reason, lostAt: null }), ...losers.reverse()];
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
    .filter((path) => !after.some(({ peer, set }) => peer === path.peer && set === path.set))
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
  { peer, pathId, received, accepted, isStale }: Candidate,
  outcome: Pick<CandidateExplanation, "verdict" | "reason" | "lostAt">,
): CandidateExplanation {
  return {
    peer: rib.peer(peer),
    pathId,
    received: rib.attributes.decode(received),
    accepted: accepted === NO_ATTRIBUTES ? null : rib.attributes.decode(accepted),
    policy: table.filterOf(peer)?.trace(prefix, received) ?? null,
    isStale,
    ...outcome,
  };
}
