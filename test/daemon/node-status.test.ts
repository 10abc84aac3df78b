import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { resource } from "../../src/lab/resource-directory.js";
import { until } from "../../src/lab/until.js";
import { VERSION } from "../../src/version.js";
import { Cluster, type CommandResult, commandLine, QUICKLY } from "./support.js";

const cluster = new Cluster();
const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

beforeAll(async () => {
  for (const host of [1, 2]) cluster.putNode(host);
  const classes = ["Agent", "BGP", "Routes"];
  for (const [name, node, only] of [
    ["all", "n1", classes],
    ["bgp", "n1", ["BGP"]],
    ["other", "n2", classes],
  ] as const) {
    cluster.resources.put(resource("CalicoNodeStatus", name, { node, classes: [...only], updatePeriodSeconds: 10 }));
  }
  cluster.resources.put(resource("BlockAffinity", "n2-block", { cidr: "10.244.2.0/26", node: "n2" }));
  cluster.resources.put(resource("BlockAffinity", "n1-block", { cidr: "10.244.1.0/26", node: "n1" }));
  cluster.resources.put(resource("BGPPeer", "far", { peerIP: "127.250.250.1", asNumber: 7, node: "n1" }));
  const [first] = await cluster.startAll(1, 2);
  await first!.established(cluster.address(2));
  await until("n2's block", () => first!.hasRoute("10.244.2.0/26"), QUICKLY);
});

afterAll(() => cluster.close());

function get(name: string, ...more: readonly string[]): Promise<CommandResult> {
  const where = ["--resources", cluster.resources.path, "--control", cluster.control(1)];
  return commandLine(["get", "caliconodestatus", name, ...more, ...where]);
}

describe("get caliconodestatus asks the daemon (reference section 7)", () => {
  test("for all classes, when it is that node's", async () => {
    const { code, stdout, stderr } = await get("all", "-o", "yaml");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { status } = parse(stdout);
    expect(status.lastUpdated).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const speaker = { state: "Ready", version: VERSION, routerID: cluster.address(1) };
    const times = { lastBootTime: expect.stringMatching(TIME), lastReconfigurationTime: expect.stringMatching(TIME) };
    expect(status.agent).toEqual({ birdV4: { ...speaker, ...times }, birdV6: { ...speaker, ...times } });
    expect(status.bgp).toEqual({
      numberEstablishedV4: 1,
      numberNotEstablishedV4: 1,
      numberEstablishedV6: 0,
      numberNotEstablishedV6: 0,
      peersV4: expect.arrayContaining([
        { peerIP: cluster.address(2), type: "NodeMesh", state: "Established", since: expect.stringMatching(/^\d\d:\d\d:\d\d$/) },
        {
          peerIP: "127.250.250.1",
          type: "NodePeer",
          state: expect.stringMatching(/^(Idle|Connect|Active)$/),
          since: expect.any(String),
        },
      ]),
      peersV6: [],
    });
    expect(status.routes.routesV6).toEqual([]);
    expect(status.routes.routesV4).toContainEqual({
      type: "FIB",
      destination: "10.244.1.0/26",
      gateway: "N/A",
      interface: "blackhole",
      learnedFrom: { sourceType: "Static" },
    });
    expect(status.routes.routesV4).toContainEqual({
      type: "FIB",
      destination: "10.244.2.0/26",
      gateway: cluster.address(2),
      interface: "N/A",
      learnedFrom: { sourceType: "NodeMesh", peerIP: cluster.address(2) },
    });
  });

  test("for the classes asked for only", async () => {
    const { stdout } = await get("bgp", "-o", "json");
    expect(Object.keys(JSON.parse(stdout).status).sort()).toEqual(["bgp", "lastUpdated"]);
  });

  test("but another node's daemon says nothing, nor one that does not run", async () => {
    const other = await get("other", "-o", "yaml");
    expect(other).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^no status of CalicoNodeStatus other: the daemon at .* is that of node n1, not of n2\n$/),
    });
    expect(parse(other.stdout).status).toBeUndefined();
    const where = ["--resources", cluster.resources.path, "--control", "/nowhere/control.sock"];
    const none = await commandLine(["get", "caliconodestatus", "all", "-o", "yaml", ...where]);
    expect(none).toMatchObject({ code: 0, stderr: expect.stringContaining("No peregrine daemon answers") });
  });

  test("a big table is shown in part, which is said", async () => {
    const blocks = Array.from({ length: 1100 }, (_, index) => {
      const cidr = `10.244.${128 + (index >> 4)}.${(index % 16) * 16}/28`;
      return { ...resource("BlockAffinity", `b${index}`, { cidr, node: "n1" }) };
    });
    const list = { apiVersion: "projectcalico.org/v3", kind: "BlockAffinityList", items: blocks };
    cluster.resources.putText("blocks.json", JSON.stringify(list));
    const whole = async () => {
      const result = await get("all", "-o", "json");
      return result.stderr.includes("holds the first") && result;
    };
    const { stdout, stderr } = await until("more than a thousand routes", whole);
    expect(JSON.parse(stdout).status.routes.routesV4).toHaveLength(1000);
    expect(stderr).toBe(
      'status.routes.routesV4 holds the first 1000 paths, and there are more; "peregrine routes --all" prints them all\n',
    );
  });

  test("a table asks nobody", async () => {
    const where = ["--resources", cluster.resources.path, "--control", "/nowhere/control.sock"];
    const result = await commandLine(["get", "nodestatus", "all", "-o", "wide", ...where]);
    expect(result).toEqual({
      code: 0,
      stdout: "NAME   NODE   CLASSES            \nall    n1     Agent,BGP,Routes   \n\n",
      stderr: "",
    });
  });
});
