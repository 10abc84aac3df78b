import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../src/lab/until.js";
import { Cluster, type DaemonProcess, fetchText, samplesOf } from "./support.js";

const MIB = 2 ** 20;

let cluster: Cluster;
let api: string;
let daemon: DaemonProcess;

beforeAll(async () => {
  cluster = new Cluster();
  cluster.putNode(1);
  api = `${cluster.address(1)}:9179`;
  daemon = await cluster.start(1, "--api", api);
});
afterAll(() => cluster.close());

test("the young generation has not grown while the daemon was loaded: it holds 1 MiB a half", async () => {
  const samples = samplesOf((await fetchText(`http://${api}/metrics`)).body);
  expect(samples.get('nodejs_heap_space_size_total_bytes{space="new"}')).toBeLessThanOrEqual(2 * MIB);
});

test("once the daemon has rehearsed, the threads that compile give way to its own", async () => {
  const { pid } = daemon;
  const [first, ...others] = await until("five threads are held back", () => {
    const threads = threadsOf(pid);
    return threads.filter(({ nice }) => nice > 0).length === 5 && threads;
  });
  expect(first).toMatchObject({ id: pid, nice: 0 });
  const heldBack = others.filter(({ nice }) => nice === 10);
  expect(heldBack).toHaveLength(5);
  // Besides the main thread, it is they who have had work to do.
  expect(ranMs(heldBack)).toBeGreaterThan(2 * ranMs(others.filter(({ nice }) => nice === 0)));
});

interface Thread {
  readonly id: number;
  readonly nice: number;
  readonly ranMs: number;
}

/** The main thread first, whose id is the process's. */
function threadsOf(pid: number): readonly Thread[] {
  const threads = readdirSync(`/proc/${pid}/task`).map((id) => {
    const directory = `/proc/${pid}/task/${id}`;
    const [, fields = ""] = readFileSync(`${directory}/stat`, "utf8").split(") "); // from "state" on, the third
    const [ranNs = ""] = readFileSync(`${directory}/schedstat`, "utf8").split(" ");
    return { id: Number(id), nice: Number(fields.split(" ")[19 - 3]), ranMs: Number(ranNs) / 1e6 };
  });
  return threads.sort((a, b) => Number(b.id === pid) - Number(a.id === pid));
}

function ranMs(threads: readonly Thread[]): number {
  return threads.reduce((sum, { ranMs }) => sum + ranMs, 0);
}
