/** What an operator may choose about the decision process. */
export interface DecisionOptions {
  /** Compare MULTI_EXIT_DISC between different neighbour ASes too (RFC 4271 §9.1.2.2 c compares within one). */
  readonly alwaysCompareMed: boolean;
  /** A path without MULTI_EXIT_DISC has the worst one; §9.1.2.2 (c) takes the best, 0. */
  readonly missingMedAsWorst: boolean;
  /** Among equal external paths keep the one chosen before (RFC 5004): fewer changes, but the result depends on history. */
  readonly preferOldestExternal: boolean;
  /** Most paths in the multipath set of a prefix; 1: only the best. */
  readonly maximumPaths: number;
}

/** RFC 4271 to the letter; 16 paths is what Calico lets the kernel have. */
export const DEFAULT_DECISION_OPTIONS: DecisionOptions = {
  alwaysCompareMed: false,
  missingMedAsWorst: false,
  preferOldestExternal: false,
  maximumPaths: 16,
};
