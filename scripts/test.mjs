// `npm test`: all the set-up, then every test. Arguments go to vitest: `npm test -- test/rib` runs a part.
// PEREGRINE_NO_SKIP=1 turns every skipped test, and every test file that did not run, into a failure.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { installPackages } from "./packages.mjs";
import { build, checkNode, filesUnder, giveUp, installDependencies, ROOT, say } from "./set-up.mjs";

const REPORT = join(ROOT, "dist", "test-report.json");
const SUMMARY = join(ROOT, "dist", "test-summary.json");
const REQUIRED = join(ROOT, "test", "interop", "required.txt");

const only = process.argv.slice(2);
const noSkip = process.env.PEREGRINE_NO_SKIP === "1";

checkNode();
installDependencies();
const missing = only.length === 0 ? installPackages() : [];
if (missing.length > 0) say(`Tests that need ${missing.join(", ")} ${noSkip ? "will fail" : "will be skipped"}.`);
build(".");

const status = runTests();
const files = readReport();
const tests = files.flatMap((file) => file.assertionResults.map((test) => ({ ...test, file: relative(ROOT, file.name) })));
const skipped = tests.filter((test) => test.status !== "passed" && test.status !== "failed");
const absent = only.length === 0 ? absentFiles(files) : [];

for (const test of skipped) say(`skipped: ${test.file}: ${test.fullName}`);
for (const file of absent) say(`did not run: ${file}`);
const passed = tests.filter((test) => test.status === "passed").length;
const failed =
  tests.filter((test) => test.status === "failed").length + brokenFiles(files) + absent.length + (noSkip ? skipped.length : 0);
say(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
writeFileSync(SUMMARY, JSON.stringify({ passed, failed }));
process.exitCode = failed > 0 ? 1 : status;

function runTests() {
  mkdirSync(join(ROOT, "dist"), { recursive: true });
  rmSync(REPORT, { force: true });
  rmSync(SUMMARY, { force: true });
  const vitest = join(ROOT, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${REPORT}`];
  const result = spawnSync(process.execPath, [vitest, "run", ...reporters, ...only], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
  });
  return result.status ?? 1;
}

function readReport() {
  try {
    return JSON.parse(readFileSync(REPORT, "utf8")).testResults;
  } catch (error) {
    return giveUp(`vitest left no report: ${error.message}`);
  }
}

/** Files that could not even be loaded: they hold no test that failed. */
function brokenFiles(files) {
  return files.filter((file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"))
    .length;
}

/** Test files on disk, and interop scenarios that must be there, of which no test ran. */
function absentFiles(files) {
  const ran = new Set(files.filter((file) => file.assertionResults.length > 0).map((file) => relative(ROOT, file.name)));
  const onDisk = filesUnder("test")
    .map((file) => relative(ROOT, file))
    .filter((file) => file.endsWith(".test.ts"));
  const required = readFileSync(REQUIRED, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((name) => `test/interop/${name}.test.ts`);
  return [...new Set([...onDisk, ...required])].filter((file) => !ran.has(file)).sort();
}
