import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release } from "node:os";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { bird } from "./harness/daemons/bird.js";
import type { Dut } from "./harness/daemons/dut.js";
import { frr } from "./harness/daemons/frr.js";
import { gobgp } from "./harness/daemons/gobgp.js";
import { openbgpd } from "./harness/daemons/openbgpd.js";
import { peregrine } from "./harness/daemons/peregrine.js";
import { relay } from "./harness/daemons/relay.js";
import { printResults, type Result, results } from "./harness/report.js";
import type { Measurement, Scenario } from "./harness/scenario.js";
import { churn } from "./harness/scenarios/churn.js";
import { distinct } from "./harness/scenarios/distinct.js";
import { fib } from "./harness/scenarios/fib.js";
import { flap } from "./harness/scenarios/flap.js";
import { late, late50 } from "./harness/scenarios/late.js";
import { mesh, thousand } from "./harness/scenarios/mesh.js";
import { reflect } from "./harness/scenarios/reflect.js";
import { responsive } from "./harness/scenarios/responsive.js";
import { same, sameMillion } from "./harness/scenarios/same.js";
import { slow } from "./harness/scenarios/slow.js";
import { start } from "./harness/scenarios/start.js";
import { table, table6, tableOne, tableReal } from "./harness/scenarios/table.js";
import { withdraw } from "./harness/scenarios/withdraw.js";

const DAEMONS: readonly Dut[] = [relay, peregrine, bird, frr, openbgpd, gobgp];
const SCENARIOS: readonly Scenario[] = [
  ...[
    table,
    ...(tableReal ? [tableReal] : []),
    tableOne,
    distinct,
    same,
    sameMillion,
    reflect,
    mesh,
    thousand,
    withdraw,
    flap,
    churn,
    table6,
    late,
    late50,
  ],
  ...[slow, fib, start, responsive],
];
const DEFAULT_ROUNDS = 3;
const INSIDE = "PEREGRINE_BENCH_INSIDE";

const USAGE = `Runs Peregrine and the other daemons on the same stream, interleaved, and prints a table a scenario. Needs root.

  npm run bench -- [SCENARIO | DAEMON]… [--rounds N] [--json FILE] [--profile DIR]

Scenarios: ${SCENARIOS.map(({ id }) => id).join(" ")}
Daemons:   ${DAEMONS.map(({ name }) => name).join(" ")}
None named: all of them.`;

interface Wanted {
  readonly scenarios: readonly Scenario[];
  readonly daemons: readonly Dut[];
  readonly rounds: number;
  readonly json: string | null;
  readonly profile: string | null; // directory for CPU profiles of Peregrine, whose figures are then no use
}

const wanted = parse(process.argv.slice(2));
if (typeof wanted === "string") {
  console.error(wanted);
  process.exitCode = 2;
} else if (process.env[INSIDE] === undefined) runInNamespace();
else await runAll(wanted);

function parse(words: readonly string[]): Wanted | string {
  const names: string[] = [];
  let rounds = DEFAULT_ROUNDS;
  let [json, profile]: (string | null)[] = [null, null];
  for (let i = 0; i < words.length; i++) {
    if (words[i] === "--rounds") rounds = Number(words[++i]);
    else if (words[i] === "--json") json = words[++i] ?? null;
    else if (words[i] === "--profile") profile = resolve(words[++i] ?? ".");
    else names.push(words[i]!);
  }
  const scenarios = SCENARIOS.filter(({ id }) => names.includes(id));
  const daemons = DAEMONS.filter(({ name }) => names.includes(name));
  const areKnown = scenarios.length + daemons.length === names.length;
  if (!areKnown || !Number.isInteger(rounds) || rounds < 1) return USAGE;
  return {
    scenarios: scenarios.length === 0 ? SCENARIOS : scenarios,
    daemons: daemons.length === 0 ? DAEMONS : daemons,
    ...{ rounds, json, profile },
  };
}

/** The load lives in a network namespace that nobody else sees and that goes when it ends. */
function runInNamespace(): void {
  const self = [process.execPath, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const child = spawn("unshare", ["--net", "--", ...self], { stdio: "inherit", env: { ...process.env, [INSIDE]: "1" } });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill("SIGTERM"));
  child.on("error", (error) => console.error(`unshare: ${error.message}`));
  child.on("exit", (code) => {
    process.exitCode = code ?? 1;
  });
}

async function runAll({ scenarios, daemons, rounds, json, profile }: Wanted): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1)); // "exit" removes what was made
  const versions = await installed(daemons);
  if (profile !== null) profileDaemons(profile);
  console.log(`${cpus().length} x ${cpus()[0]?.model}, Linux ${release()}, load ${loadavg()[0]?.toFixed(1)}`);
  console.log([...versions].map(([{ name }, version]) => `${name} ${version}`).join(", "));
  const all: Result[] = [];
  for (const scenario of scenarios) {
    const duts = [...versions.keys()].filter(({ name }) => scenario.daemons?.includes(name) ?? true);
    all.push(...(await runScenario(scenario, duts, rounds)));
  }
  if (json !== null)
    writeFileSync(json, `${JSON.stringify({ machine: cpus()[0]?.model, versions: namesOf(versions), results: all }, null, 2)}\n`);
}

function profileDaemons(directory: string): void {
  mkdirSync(directory, { recursive: true });
  process.env["PEREGRINE_BENCH_PROFILE"] = directory;
  process.env["NODE_OPTIONS"] = `--import ${new URL("./harness/cpu-profile.js", import.meta.url)}`;
}

function namesOf(versions: ReadonlyMap<Dut, string>): Readonly<Record<string, string>> {
  return Object.fromEntries([...versions].map(([{ name }, version]) => [name, version]));
}

async function installed(daemons: readonly Dut[]): Promise<Map<Dut, string>> {
  const versions = new Map<Dut, string>();
  for (const daemon of daemons) {
    const version = await daemon.version();
    if (version === null) console.log(`${daemon.name} is not installed: left out`);
    else versions.set(daemon, version);
  }
  return versions;
}

/** Round by round, every daemon in turn, so that what else the machine does hits all alike. */
async function runScenario(scenario: Scenario, duts: readonly Dut[], rounds: number): Promise<Result[]> {
  const round = scenario.prepare();
  const measured = new Map<string, Measurement[]>(duts.map(({ name }) => [name, []]));
  const able = new Set(duts); // one that failed is not tried again
  for (let n = 0; n < rounds; n++) {
    for (const dut of able) {
      try {
        measured.get(dut.name)!.push(...(await round(dut)));
      } catch (error) {
        console.error(`${scenario.id}: ${dut.name} failed: ${error instanceof Error ? error.message : error}`);
        process.exitCode = 1;
        able.delete(dut);
      }
    }
  }
  const found = results(scenario.id, measured);
  printResults(`${scenario.id}: ${scenario.title}`, found);
  return found;
}
