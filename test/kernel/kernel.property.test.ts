import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HopText } from "../../src/kernel/netlink/thread-messages.js";
import { DrivenKernel } from "./driven-kernel.js";
import { mayCreateNamespaces, Namespace } from "./namespace.js";

// Whatever we and others do at the same time, in the end every wanted route is there unless a foreign one has its prefix and
// metric, nothing else of ours is, and no foreign route was touched.
//
//   up0 10.1.0.1/24 fd01::1/64, which goes up and down; up1 10.2.0.1/24 fd02::1/64, over which foreign routes go

const PREFIXES = ["192.0.2.0/24", "192.0.2.128/25", "198.51.100.1/32", "2001:db8::/32", "2001:db8:1::/48"] as const;
const METRICS = [20, 30] as const;
const WAYS = ["first", "second", "both", "blackhole"] as const;

type Step =
  | { readonly type: "want"; readonly prefix: string; readonly metric: number; readonly way: (typeof WAYS)[number] }
  | { readonly type: "drop"; readonly prefix: string }
  | { readonly type: "foreign add" | "foreign replace" | "foreign remove"; readonly prefix: string; readonly metric: number }
  | { readonly type: "remove ours"; readonly prefix: string }
  | { readonly type: "change ours"; readonly prefix: string; readonly metric: number }
  | { readonly type: "flap" }
  | { readonly type: "settle" };

const prefixes = fc.constantFrom(...PREFIXES);
const metrics = fc.constantFrom(...METRICS);
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("want" as const),
      prefix: prefixes,
      metric: metrics,
      way: fc.constantFrom(...WAYS),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("drop" as const), prefix: prefixes }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom("foreign add" as const, "foreign replace" as const, "foreign remove" as const),
      prefix: prefixes,
      metric: metrics,
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("remove ours" as const), prefix: prefixes }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("change ours" as const), prefix: prefixes, metric: metrics }) },
  { weight: 1, arbitrary: fc.constant({ type: "flap" as const }) },
  { weight: 3, arbitrary: fc.constant({ type: "settle" as const }) },
);

interface IpRoute {
  readonly dst: string;
  readonly protocol: string;
  readonly metric: number;
  readonly type: string;
  readonly gateway?: string;
  readonly nexthops?: readonly { readonly gateway: string }[];
}

let ns: Namespace;
let up0 = 0;
let up1 = 0;

describe.runIf(mayCreateNamespaces())("Kernel", () => {
  beforeAll(() => {
    ns = Namespace.create("property");
    ns.run("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.default.keep_addr_on_down=1");
    ns.connect("up0", ns, "peer0");
    ns.connect("up1", ns, "peer1");
    ns.ip("address add 10.1.0.1/24 dev up0");
    ns.ip("address add 10.2.0.1/24 dev up1");
    ns.ip("address add fd01::1/64 dev up0 nodad");
    ns.ip("address add fd02::1/64 dev up1 nodad");
    [up0, up1] = ["up0", "up1"].map((name) => ns.ipJson<{ ifindex: number }[]>(`link show ${name}`)[0].ifindex);
  });

  afterAll(() => ns.remove());

  test("wanted routes are there in the end and foreign ones untouched, whatever happens in which order", {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: 40 }), async (script) => {
        const kernel = new DrivenKernel(ns);
        try {
          const started = await kernel.start();
          expect(started).toMatchObject({ ok: true });
          await kernel.sweep();
          await play(kernel, script);
        } finally {
          await kernel.stop(true);
          removeForeign();
        }
      }),
      { numRuns: Number(process.env["PEREGRINE_PROPERTY_RUNS"] ?? 12) },
    );
  });
});

async function play(kernel: DrivenKernel, script: readonly Step[]): Promise<void> {
  const wanted = new Map<string, { metric: number; way: (typeof WAYS)[number] }>();
  const foreign = new Set<string>();
  for (const step of script) await take(kernel, step, wanted, foreign);
  const expected = [...wanted]
    .filter(([prefix, { metric }]) => !foreign.has(`${prefix} ${metric}`))
    .map(([prefix, { metric, way }]) => `${prefix} ${metric} ${gatewaysOf(prefix, way)}`)
    .sort();
  const isRight = () => `${oursNow()}` === `${expected}`;
  const deadline = Date.now() + 20_000;
  do await kernel.settled();
  while (!isRight() && Date.now() < deadline);
  expect(oursNow()).toEqual(expected);
  expect(foreignNow()).toEqual([...foreign].sort());
  await kernel.settled(); // the kernel itself brings back what a link that was down had
  const before = await kernel.counters();
  await kernel.audit(); // what we believe is what is there
  await kernel.settled();
  expect(await kernel.counters()).toMatchObject({
    drift: before.drift,
    writes: before.writes,
    wanted: wanted.size,
    installed: expected.length,
    conflicts: wanted.size - expected.length,
    failed: 0,
    foreign: before.foreign,
  });
}

