import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { History } from "../src/generations/history.js";
import { createLogger } from "../src/observe/logger.js";
import { diffPlans } from "../src/plan/diff.js";
import { type Accepted, Resources } from "../src/resources.js";
import type { RunOptions } from "../src/run-options.js";

// What a large cluster's resources cost: to check all, to load all, and to follow an edit of one Node, from the write to the steps.
// Two layouts: a file for each Node, and one file with a document for each.
// Usage: node dist/bench/reload.js [nodes]

const count = Number(process.argv[2] ?? 10_000);
const EDITS = 30; // every other one for the delays
const MAIN = fileURLToPath(new URL("../src/main.js", import.meta.url));
const EDITED = 500;

interface Layout {
  readonly name: string;
  readonly files: (documents: readonly string[]) => readonly (readonly [path: string, text: string])[];
  readonly edited: string; // the file with the Node that is edited
}

const LAYOUTS: readonly Layout[] = [
  {
    name: "a file each",
    files: (documents) => documents.map((text, index) => [`node-${index}.yaml`, text]),
    edited: `node-${EDITED}.yaml`,
  },
  { name: "one file", files: (documents) => [["nodes.yaml", documents.join("---\n")]], edited: "nodes.yaml" },
];

function document(index: number): string {
  const address = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
  return `apiVersion: projectcalico.org/v3
kind: Node
metadata:
  name: node-${String(index).padStart(6, "0")}
  labels: {rack: rack-${index % 100}, edit: "0"}
spec:
  bgp: {ipv4Address: ${address}/8}
`;
}

async function measure({ name, files, edited }: Layout): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "peregrine-bench-"));
  const resources = join(directory, "resources");
  mkdirSync(resources);
  const documents = Array.from({ length: count }, (_, index) => document(index + 1));
  for (const [path, text] of files(documents)) writeFileSync(join(resources, path), text);
  try {
    const validated = Math.min(...[1, 2, 3].map(() => secondsToValidate(resources)));
    const { loadSeconds, busyMs, delaysMs } = await follow(join(directory, "state"), resources, join(resources, edited));
    const [first, ...later] = busyMs;
    const cells = [
      ...[validated.toFixed(1), loadSeconds.toFixed(1)],
      ...[first!, median(later), Math.min(...later), median(delaysMs)].map(rounded),
    ];
    return `${name.padEnd(14)}${cells.map((cell) => cell.padStart(12)).join("")}`;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function secondsToValidate(resources: string): number {
  const startedMs = performance.now();
  const { status } = spawnSync(process.execPath, [MAIN, "validate", resources], { stdio: "ignore" });
  if (status !== 0) throw new Error(`validate has ended with ${status}`);
  return (performance.now() - startedMs) / 1000;
}

async function follow(state: string, resources: string, file: string) {
  const log = await createLogger("fatal");
  const options = { node: "node-000001", resources, state, namespace: "kube-system", endpointStatusPrefix: state } as RunOptions;
  const startedMs = performance.now();
  const history = await History.open({ state, namespace: options.namespace, log });
  const loaded = await Resources.load(options, history, log);
  if (!loaded.ok) throw new Error(loaded.error);
  const loadSeconds = (performance.now() - startedMs) / 1000;
  let { plan } = loaded.value.accepted;
  let onSteps: (steps: number) => void = () => {};
  loaded.value.follow((accepted: Accepted) => {
    const steps = diffPlans(plan, accepted.plan);
    plan = accepted.plan;
    onSteps(steps.length);
  });
  const busyMs: number[] = []; // processor time of the main thread, until there are steps and it has come to rest
  const delaysMs: number[] = []; // the longest time for which nothing else had its turn
  await rest(3000); // a load that follows the first is none of an edit's
  for (let edit = 1; edit <= EDITS; edit++) {
    await rest();
    const changed = new Promise<number>((resolve) => {
      onSteps = resolve;
    });
    writeFileSync(file, editedText(readFileSync(file, "utf8"), edit));
    const delay = monitorEventLoopDelay({ resolution: 1 });
    if (edit % 2 === 0) delay.enable(); // it costs processor time of its own, 30 ms in a second
    const beforeMs = mainThreadMs();
    if ((await changed) !== 0) throw new Error("a label has changed a session");
    await history.settled();
    await rest();
    if (edit % 2 === 0) delaysMs.push(delay.max / 1e6);
    else busyMs.push(mainThreadMs() - beforeMs);
    delay.disable();
  }
  loaded.value.close();
  return { loadSeconds, busyMs, delaysMs };
}

/** Processor time, so that other work on the machine does not count; a reading of the clock costs none of it worth counting. */
function mainThreadMs(): number {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
}

function editedText(text: string, edit: number): string {
  const name = `name: node-${String(EDITED + 1).padStart(6, "0")}`;
  const at = text.indexOf('edit: "', text.indexOf(name)) + 'edit: "'.length;
  return `${text.slice(0, at)}${edit}${text.slice(text.indexOf('"', at))}`;
}

function rest(ms = 200): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

function rounded(milliseconds: number): string {
  return milliseconds.toFixed(1);
}

console.log(`resources of ${count} nodes in a full mesh; node ${process.version}, ${cpus()[0]?.model}`);
const HEADINGS = ["validate s", "load s", "first ms", "median ms", "least ms", "delay ms"];
console.log(`${"".padEnd(14)}${HEADINGS.map((heading) => heading.padStart(12)).join("")}`);
const alive = setInterval(() => undefined, 1000); // a watch alone keeps no process alive
for (const layout of LAYOUTS) console.log(await measure(layout));
clearInterval(alive);
