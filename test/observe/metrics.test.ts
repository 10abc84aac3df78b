import { afterEach, describe, expect, test } from "vitest";
import type { SessionView, StatusView } from "../../src/api/views.js";
import { until } from "../../src/lab/until.js";
import { createMetrics, type Metrics } from "../../src/observe/metrics.js";

const session = (part: Partial<SessionView>): SessionView =>
  ({
    name: "Mesh_10_0_0_2",
    address: "10.0.0.2",
    state: "up",
    since: "2026-11-22T09:00:00.000Z",
    messagesIn: { open: 1, update: 7 },
    messagesOut: { keepalive: 3 },
    faults: { "treat-as-withdraw": 2 },
    resets: 4,
    received: 30,
    accepted: 20,
    stale: 5,
    advertised: 10,
    excessPaths: 5,
    ...part,
  }) as SessionView;

const STATUS = {
  node: "n1",
  version: "1.2.3",
  asNumber: 64512,
  routerId: "10.0.0.1",
  resources: { state: "accepted", generation: 17 },
  recovery: { phase: "sweeping", waitingFor: [], until: null },
  kernel: { wanted: 6, installed: 5, failed: 1, conflicts: 2, restored: 3 },
  tables: [{ family: "ipv4-unicast", prefixes: 11, paths: 12 }],
  sessions: [session({})],
} as unknown as StatusView;

const open: Metrics[] = [];
afterEach(() => {
  for (const metrics of open.splice(0)) metrics.close();
});

/** Metrics of a status that a test may change. */
function metricsOf(status: StatusView) {
  const state = { status };
  const metrics = createMetrics(() => state.status);
  open.push(metrics);
  return { state, metrics };
}

const samples = async (metrics: Metrics) => (await metrics.text()).split("\n").filter((line) => line.startsWith("peregrine_"));
const LABELS = 'session="Mesh_10_0_0_2",peer="10.0.0.2"';

describe("createMetrics", () => {
  test("shows what the status says", async () => {
    const { metrics } = metricsOf(STATUS);
    const lines = await samples(metrics);
    expect(lines.filter((line) => !line.startsWith("peregrine_event_loop_lag_seconds"))).toEqual([
      `peregrine_session_up{${LABELS}} 1`,
      `peregrine_session_state_changed_timestamp_seconds{${LABELS}} ${Date.UTC(2026, 10, 22, 9) / 1000}`,
      `peregrine_session_routes{${LABELS},stage="received"} 30`,
      `peregrine_session_routes{${LABELS},stage="accepted"} 20`,
      `peregrine_session_routes{${LABELS},stage="stale"} 5`,
      `peregrine_session_routes{${LABELS},stage="advertised"} 10`,
      `peregrine_session_messages_total{${LABELS},direction="in",type="open"} 1`,
      `peregrine_session_messages_total{${LABELS},direction="in",type="update"} 7`,
      `peregrine_session_messages_total{${LABELS},direction="out",type="keepalive"} 3`,
      `peregrine_session_faults_total{${LABELS},action="treat-as-withdraw"} 2`,
      `peregrine_session_resets_total{${LABELS}} 4`,
      `peregrine_session_excess_paths_total{${LABELS}} 5`,
      'peregrine_info{version="1.2.3",node="n1",router_id="10.0.0.1",as_number="64512"} 1',
      'peregrine_prefixes{family="ipv4-unicast"} 11',
      'peregrine_paths{family="ipv4-unicast"} 12',
      'peregrine_kernel_routes{state="wanted"} 6',
      'peregrine_kernel_routes{state="installed"} 5',
      'peregrine_kernel_routes{state="failed"} 1',
      'peregrine_kernel_routes{state="conflicts"} 2',
      "peregrine_kernel_restored 3",
      'peregrine_restart_recovering{phase="deferring"} 0',
      'peregrine_restart_recovering{phase="sweeping"} 1',
      "peregrine_resources_refused 0",
      "peregrine_generation 17",
    ]);
  });

  test("every metric has a help line and a type, and no other prefix than peregrine_ and those of Node and the process", async () => {
    const { metrics } = metricsOf(STATUS);
    const text = await metrics.text();
    const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name!);
    const helped = new Set([...text.matchAll(/^# HELP (\S+) \S/gm)].map(([, name]) => name!));
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !helped.has(name))).toEqual([]);
    expect(names.filter((name) => !/^(peregrine|nodejs|process)_/.test(name))).toEqual([]);
    for (const line of text.split("\n").filter((each) => each !== "" && !each.startsWith("#")))
      expect(names).toContain(/^\w+/.exec(line)![0].replace(/_(bucket|sum|count)$/, ""));
  });

  test("asked twice, counters say the same: they are taken from the status, not added up", async () => {
    const { metrics } = metricsOf(STATUS);
    const counters = async () => (await samples(metrics)).filter((line) => line.includes("_total"));
    expect(await counters()).toEqual(await counters());
  });

  test("what is gone leaves no sample behind: a session, a router id", async () => {
    const { state, metrics } = metricsOf(STATUS);
    await metrics.text();
    state.status = { ...STATUS, routerId: "10.0.0.9", sessions: [session({ name: "Mesh_10_0_0_3", address: "10.0.0.3" })] };
    const lines = await samples(metrics);
    expect(lines.filter((line) => line.includes("10.0.0.2"))).toEqual([]);
    expect(lines.filter((line) => line.startsWith("peregrine_info"))).toEqual([
      'peregrine_info{version="1.2.3",node="n1",router_id="10.0.0.9",as_number="64512"} 1',
    ]);
  });

  test("a label's text is escaped: a session's name cannot forge a sample", async () => {
    const { metrics } = metricsOf({ ...STATUS, sessions: [session({ name: 'x"} 1\nperegrine_forged 1' })] });
    expect((await samples(metrics)).filter((line) => line.startsWith("peregrine_forged"))).toEqual([]);
  });

  test("the event loop's lag is how long it was held up, without the 20 ms between two samples", async () => {
    const { metrics } = metricsOf(STATUS);
    const lag = async (quantile: string) => {
      const name = `peregrine_event_loop_lag_seconds{quantile="${quantile}"} `;
      const line = (await samples(metrics)).find((each) => each.startsWith(name));
      return Number(line?.slice(name.length));
    };
    await until("100 ms are seen", async () => {
      for (const end = performance.now() + 100; performance.now() < end; );
      await new Promise((resolve) => setTimeout(resolve)); // the sampler's turn comes first
      return (await lag("1")) > 0.075;
    });
    const NO_SAMPLE = 1e-6;
    const quiet = async () => {
      const seconds = await lag("0.5");
      return seconds > NO_SAMPLE && seconds < 0.015;
    };
    await until("a loop that nothing holds up is late by less than the wait", quiet, { everyMs: 200 });
  });
});
