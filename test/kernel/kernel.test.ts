import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { KernelOptions } from "../../src/kernel/kernel.js";
import type { HopText } from "../../src/kernel/netlink/thread-messages.js";
import { until } from "../setup/until.js";
import { DrivenKernel } from "./driven-kernel.js";
import { mayCreateNamespaces, Namespace } from "./namespace.js";

// Against the real kernel, in a namespace with two links:
//   up0 10.1.0.1/24 fd01::1/64    up1 10.2.0.1/24 fd02::1/64    (the far ends, peer0 and peer1, have no addresses)

interface IpRoute {
  readonly dst: string;
  readonly gateway?: string;
  readonly via?: { readonly family: string; readonly host: string };
  readonly dev?: string;
  readonly protocol: string;
  readonly metric?: number;
  readonly type?: string;
  readonly flags: readonly string[];
  readonly nexthops?: readonly { gateway?: string; via?: { host: string }; dev: string; weight: number; flags: string[] }[];
}

let ns: Namespace;
const kernels: DrivenKernel[] = [];
let up0 = 0;
let up1 = 0;

describe.runIf(mayCreateNamespaces())("Kernel", () => {
  beforeEach(() => {
    ns = Namespace.create("kernel");
    ns.run("sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0");
    ns.connect("up0", ns, "peer0");
    ns.connect("up1", ns, "peer1");
    for (const address of ["10.1.0.1/24 dev up0", "fd01::1/64 dev up0", "10.2.0.1/24 dev up1", "fd02::1/64 dev up1"]) {
      ns.ip(`address add ${address}`);
    }
    [up0, up1] = ["up0", "up1"].map((name) => ns.ipJson<{ ifindex: number }[]>(`link show ${name}`)[0].ifindex);
  });

  afterEach(async () => {
    for (const kernel of kernels.splice(0)) await kernel.end();
    ns.remove();
  });

  test("adds, replaces and removes IPv4 routes", async () => {
    const kernel = await started();
    await kernel.want({ prefix: "192.0.2.0/24", hops: [via("10.1.0.9", up0)] });
    await kernel.settled();
    expect(ours()).toMatchObject([{ dst: "192.0.2.0/24", gateway: "10.1.0.9", dev: "up0", metric: 20 }]);
    expect(await kernel.state("192.0.2.0/24")).toEqual({ state: "installed", metric: 20, error: null });
    await kernel.want({ prefix: "192.0.2.0/24", hops: [via("10.2.0.9", up1)] });
    await kernel.settled();
    expect(ours()).toMatchObject([{ dst: "192.0.2.0/24", gateway: "10.2.0.9", dev: "up1", metric: 20 }]);
    await kernel.drop("192.0.2.0/24");
    await kernel.settled();
    expect(ours()).toEqual([]);
    expect(await kernel.state("192.0.2.0/24")).toEqual({ state: "not wanted", metric: null, error: null });
  });

  test("adds, replaces and removes IPv6 routes", async () => {
    const kernel = await started();
    await kernel.want({ prefix: "2001:db8::/32", hops: [via("fd01::9", up0)] });
    await kernel.settled();
    expect(ours(6)).toMatchObject([{ dst: "2001:db8::/32", gateway: "fd01::9", dev: "up0", metric: 20 }]);
    await kernel.want({ prefix: "2001:db8::/32", hops: [via("fd02::9", up1)] });
    await kernel.settled();
    expect(ours(6)).toMatchObject([{ dst: "2001:db8::/32", gateway: "fd02::9", dev: "up1" }]);
    await kernel.drop("2001:db8::/32");
    await kernel.settled();
    expect(ours(6)).toEqual([]);
  });

  test("an IPv6 route without a metric is known by the one that the kernel gives it", async () => {
    const kernel = await started();
    await kernel.want({ prefix: "2001:db8::/32", metric: 0, hops: [via("fd01::9", up0)] });
    await kernel.settled();
    expect(await kernel.state("2001:db8::/32")).toEqual({ state: "installed", metric: 1024, error: null });
    await kernel.audit();
    await kernel.settled();
    expect(await kernel.counters()).toMatchObject({ drift: 0, writes: 1, refusals: 0 });
  });

  test("a changed metric leaves one route, in both families", async () => {
    const kernel = await started();
    await kernel.want(
      { prefix: "192.0.2.0/24", hops: [via("10.1.0.9", up0)] },
      { prefix: "2001:db8::/32", hops: [via("fd01::9", up0)] },
    );
    await kernel.settled();
    const high = 2147483547;
    await kernel.want(
      { prefix: "192.0.2.0/24", metric: high, hops: [via("10.1.0.9", up0)] },
      { prefix: "2001:db8::/32", metric: high, hops: [via("fd01::9", up0)] },
    );
    await kernel.settled();
    expect([...ours(), ...ours(6)].map((route) => [route.dst, route.metric])).toEqual([
      ["192.0.2.0/24", high],
      ["2001:db8::/32", high],
    ]);
  });

  test("multipath routes have all their hops, and an audit finds nothing to correct", async () => {
    const kernel = await started();
    await kernel.want(
      { prefix: "192.0.2.0/24", hops: [via("10.1.0.9", up0), { ...via("10.2.0.9", up1), weight: 3 }] },
      { prefix: "2001:db8::/32", hops: [via("fd02::9", up1), via("fd01::9", up0)] },
    );
    await kernel.settled();
    expect(ours()[0].nexthops).toMatchObject([
      { gateway: "10.1.0.9", dev: "up0", weight: 1 },
      { gateway: "10.2.0.9", dev: "up1", weight: 3 },
    ]);
    expect(
      ours(6)[0]
        .nexthops?.map((hop) => hop.gateway)
        .sort(),
    ).toEqual(["fd01::9", "fd02::9"]);
    await kernel.audit();
    await kernel.settled();
    expect(await kernel.counters()).toMatchObject({ drift: 0, writes: 2, installed: 2 });
    await kernel.want({ prefix: "2001:db8::/32", hops: [via("fd01::9", up0)] });
    await kernel.settled();
    expect(ours(6)).toMatchObject([{ gateway: "fd01::9" }]);
  });

  test("blackholes, and changes between them and ordinary routes, in both families", async () => {
    const kernel = await started();
    await kernel.want({ prefix: "192.0.2.0/24" }, { prefix: "2001:db8::/32" });
    await kernel.settled();
    expect([...ours(), ...ours(6)].map((route) => route.type)).toEqual(["blackhole", "blackhole"]);
    await kernel.want(
      { prefix: "192.0.2.0/24", hops: [via("10.1.0.9", up0)] },
      { prefix: "2001:db8::/32", hops: [via("fd01::9", up0)] },
    );
    await kernel.settled();
    expect([...ours(), ...ours(6)].map((route) => route.gateway)).toEqual(["10.1.0.9", "fd01::9"]);
    await kernel.want({ prefix: "192.0.2.0/24" }, { prefix: "2001:db8::/32" });
    await kernel.settled();
    expect([...ours(), ...ours(6)].map((route) => route.type)).toEqual(["blackhole", "blackhole"]);
    await kernel.audit();
    await kernel.settled();
    expect(await kernel.counters()).toMatchObject({ drift: 0, refusals: 0, installed: 2 });
  });

  test("IPv4 routes over an IPv6 next hop (RFC 8950), alone and in a multipath", async () => {
    const kernel = await started();
    await kernel.want(
      { prefix: "192.0.2.0/24", hops: [via("fd01::9", up0)] },
      { prefix: "198.51.100.0/24", hops: [via("fe80::9", up0), via("10.2.0.9", up1)] },
    );
    await kernel.settled();
    expect(ours()).toMatchObject([
      { dst: "192.0.2.0/24", via: { family: "inet6", host: "fd01::9" }, dev: "up0" },
      { dst: "198.51.100.0/24", nexthops: [{ via: { host: "fe80::9" } }, { gateway: "10.2.0.9" }] },
    ]);
    await kernel.audit();
    await kernel.settled();
    expect(await kernel.counters()).toMatchObject({ drift: 0, installed: 2 });
  });

  test("onlink gateways need no connected prefix; routes to the link have no gateway", async () => {
    const kernel = await started();
    await kernel.want(
      { prefix: "192.0.2.0/24", hops: [{ ...via("172.16.0.9", up0), onlink: true }] },
      { prefix: "198.51.100.0/24", hops: [{ gateway: null, ifindex: up1, onlink: false, weight: 1 }] },
    );
    await kernel.settled();
    expect(ours()).toMatchObject([
      { gateway: "172.16.0.9", dev: "up0", flags: ["onlink"] },
      { dev: "up1", scope: "link" },
    ]);
    await kernel.audit();
    await kernel.settled();
    expect(await kernel.counters()).toMatchObject({ drift: 0, installed: 2 });
  });

  test("a refused route keeps the kernel's own words, does not disturb the others, and is tried again when the way is there", async () => {
    const kernel = await started();
    await kernel.want(
      { prefix: "192.0.2.0/24", hops: [via("172.16.0.9", up0)] },
      { prefix: "198.51.100.0/24", hops: [via("10.1.0.9", up0)] },
      { prefix: "2001:db8::/32", hops: [via("fd99::9", up0)] },
      { prefix: "2001:db9::/32", hops: [via("10.1.0.9", up0)] },
    );
    await kernel.settled();
    expect(await kernel.state("192.0.2.0/24")).toEqual({ state: "failed", metric: 20, error: "Nexthop has invalid gateway" });
    expect(await kernel.state("198.51.100.0/24")).toMatchObject({ state: "installed" });
    expect(await kernel.state("2001:db8::/32")).toMatchObject({ state: "failed", error: "No route to host" });
    expect(await kernel.state("2001:db9::/32")).toMatchObject({ error: "an IPv6 route cannot have an IPv4 gateway" });
    expect(await kernel.counters()).toMatchObject({ failed: 3, installed: 1 });
    expect(await kernel.exceptions(10)).toEqual(["192.0.2.0/24 failed", "2001:db8::/32 failed", "2001:db9::/32 failed"]);
    expect(await kernel.exceptions(1)).toHaveLength(1);
    ns.ip("address add 172.16.0.1/24 dev up0");
    await until(async () => (await kernel.state("192.0.2.0/24")).state === "installed");
  });

  test("a route whose new way is refused does not stay on the old one", async () => {
    const kernel = await started();
    await kernel.want({ prefix: "192.0.2.0/24", hops: [via("10.1.0.9", up0)] });
    await kernel.settled();
    await kernel.want({ prefix: "192.0.2.0/24", hops: [via("172.16.0.9", up0)] });
    await kernel.settled();
    expect(ours()).toEqual([]);
    expect(await kernel.state("192.0.2.0/24")).toMatchObject({ state: "failed" });
  });

  test("a foreign route is never overwritten: ours waits in conflict until it is gone", async () => {
    ns.ip("route add 192.0.2.0/24 via 10.2.0.5 metric 20 proto static");
    ns.ip("-6 route add 2001:db8::/32 via fd02::5 metric 20 proto static");
    const kernel = await started();
    await kernel.want(
      { prefix: "192.0.2.0/24", hops: [via("10.1.0.9", up0)] },
      { prefix: "2001:db8::/32", hops: [via("fd01::9", up0)] },
    );
    await kernel.settled();
    expect([...ours(), ...ours(6)]).toEqual([]);
    const conflict = { state: "conflict", metric: 20, error: "another protocol has a route of that prefix and metric" };
    expect(await kernel.state("192.0.2.0/24")).toEqual(conflict);
    expect(await kernel.state("2001:db8::/32")).toEqual(conflict);
    expect(await kernel.counters()).toMatchObject({ conflicts: 2, writes: 0 });
    ns.ip("route del 192.0.2.0/24 via 10.2.0.5 metric 20 proto static");
    ns.ip("-6 route del 2001:db8::/32 via fd02::5 metric 20 proto static");
    await until(async () => (await kernel.counters()).installed === 2);
    expect(ours()).toMatchObject([{ gateway: "10.1.0.9" }]);
  });

  test("a foreign route of another metric is no conflict, and dropping ours leaves it", async () => {
    ns.ip("route add 192.0.2.0/24 via 10.2.0.5 metric 5 proto static");
    const kernel = await started();
    await kernel.want({ prefix: "192.0.2.0/24", hops: [via("10.1.0.9", up0)] });
    await kernel.settled();
    expect(ours()).toHaveLength(1);
    await kernel.drop("192.0.2.0/24");
    await kernel.settled();
    expect(ns.ipJson<IpRoute[]>("route show 192.0.2.0/24")).toMatchObject([{ gateway: "10.2.0.5", metric: 5 }]);
  });

  test("a foreign route that took the place of ours is kept, and ours comes back after it", async () => {
    const kernel = await started();
    await kernel.want({ prefix: "192.0.2.0/24", hops: [via("10.1.0.9", up0)] });
    await kernel.settled();
    ns.ip("route replace 192.0.2.0/24 via 10.2.0.5 metric 20 proto static");
    await until(async () => (await kernel.state("192.0.2.0/24")).state === "conflict");
    await kernel.drop("192.0.2.0/24");
    await kernel.settled();
    expect(ns.ipJson<IpRoute[]>("route show 192.0.2.0/24")).toMatchObject([{ gateway: "10.2.0.5", protocol: "static" }]);
    await kernel.want({ prefix: "192.0.2.0/24", hops: [via("10.1.0.9", up0)] });
    ns.ip("route del 192.0.2.0/24 metric 20 proto static");
    await until(async () => (await kernel.state("192.0.2.0/24")).state === "installed");
    expect(await kernel.counters()).toMatchObject({ drift: 1 });
  });

  test("a route of ours that somebody removes or changes comes back, and the drift is counted", async () => {
    const kernel = await started();
    await kernel.want(
      { prefix: "192.0.2.0/24", hops: [via("10.1.0.9", up0)] },
      { prefix: "2001:db8::/32", hops: [via("fd01::9", up0)] },
    );
    await kernel.settled();
    ns.ip("route del 192.0.2.0/24");
    ns.ip("-6 route del 2001:db8::/32");
    await until(async () => ours().length + ours(6).length === 2);
    ns.ip("route replace 192.0.2.0/24 via 10.2.0.5 metric 20 proto 179");
    await until(async () => ours()[0]?.gateway === "10.1.0.9");
    expect(await kernel.counters()).toMatchObject({ drift: 3, installed: 2 });
  });

  test("after a link went down and up its routes are there again, without counting as drift", async () => {
    const kernel = await started();
    await kernel.sweep();
    await kernel.want(
      { prefix: "192.0.2.0/24", hops: [via("10.1.0.9", up0)] },
      { prefix: "198.51.100.0/24", hops: [via("10.2.0.9", up1)] },
    );
    await kernel.settled();
    ns.ip("link set up0 down");
    await until(async () => (await kernel.state("192.0.2.0/24")).state === "failed");
    expect(ours()).toMatchObject([{ dst: "198.51.100.0/24" }]);
    ns.ip("link set up0 up");
    await until(async () => (await kernel.state("192.0.2.0/24")).state === "installed");
    expect(ours()).toHaveLength(2);
    expect(await kernel.counters()).toMatchObject({ drift: 0, failed: 0 });
  });

  test("routes of a former run are adopted, survive until the sweep, and only those still wanted survive it", async () => {
    const before = await started();
    await before.want(
      { prefix: "192.0.2.0/24", hops: [via("10.1.0.9", up0)] },
      { prefix: "198.51.100.0/24", hops: [via("10.1.0.9", up0)] },
    );
    await before.settled();
    await before.end();
    ns.ip("route add 203.0.113.0/24 via 10.1.0.9 metric 20 proto static");
    const kernel = await started();
    expect(await kernel.state("192.0.2.0/24")).toEqual({ state: "adopted", metric: 20, error: null });
    expect(await kernel.counters()).toMatchObject({ installed: 2, wanted: 0, drift: 0 });
    await kernel.want({ prefix: "192.0.2.0/24", hops: [via("10.1.0.9", up0)] });
    await kernel.settled();
    expect(await kernel.counters()).toMatchObject({ writes: 0, installed: 2 });
    await kernel.sweep();
    await kernel.settled();
    expect(ours()).toMatchObject([{ dst: "192.0.2.0/24" }]);
    expect(ns.ipJson<IpRoute[]>("route show 203.0.113.0/24")).toHaveLength(1);
  });

  test("a route of a former run with another metric goes when ours is written", async () => {
    ns.ip("route add 192.0.2.0/24 via 10.1.0.9 metric 7 proto 179");
    ns.ip("route add 192.0.2.0/24 via 10.1.0.9 metric 8 proto 179");
    const kernel = await started();
    await kernel.want({ prefix: "192.0.2.0/24", hops: [via("10.1.0.9", up0)] });
    await kernel.settled();
    expect(ours().map((route) => route.metric)).toEqual([20]);
  });

  test("stop leaves the routes, unless they are to be flushed", async () => {
    const first = await started();
    await first.want({ prefix: "192.0.2.0/24", hops: [via("10.1.0.9", up0)] });
    await first.settled();
    await first.stop(false);
    expect(ours()).toHaveLength(1);
    const second = await started();
    await second.stop(true);
    expect(ours()).toEqual([]);
  });

  test("observe reads everything and writes nothing", async () => {
    ns.ip("route add 203.0.113.0/24 via 10.1.0.9 proto static");
    const kernel = await started({ mode: "observe" });
    await kernel.want({ prefix: "192.0.2.0/24", hops: [via("10.1.0.9", up0)] });
    await kernel.sweep();
    await kernel.settled();
    expect(ours()).toEqual([]);
    expect(await kernel.counters()).toMatchObject({ wanted: 1, writes: 0 });
    expect(await kernel.state("192.0.2.0/24")).toMatchObject({ state: "observed" });
    expect((await kernel.view()).routes.map((route) => route.prefix)).toContain("203.0.113.0/24");
    await kernel.stop(true);
    expect(ns.ipJson<IpRoute[]>("route show")).toHaveLength(3);
  });

  test("without CAP_NET_ADMIN start fails with the remedy, and observing works", async () => {
    const without = ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"];
    const kernel = new DrivenKernel(ns, ...without);
    kernels.push(kernel);
    const result = await kernel.start();
    expect(result).toMatchObject({ ok: false });
    if (!result.ok) expect(result.error).toMatch(/CAP_NET_ADMIN.*--kernel off/);
    const observer = new DrivenKernel(ns, ...without);
    kernels.push(observer);
    expect(await observer.start({ mode: "observe" })).toMatchObject({ ok: true });
  });

  test("the view knows links, addresses and the routes of others, and follows their changes", async () => {
    const kernel = await started();
    const first = await kernel.view();
    expect(first.links.map((link) => link.name).sort()).toEqual(["lo", "peer0", "peer1", "up0", "up1"]);
    expect(first.addresses.map(({ local }) => local)).toEqual(
      expect.arrayContaining(["10.1.0.1/24", "fd01::1/64", "127.0.0.1/8"]),
    );
    expect(first.routes.map((route) => route.prefix)).toEqual(
      expect.arrayContaining(["10.1.0.0/24", "10.2.0.0/24", "fd01::/64"]),
    );
    ns.ip("route add 203.0.113.0/24 nexthop via 10.1.0.9 nexthop via 10.2.0.9");
    ns.ip("address add 10.1.0.2/24 dev up0");
    await kernel.want({ prefix: "192.0.2.0/24", hops: [via("10.1.0.9", up0)] });
    await until(async () => (await kernel.view()).addresses.some(({ local }) => local === "10.1.0.2/24"));
    const found = (await kernel.view()).routes.find((route) => route.prefix === "203.0.113.0/24");
    expect(found?.hops.map((hop) => hop.gateway)).toEqual(["10.1.0.9", "10.2.0.9"]);
    expect((await kernel.view()).routes.map((route) => route.prefix)).not.toContain("192.0.2.0/24");
    ns.ip("route del 203.0.113.0/24");
    ns.ip("link set up1 down");
    await until(
      async () => !(await kernel.view()).routes.some(({ prefix }) => ["203.0.113.0/24", "10.2.0.0/24"].includes(prefix)),
    );
    expect((await kernel.view()).links.find((link) => link.name === "up1")).toMatchObject({ isUp: false, hasCarrier: false });
  });

  test("after lost notifications everything is read anew", async () => {
    const ROUTES = 20_000;
    const kernel = await started({ monitorBufferOctets: 4096 });
    await kernel.want({ prefix: "192.0.2.0/24", hops: [via("10.1.0.9", up0)] });
    await kernel.settled();
    const lines = [...Array(ROUTES).keys()].map((i) => `route add 20.${i >> 8}.${i & 255}.0/24 via 10.1.0.9 proto static`);
    ns.feed(["route del 192.0.2.0/24", ...lines].join("\n"), "ip", "-batch", "-");
    await until(async () => (await kernel.view()).routes.length >= ROUTES, 60_000);
    const counters = await kernel.counters();
    expect(counters.losses).toBeGreaterThan(0);
    await until(async () => ours().length === 1, 60_000);
  }, 130_000);

  test("100 000 routes in one go are all there, and all gone", async () => {
    const kernel = await started();
    const work = { first: "20.0.0.0/24", count: 100_000, metric: 20, hops: [via("10.1.0.9", up0)] };
    const added = await kernel.bulk({ ...work, want: true });
    expect(await kernel.counters()).toMatchObject({ installed: 100_000, failed: 0, losses: 0 });
    const removed = await kernel.bulk({ ...work, want: false });
    expect(ours()).toEqual([]);
    console.log(`100 000 routes: added in ${added.toFixed(0)} ms, removed in ${removed.toFixed(0)} ms`);
  });
});

async function started(options: Partial<KernelOptions> = {}): Promise<DrivenKernel> {
  const kernel = new DrivenKernel(ns);
  kernels.push(kernel);
  const result = await kernel.start(options);
  if (!result.ok) throw new Error(result.error);
  return kernel;
}

/** Our routes as iproute2 shows them. */
function ours(version: 4 | 6 = 4): IpRoute[] {
  return ns.ipJson<IpRoute[]>(`-${version} -d route show proto 179`);
}

function via(gateway: string, ifindex: number): HopText {
  return { gateway, ifindex, onlink: false, weight: 1 };
}
