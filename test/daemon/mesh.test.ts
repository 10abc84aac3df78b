import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { SessionView } from "../../src/api/views.js";
import { blockAffinity } from "../../src/lab/resource-directory.js";
import { until } from "../../src/lab/until.js";
import { Cluster, type DaemonProcess, QUICKLY } from "./support.js";

describe("two nodes of a mesh", () => {
  let cluster: Cluster;
  let one: DaemonProcess;
  let two: DaemonProcess;

  beforeAll(async () => {
    cluster = new Cluster(blockAffinity("n1", "10.244.1.0/26"), blockAffinity("n2", "10.244.2.0/26"));
    cluster.putNode(1);
    cluster.putNode(2);
    [one, two] = (await cluster.startAll(1, 2)) as [DaemonProcess, DaemonProcess];
    await one.established(cluster.address(2));
    await until("n1 has n2's block", () => one.hasRoute("10.244.2.0/26"), QUICKLY);
    await until("n2 has n1's block", () => two.hasRoute("10.244.1.0/26"), QUICKLY);
  });
  afterAll(() => cluster.close());

  test("status prints calicoctl's table, and node status the same", async () => {
    const [status, nodeStatus] = await Promise.all([one.command("status"), one.command("node", "status")]);
    expect(status).toMatchObject({ code: 0, stderr: "" });
    expect(nodeStatus.stdout).toBe(status.stdout);
    const [, time] = /\| (\d\d:\d\d:\d\d) \|/.exec(status.stdout) ?? [];
    const address = cluster.address(2);
    const pad = " ".repeat(Math.max(0, "PEER ADDRESS".length - address.length));
    expect(status.stdout).toContain(`| ${address}${pad} | node-to-node mesh | up    | ${time} | Established |`);
    expect(status.stdout).toMatch(/^Peregrine process is running\.\n\nIPv4 BGP status\n\+/);
    expect(status.stdout).toContain("\nIPv6 BGP status\nNo IPv6 peers found.\n");
  });

  test("status as JSON and as YAML say the same", async () => {
    const [json, yaml] = await Promise.all([one.command("status", "-o", "json"), one.command("status", "-o", "yaml")]);
    const view = JSON.parse(json.stdout);
    expect(view).toMatchObject({
      node: "n1",
      asNumber: 64512,
      routerId: cluster.address(1),
      listen: [`${cluster.address(1)}:2179`],
      resources: { state: "accepted", faults: [] },
      kernel: { mode: "off" },
      tables: [
        { family: "ipv4-unicast", prefixes: 2, paths: 2 },
        { family: "ipv6-unicast", prefixes: 0, paths: 0 },
      ],
      sessions: [{ address: cluster.address(2), type: "mesh", ibgp: true, received: 1, accepted: 1, advertised: 1 }],
    });
    expect(parse(yaml.stdout).sessions[0].remoteRouterId).toBe(view.sessions[0].remoteRouterId);
  });

  test("peer shows one in full, all in a line each, and refuses a stranger naming those it knows", async () => {
    const address = cluster.address(2);
    const [block, table, json, stranger] = await Promise.all([
      one.command("peer", address),
      one.command("peer", "-o", "wide"),
      one.command("peer", address, "-o", "json"),
      one.command("peer", "192.0.2.77"),
    ]);
    expect(block.stdout).toMatch(/^Session: .*Mesh_.*\(mesh, iBGP/);
    expect(block.stdout).toMatch(/^Asked for by: Node n2 \(.*node-n2\.json:\d+\)$/m);
    expect(block.stdout).toMatch(/^Routes: .*1 received, 1 accepted, 1 advertised \(ipv4-unicast\)$/m);
    expect(block.stdout).toMatch(/^Timers: .*hold 240 s, keepalive 80 s$/m);
    expect(table.stdout.split("\n")[0]).toMatch(/^PEER +AS +STATE .*INFO +NAME +ROUTER ID +HOLD +RESETS$/);
    expect((JSON.parse(json.stdout) as SessionView[]).map((session) => session.address)).toEqual([address]);
    expect(stranger.code).toBe(1);
    expect(stranger.stdout).toBe("");
    expect(stranger.stderr).toContain(`no session with 192.0.2.77; sessions: ${address}`);
  });

  test("routes lists the Loc-RIB: own blocks and those learned, best paths marked", async () => {
    const { code, stdout } = await one.command("routes");
    expect(code).toBe(0);
    const [head, ...rows] = stdout.trimEnd().split("\n");
    expect(head).toMatch(/^ +PREFIX +FROM +NEXT HOP +LOCAL PREF +MED +AS PATH +ORIGIN$/);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatch(/^\* {2}10\.244\.1\.0\/26 /);
    expect(rows[1]).toMatch(new RegExp(`^\\* {2}10\\.244\\.2\\.0/26 +${cluster.address(2)} +${cluster.address(2)} +2147482623 `));
  });
});