async function take(
  kernel: DrivenKernel,
  step: Step,
  wanted: Map<string, { metric: number; way: (typeof WAYS)[number] }>,
  foreign: Set<string>,
): Promise<void> {
  switch (step.type) {
    case "want":
      wanted.set(step.prefix, step);
      return kernel.want({ prefix: step.prefix, metric: step.metric, hops: hopsOf(step.prefix, step.way) });
    case "drop":
      wanted.delete(step.prefix);
      return kernel.drop(step.prefix);
    case "foreign add":
    case "foreign replace": {
      const verb = step.type === "foreign add" ? "add" : "replace";
      if (
        succeeds(
          `${version(step.prefix)} route ${verb} ${step.prefix} via ${foreignGateway(step.prefix)} metric ${step.metric} proto static`,
        )
      )
        foreign.add(`${step.prefix} ${step.metric}`);
      return;
    }
    case "foreign remove":
      succeeds(`${version(step.prefix)} route del ${step.prefix} metric ${step.metric} proto static`);
      foreign.delete(`${step.prefix} ${step.metric}`);
      return;
    case "remove ours":
      succeeds(`${version(step.prefix)} route del ${step.prefix} proto 179`);
      return;
    case "change ours": {
      if (foreign.has(`${step.prefix} ${step.metric}`)) return; // or we would replace that one
      succeeds(
        `${version(step.prefix)} route replace ${step.prefix} via ${foreignGateway(step.prefix)} metric ${step.metric} proto 179`,
      );
      return;
    }
    case "flap":
      ns.ip("link set up0 down");
      ns.ip("link set up0 up");
      return;
    case "settle":
      return kernel.settled();
  }
}

function succeeds(command: string): boolean {
  try {
    ns.ip(command);
    return true;
  } catch {
    return false; // not there, or already there: as others would find
  }
}

function removeForeign(): void {
  ns.ip("-4 route flush proto static");
  ns.ip("-6 route flush proto static");
}

function version(prefix: string): string {
  return prefix.includes(":") ? "-6" : "-4";
}

function foreignGateway(prefix: string): string {
  return prefix.includes(":") ? "fd02::77" : "10.2.0.77";
}

function hopsOf(prefix: string, way: (typeof WAYS)[number]): HopText[] {
  const [first, second] = prefix.includes(":") ? ["fd01::7", "fd02::7"] : ["10.1.0.7", "10.2.0.7"];
  const hops = [
    { gateway: first, ifindex: up0, onlink: false, weight: 1 },
    { gateway: second, ifindex: up1, onlink: false, weight: 1 },
  ];
  return { first: [hops[0]], second: [hops[1]], both: hops, blackhole: [] }[way];
}

function gatewaysOf(prefix: string, way: (typeof WAYS)[number]): string {
  const hops = hopsOf(prefix, way);
  return hops.length === 0 ? "blackhole" : hops.map(({ gateway }) => gateway).join("+");
}

function tableNow(): IpRoute[] {
  return [...ns.ipJson<IpRoute[]>("-4 -d route show"), ...ns.ipJson<IpRoute[]>("-6 -d route show")];
}

function oursNow(): string[] {
  return tableNow()
    .filter(({ protocol }) => protocol === "179")
    .map(({ dst, metric, type, gateway, nexthops }) => {
      const prefix = dst.includes("/") ? dst : `${dst}/32`;
      const ways = nexthops?.map((hop) => hop.gateway).sort() ?? [gateway];
      return `${prefix} ${metric} ${type === "blackhole" ? type : ways.join("+")}`;
    })
    .sort();
}

function foreignNow(): string[] {
  return tableNow()
    .filter(({ protocol }) => protocol === "static")
    .map(({ dst, metric }) => `${dst.includes("/") ? dst : `${dst}/32`} ${metric}`)
    .sort();
}
