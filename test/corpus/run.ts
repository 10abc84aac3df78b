import { existsSync } from "node:fs";
import { checkCorpus } from "./corpus.js";
import type { GroupReport } from "./report.js";

const dir = process.argv[2];
if (dir === undefined || !existsSync(dir)) {
  console.error("usage: run.js DIR, a directory in the shape of the corpus (vectors/, pcap/, mrt/)");
  process.exit(2);
}

const groups = checkCorpus(dir);
for (const group of groups) print(group);
const passed = groups.reduce((sum, group) => sum + group.passed, 0);
const failed = groups.reduce((sum, group) => sum + group.failures.length, 0);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

function print({ name, passed, failures, deviations }: GroupReport): void {
  console.log(`${name}: ${passed} passed, ${failures.length} failed`);
  for (const [rule, count] of deviations) console.log(`  ${count} by ${rule}`);
  for (const { row, problems } of failures) console.log(`  FAILED ${row}\n    ${problems.slice(0, 5).join("\n    ")}`);
}
