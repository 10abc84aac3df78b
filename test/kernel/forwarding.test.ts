import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { KernelRouteView, KernelStatusView } from "../../src/api/views.js";
import type { PathText } from "../rib/attribute-lists.js";
import { until } from "../setup/until.js";
import { JsonLinesProgram } from "./json-lines.js";
import { mayCreateNamespaces, Namespace } from "./namespace.js";

// RIB and kernel together, in a namespace with up0 10.1.0.1/24 and up1 10.2.0.1/24, each with a far end.

interface IpRoute {
  readonly dst: string;
  readonly gateway?: string;
  readonly type?: string;
  readonly metric?: number;
}

const METRIC = 2147483647 - 100; // of a route without LOCAL_PREF

let ns: Namespace;
let programs: JsonLinesProgram[] = [];

describe.runIf(mayCreateNamespaces())("Forwarding", () => {
  beforeEach(() => {
    ns = Namespace.create("forwarding");
    ns.connect("up0", ns, "peer0");
    ns.connect("up1", ns, "peer1");
    ns.ip("address add 10.1.0.1/24 dev up0");
    ns.ip("address add 10.2.0.1/24 dev up1");
  });

  afterEach(async () => {
    for (const program of programs) await program.end();
    programs = [];
    ns.remove();
  });

  test("a route that a peer announces is in the kernel, and gone when it withdraws it", async () => {
    const node = await started();
    await announce(node, "192.0.2.0/24", { nextHop: "10.1.0.9" });
    await until(() => ours().length === 1);
    expect(ours()).toMatchObject([{ dst: "192.0.2.0/24", gateway: "10.1.0.9", metric: METRIC }]);
    expect(await node.call("explain", "192.0.2.0/24")).toEqual({
      state: "installed",
      reason: "it is the best path",
      hops: ["via 10.1.0.9 dev up0"],
      metric: METRIC,
    });
    await node.call("withdraw", "192.0.2.0/24");
    await until(() => ours().length === 0);
  });

  test("a next hop follows the kernel's route to it, and a route without one waits", async () => {
    const node = await started();
    await announce(node, "192.0.2.0/24", { nextHop: "172.16.0.9" });
    expect(await node.call("best", "192.0.2.0/24")).toBeNull();
    ns.ip("route add 172.16.0.0/16 via 10.1.0.9");
    await until(() => ours()[0]?.gateway === "10.1.0.9");
    ns.ip("route replace 172.16.0.0/16 via 10.2.0.9");
    await until(() => ours()[0]?.gateway === "10.2.0.9");
    ns.ip("link set peer1 down"); // the carrier of up1 is lost
    await until(() => ours().length === 0);
    ns.ip("link set peer1 up");
    await until(() => ours()[0]?.gateway === "10.2.0.9");
  });

  test("own blocks are blackholes and candidates for export, and so are connected networks and routes of others", async () => {
    const node = await started();
    ns.ip("route add 10.65.0.7/32 dev up0");
    await node.call("follow", { blocks: ["10.65.0.0/26"], rules: [] });
    await until(() => ours().length === 1);
    expect(ours()).toMatchObject([{ dst: "10.65.0.0/26", type: "blackhole", metric: 1024 }]);
    await until(async () => (await node.call("best", "10.65.0.7/32")) === "kernel");
    expect(await node.call("best", "10.65.0.0/26")).toBe("static");
    expect(await node.call("best", "10.1.0.0/24")).toBe("direct");
    expect(await node.call("best", "192.0.2.0/24")).toBeNull(); // none of ours comes back as a kernel route
  });

  test("after a crash the routes stay until the sweep, then those that nobody announced again go", async () => {
    const first = await started();
    await announce(first, "192.0.2.0/24", { nextHop: "10.1.0.9" });
    await announce(first, "198.51.100.0/24", { nextHop: "10.1.0.9" });
    await until(() => ours().length === 2);
    await first.end();
    const second = await started();
    await announce(second, "192.0.2.0/24", { nextHop: "10.1.0.9" });
    await until(async () => (await second.call<KernelStatusView>("status")).wanted === 1);
    expect(ours()).toHaveLength(2);
    expect(await second.call("explain", "198.51.100.0/24")).toMatchObject({
      state: "adopted",
      reason: "no path to this prefix is known",
    });
    await second.call("sweep");
    await until(async () => (await second.call<KernelStatusView>("status")).installed === 1);
    expect(ours()).toMatchObject([{ dst: "192.0.2.0/24" }]);
    expect(await second.call("status")).toMatchObject({ restored: 0, installed: 1, failed: 0 });
  });

  test("a route's metric is 2147483647 minus its LOCAL_PREF, and another LOCAL_PREF leaves one route", async () => {
    const node = await started();
    for (const [localPref, metric] of [
      [2147482623, 1024],
      [2147483135, 512],
      [100, METRIC],
    ] as const) {
      await announce(node, "192.0.2.0/24", { nextHop: "10.1.0.9", localPref });
      await until(() => ours()[0]?.metric === metric && ours().length === 1);
    }
  });

  test("without priorities the kernel is given no metric, and routes of a run with priorities are replaced, not doubled", async () => {
    const tables = () => [ours(), ns.ipJson<IpRoute[]>("-6 -d route show proto 179")].flat();
    const learn = async (node: JsonLinesProgram) => {
      await announce(node, "192.0.2.0/24", { nextHop: "10.1.0.9" });
      await announce(node, "2001:db8::/32", { nextHop: "fd01::9" });
    };
    ns.ip("address add fd01::1/64 dev up0 nodad");
    const first = await started();
    await first.call("follow", { blocks: ["10.65.0.0/26"], rules: [] });
    await learn(first);
    await until(() => tables().length === 3);
    await first.end();
    const second = await started({ hasPriorities: false, blocks: ["10.65.0.0/26"] });
    await learn(second);
    const metrics = () => tables().map(({ dst, metric }) => `${dst} ${metric ?? "none"}`);
    await until(() => `${metrics()}` === "10.65.0.0/26 none,192.0.2.0/24 none,2001:db8::/32 1024");
    expect(await second.call("explain", "192.0.2.0/24")).toMatchObject({ state: "installed", metric: 0 });
  });

  test("routes lists what is wanted with what became of it, and status counts what was put back", async () => {
    const node = await started();
    ns.ip(`route add 198.51.100.0/24 via 10.1.0.8 metric ${METRIC} proto static`);
    await node.call("follow", { blocks: ["10.65.0.0/26"], rules: [{ cidr: "10.66.0.0/16", action: "skip" }] });
    for (const to of ["192.0.2.0/24", "198.51.100.0/24", "10.66.1.0/26"]) await announce(node, to, { nextHop: "10.1.0.9" });
    const found = async () =>
      (await node.call<KernelRouteView[]>("routes")).map(({ prefix, state }) => `${prefix} ${state}`).sort();
    await until(async () => `${await found()}` === "10.65.0.0/26 installed,192.0.2.0/24 installed,198.51.100.0/24 conflict");
    ns.ip("route del 192.0.2.0/24");
    await until(async () => (await node.call<KernelStatusView>("status")).restored === 1);
    expect(await node.call("explain", "10.66.1.0/26")).toMatchObject({
      state: "not wanted",
      reason: expect.stringContaining("Felix"),
    });
  });

  test("with the kernel off nothing is read or written, and our blocks are in the RIB all the same", async () => {
    const node = await started({ mode: "off" });
    await announce(node, "192.0.2.0/24", { nextHop: "203.0.113.9" });
    await until(async () => (await node.call("best", "192.0.2.0/24")) === "tor");
    await node.call("follow", { blocks: ["10.65.0.0/26"], rules: [] });
    await until(async () => (await node.call("best", "10.65.0.0/26")) === "static");
    expect([await node.call("routes"), ours()]).toEqual([[], []]);
    expect(await node.call("explain", "192.0.2.0/24")).toMatchObject({ state: "off" });
  });
});

async function started({ mode = "on", blocks = [] as string[], hasPriorities = true } = {}): Promise<JsonLinesProgram> {
  const program = new JsonLinesProgram(ns, "dist/test/kernel/forwarding-driver.js");
  programs.push(program);
  const result = await program.call("start", mode);
  if (!(result as { ok: boolean }).ok) throw new Error((result as { error: string }).error);
  await program.call("follow", { blocks, rules: [], hasPriorities });
  return program;
}

function announce(node: JsonLinesProgram, to: string, path: PathText): Promise<void> {
  return node.call("announce", { to, path });
}

function ours(): IpRoute[] {
  return ns.ipJson<IpRoute[]>("-d route show proto 179");
}
