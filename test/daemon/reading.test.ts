import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { ExplainView, RouteView } from "../../src/api/views.js";
import { blockAffinity, resource } from "../../src/lab/resource-directory.js";
import { until } from "../../src/lab/until.js";
import { Cluster, type DaemonProcess, PORT, QUICKLY } from "./support.js";

const OWN = "10.244.1.0/26";
const SECOND = "10.244.2.0/26";
const THIRD = "10.244.3.0/26";

/** n1, n2 and n3 are in an AS each; n1 refuses THIRD from n2 and does not tell it. */
describe("routes and explain, at a node with two eBGP peers that know each other", () => {
  let cluster: Cluster;
  let daemon: DaemonProcess;
  let second: string;
  let third: string;

  beforeAll(async () => {
    cluster = new Cluster(blockAffinity("n1", OWN), blockAffinity("n2", SECOND), blockAffinity("n3", THIRD));
    [second, third] = [cluster.address(2), cluster.address(3)];
    const reject = (matchOperator: string) => [{ action: "Reject", matchOperator, cidr: THIRD }];
    cluster.resources.put(resource("BGPFilter", "picky", { importV4: reject("Equal"), exportV4: reject("In") }));
    const peer = { node: "n1", peerIP: `${second}:${PORT}`, asNumber: 65002, filters: ["picky"], reversePeering: "Manual" };
    cluster.resources.put(resource("BGPPeer", "second", peer));
    cluster.putNode(1);
    cluster.putNode(2, { asNumber: 65002 });
    cluster.putNode(3, { asNumber: 65003 });
    [daemon] = (await cluster.startAll(1, 2, 3)) as [DaemonProcess];
    await daemon.established(second, third);
    // ADD-PATH: the peers tell of our own block, too, by one another.
    await until("all paths to all blocks", async () => (await daemon.routes("all=1")).length === 7, QUICKLY);
  });
  afterAll(() => cluster.close());

  const json = async <T>(...words: readonly string[]): Promise<T> => {
    const { code, stdout, stderr } = await daemon.command(...words, "-o", "json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return JSON.parse(stdout) as T;
  };
  const paths = (routes: readonly RouteView[]) =>
    routes.map(({ prefix, peer, best, attributes }) => `${prefix} ${peer} ${attributes.asPath}${best ? " best" : ""}`);

  test("routes shows the chosen path of every prefix, --all the others too, the best one first", async () => {
    const [chosen, all] = await Promise.all([json<RouteView[]>("routes"), json<RouteView[]>("routes", "--all")]);
    expect(chosen.map(({ prefix }) => prefix)).toEqual([OWN, SECOND, THIRD]);
    expect(paths(all.filter(({ prefix }) => prefix !== OWN))).toEqual([
      `${SECOND} ${second} 65002 best`,
      `${SECOND} ${third} 65003 65002`,
      `${THIRD} ${third} 65003 best`,
      `${THIRD} ${second} 65002 65003`,
    ]);
    expect(all[6]).toMatchObject({ best: false, accepted: false });
  });

  test("routes PREFIX is that prefix alone; an address finds the longest match; what is not there is an empty list", async () => {
    const [exact, address, shorter, nothing] = await Promise.all([
      json<RouteView[]>("routes", SECOND, "--all"),
      json<RouteView[]>("routes", "10.244.2.63"),
      json<RouteView[]>("routes", "10.244.2.0/25"),
      json<RouteView[]>("routes", "192.0.2.1"),
    ]);
    expect(exact.map(({ peer }) => peer)).toEqual([second, third]);
    expect(address.map(({ prefix }) => prefix)).toEqual([SECOND]);
    expect([shorter, nothing]).toEqual([[], []]);
  });

  test("routes --in shows what a peer has sent, refused ones marked; --out what it was told", async () => {
    const [table, sent] = await Promise.all([daemon.command("routes", "--in", second), daemon.command("routes", "--out", third)]);
    const rows = table.stdout.trimEnd().split("\n").slice(1);
    expect(rows).toHaveLength(3);
    expect(rows.find((row) => row.includes(OWN))).toMatch(/^x /); // our AS number is in its path
    expect(rows.find((row) => row.includes(SECOND))).toMatch(/^\* /);
    expect(rows.find((row) => row.includes(THIRD))).toMatch(/^x /);
    expect(sent.stdout).toMatch(/^PREFIX +PATH ID +NEXT HOP/);
    expect(sent.stdout).toContain(OWN);
    expect(sent.stdout).toMatch(/10\.244\.2\.0\/26 .* 64512 65002 /);
    expect(sent.stdout).not.toContain(THIRD);
  });

  test("routes PREFIX --in and --out take an address for the longest match of what that peer sent or was told", async () => {
    const [received, told, none] = await Promise.all([
      json<RouteView[]>("routes", "10.244.3.9", "--in", second),
      json<RouteView[]>("routes", "10.244.1.9", "--out", second),
      json<RouteView[]>("routes", "10.244.3.9", "--out", second),
    ]);
    expect([received, told, none].map((rows) => rows.map(({ prefix }) => prefix))).toEqual([[THIRD], [OWN], []]);
  });

  test("routes as YAML are those as JSON", async () => {
    const [yaml, plain] = await Promise.all([daemon.command("routes", "--all", "-o", "yaml"), json("routes", "--all")]);
    expect(parse(yaml.stdout)).toEqual(plain);
  });

  test("explain: the best path, and where the other one lost, with the RFC's section", async () => {
    const { candidates, exports } = await json<ExplainView>("explain", SECOND);
    expect(candidates[0]).toMatchObject({
      peer: second,
      best: true,
      reason: expect.stringMatching(/^best: decided by .*AS_PATH/),
    });
    expect(candidates[1]).toMatchObject({ peer: third, best: false });
    expect(candidates[1]?.reason).toMatch(/^lost at .*AS_PATH \(RFC 4271 §9\.1\.2\.2 \(a\)\): 2 against 1$/);
    expect(exports.map(({ peer, sent, reason }) => ({ peer, sent, reason }))).toEqual(
      expect.arrayContaining([
        { peer: second, sent: false, reason: "it was learned from this peer" },
        { peer: third, sent: true, reason: expect.stringContaining("accepted by IPPool pool") },
      ]),
    );
  });

  test("explain: a path that the import filter refused, and a peer that the export filter keeps it from, name rule, file and line", async () => {
    const { stdout } = await daemon.command("explain", "10.244.3.7");
    const rule = (list: string) => `BGPFilter picky ${list} rule 1 \\(.*bgpfilter-picky\\.json:\\d+\\)`;
    expect(stdout).toMatch(new RegExp(`from ${second} path \\d+ \\(bgp\\)`));
    expect(stdout).toContain("rejected by the import policy");
    expect(stdout).toMatch(new RegExp(`^ +import: ${rule("importV4")}: reject$`, "m"));
    expect(stdout).toMatch(new RegExp(`${second} \\(.*\\): not sent: rejected by ${rule("exportV4")}`));
    expect(stdout).toMatch(new RegExp(`${third} \\(.*\\): not sent: it was learned from this peer`));
  });

  test("explain --peer speaks of that peer's export alone", async () => {
    const { exports } = await json<ExplainView>("explain", OWN, "--peer", third);
    expect(exports.map(({ peer, sent }) => ({ peer, sent }))).toEqual([{ peer: third, sent: true }]);
  });

  test("explain: nobody announces it", async () => {
    const { code, stdout } = await daemon.command("explain", "198.51.100.0/24");
    expect(code).toBe(0);
    expect(stdout).toContain("there is no best path");
  });

  test.each([
    ["routes", "10.244.1.0/33"],
    ["routes", "10.244.1"],
    ["explain", "here"],
    ["explain", OWN, "--peer", "192.0.2.1"],
    ["routes", "--in", "nobody"],
    ["peer", "nobody"],
  ])("%s %s is refused with exit code 1 and one line on stderr", async (...words) => {
    const { code, stdout, stderr } = await daemon.command(...words.filter((word) => word !== undefined));
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^[^\n]+\n$/);
  });
});
