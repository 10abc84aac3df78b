/** What became of the rows of one part of the corpus. */
export interface GroupReport {
  readonly name: string;
  passed: number;
  /** Passed by a documented deviation: see deviations.ts. */
  readonly deviations: Map<string, number>;
  readonly failures: { readonly row: string; readonly problems: readonly string[] }[];
}

export function newGroup(name: string): GroupReport {
  return { name, passed: 0, deviations: new Map(), failures: [] };
}

/** Runs the check of one row; an exception is a failure like any other. */
export function checkRow(group: GroupReport, row: string, check: (deviate: (rule: string) => void) => readonly string[]): void {
  const rules = new Set<string>();
  let problems: readonly string[];
  try {
    problems = check((rule) => rules.add(rule));
  } catch (error) {
    problems = [`exception: ${error instanceof Error ? error.stack : error}`];
  }
  if (problems.length > 0) {
    group.failures.push({ row, problems });
    return;
  }
  group.passed += 1;
  for (const rule of rules) group.deviations.set(rule, (group.deviations.get(rule) ?? 0) + 1);
}
