import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { commandLine, peregrine } from "../daemon/support.js";

const EXAMPLE = fileURLToPath(new URL("../../examples/quickstart", import.meta.url));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "peregrine-offline-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const put = (file: string, text: string) => writeFileSync(join(directory, file), text);
const peer = (field: string) =>
  `apiVersion: projectcalico.org/v3\nkind: BGPPeer\nmetadata:\n  name: tor\nspec:\n  peerIP: 192.0.2.1\n  ${field}\n`;
const node = (name: string, address: string) =>
  `apiVersion: projectcalico.org/v3\nkind: Node\nmetadata: {name: ${name}}\nspec: {bgp: {ipv4Address: ${address}}}\n`;

describe("validate", () => {
  test("says how many resources are fine, and that in calicoctl's words", async () => {
    const { code, stdout, stderr } = await commandLine(["validate", EXAMPLE]);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^Successfully validated \d+ resource\(s\) in .*quickstart\n$/),
      stderr: "",
    });
  });

  test("a fault names file, line, column, what is allowed or meant; exit code 1, nothing on stdout", async () => {
    put("peers.yaml", peer("asNumbr: 65001"));
    const { code, stdout, stderr } = await commandLine(["validate", directory]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`error: ${directory}/peers.yaml:7:3: BGPPeer tor: spec.asNumbr: unknown field`);
    expect(stderr).toContain('did you mean "asNumber"?');
    expect(stderr).toMatch(/\n1 error, 0 warnings\n$/);
  });

  test("a warning is shown and does not fail", async () => {
    put("peers.yaml", `${peer("asNumber: 65001")}  nodeSelector: "rack == 'none'"\n`);
    const { code, stdout, stderr } = await commandLine(["validate", directory]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `Successfully validated 1 resource(s) in ${directory}\n` });
    expect(stderr).toContain("selects no Node");
  });

  test("what nodes expect of one another is checked: a session that cannot come up is a warning, one address for two an error", async () => {
    put("nodes.yaml", [node("a", "192.0.2.1"), node("b", "192.0.2.2")].join("---\n"));
    put("peers.yaml", `${peer("asNumber: 65001")}  node: b\n`);
    const warned = await commandLine(["validate", directory]);
    expect(warned.code).toBe(0);
    expect(warned.stderr).toContain(`warning: ${directory}/peers.yaml:1:1: BGPPeer tor: the session of b with a (192.0.2.1)`);

    put("nodes.yaml", [node("a", "192.0.2.1"), node("b", "192.0.2.1")].join("---\n"));
    const refused = await commandLine(["validate", directory]);
    expect([refused.code, refused.stdout]).toEqual([1, ""]);
    expect(refused.stderr).toContain(
      `nodes.yaml:6:1: Node b: has the address 192.0.2.1, as has Node a (${directory}/nodes.yaml:1)`,
    );
  });

  test("several directories, each judged by itself: one bad one is exit code 1; as JSON and YAML the same", async () => {
    put("peers.yaml", peer("asNumbr: 65001"));
    const json = await commandLine(["validate", EXAMPLE, directory, "-o", "json"]);
    const yaml = await commandLine(["validate", EXAMPLE, directory, "-o", "yaml"]);
    expect([json.code, yaml.code, json.stderr]).toEqual([1, 1, ""]);
    const views = JSON.parse(json.stdout) as { directory: string; valid: boolean; faults: object[] }[];
    expect(views.map(({ valid }) => valid)).toEqual([true, false]);
    expect(views[1]?.faults).toEqual([expect.objectContaining({ severity: "error", line: 7, column: 3 })]);
    expect(parse(yaml.stdout)).toEqual(views);
  });

  test("a directory that is not there is an error that names it", async () => {
    const { code, stderr } = await commandLine(["validate", join(directory, "nowhere")]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${directory}/nowhere: does not exist`);
  });
});

describe("plan", () => {
  const plan = (...words: readonly string[]) => commandLine(["plan", "--resources", EXAMPLE, "--node", "node-a", ...words]);

  test("as JSON: the documented fields, and for each session what asked for it", async () => {
    const { code, stdout, stderr } = await plan("-o", "json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const view = JSON.parse(stdout);
    expect(Object.keys(view)).toEqual([
      "node",
      "asNumber",
      "routerId",
      "listen",
      "sessions",
      "policies",
      "originated",
      "hostRoutes",
      "faults",
    ]);
    expect(view).toMatchObject({ node: "node-a", asNumber: 64512, routerId: "10.179.0.11" });
    expect(view.sessions.map((session: { name: string }) => session.name)).toEqual(["Global_10_179_0_1", "Mesh_10_179_0_12"]);
    const { cause } = view.sessions[0];
    expect(cause).toMatchObject({ kind: "BGPPeer", name: "tor" });
    expect(readFileSync(cause.file, "utf8").split("\n")[cause.line - 1]).toMatch(/^(apiVersion|kind|metadata| +name):/);
    expect(view.originated).toEqual([
      { type: "block", prefix: "10.244.1.0/26", cause: expect.objectContaining({ kind: "BlockAffinity" }) },
    ]);
  });

  test("as a table: one line a session, more columns with -o wide", async () => {
    const [table, wide] = [await plan(), await plan("-o", "wide")];
    expect(table.stdout).toMatch(/^Node node-a: AS 64512, router id 10\.179\.0\.11\nListens on .*:179\n\nSESSION +TYPE +PEER/);
    expect(table.stdout).toMatch(/^Global_10_179_0_1 +global +10\.179\.0\.1 +179 +65001 +64512 /m);
    expect(table.stdout).toContain("\nOriginates: 10.244.1.0/26\n");
    expect(table.stdout).not.toContain("ASKED FOR BY");
    expect(wide.stdout).toMatch(/BGPPeer tor \(.*tor\.yaml:\d+\)/);
  });

  test("service routes, with what asked for each; $CALICO_ADVERTISE_CLUSTER_IPS in place of serviceClusterIPs", async () => {
    put(
      "node.yaml",
      "apiVersion: projectcalico.org/v3\nkind: Node\nmetadata: {name: n1}\nspec: {bgp: {ipv4Address: 10.0.0.1/24}}\n",
    );
    put(
      "bgp.yaml",
      "apiVersion: projectcalico.org/v3\nkind: BGPConfiguration\nmetadata: {name: default}\nspec:\n  serviceClusterIPs:\n  - cidr: 10.96.0.0/12\n",
    );
    put(
      "web.yaml",
      `apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {type: NodePort, clusterIP: 10.96.0.11, externalTrafficPolicy: Local}\n---
apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: web-x, namespace: shop, labels: {kubernetes.io/service-name: web}}\naddressType: IPv4\nendpoints: [{nodeName: n1}]\n`,
    );
    const words = ["plan", "--resources", directory, "--node", "n1"];
    const { stdout } = await commandLine([...words, "-o", "json"]);
    expect(JSON.parse(stdout).originated).toEqual([
      {
        type: "service",
        prefix: "10.96.0.0/12",
        cause: { kind: "BGPConfiguration", name: "default", file: `${directory}/bgp.yaml`, line: 6 },
      },
      {
        type: "service",
        prefix: "10.96.0.11/32",
        cause: { kind: "Service", name: "shop/web", file: `${directory}/web.yaml`, line: 1 },
      },
    ]);
    const wide = await commandLine([...words, "-o", "wide"]);
    expect(wide.stdout).toMatch(/^10\.96\.0\.11\/32 +service +Service shop\/web \(.*web\.yaml:1\)$/m);
    const overridden = await peregrine(words, "", { CALICO_ADVERTISE_CLUSTER_IPS: "10.100.0.0/16" });
    expect(overridden.stdout).toContain("\nOriginates: 10.96.0.11/32, 10.100.0.0/16\n");
    const wrong = await peregrine(words, "", { CALICO_ADVERTISE_CLUSTER_IPS: "10.96.0.1/12" });
    expect(wrong).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(/^CALICO_ADVERTISE_CLUSTER_IPS: .*10\.96\.0\.0\/12/),
    });
  });

  test("policies in words, with the place of each statement: those with filters, and all with -o wide", async () => {
    const filter = `---
apiVersion: projectcalico.org/v3
kind: BGPFilter
metadata: {name: f}
spec:
  importV4:
  - {cidr: 10.0.0.0/8, matchOperator: In, prefixLength: {max: 24}, communities: {values: ["65000:1"]}, action: Reject}
  exportV4:
  - {priority: 512, action: Accept, operations: [{prependASPath: {prefix: [65001]}}, {addCommunity: {value: "65000:1:2"}}]}
`;
    const node =
      "---\napiVersion: projectcalico.org/v3\nkind: Node\nmetadata: {name: a}\nspec: {bgp: {ipv4Address: 192.0.2.9}}\n";
    put("peers.yaml", `${peer("asNumber: 65001")}  filters: [f]\n${filter}${node}`);
    const words = ["plan", "--resources", directory, "--node", "a"];
    const [table, wide] = [await commandLine(words), await commandLine([...words, "-o", "wide"])];
    const file = `${directory}/peers.yaml`;
    expect(table.stdout).toContain(`Policy import ipv4-unicast eBGP with f:
  inside 10.0.0.0/8 with length 8 to 24 and carries community 65000:1: reject  [BGPFilter f importV4 rule 1 (${file}:15)]
  otherwise: accept
`);
    expect(table.stdout).toContain(
      `LOCAL_PREF 2147483135 (priority 512): prepend AS 65001, add community 65000:1:2, accept  [BGPFilter f exportV4 rule 1 (${file}:17)]`,
    );
    const plain = await plan();
    expect(plain.stdout).not.toContain("Policy");
    expect((await plan("-o", "wide")).stdout).toMatch(/^Policy export ipv4-unicast iBGP:\n {2}leaves by interface \*\.cali/m);
    expect(wide.stdout).toContain("Policy import");
  });

  test("a node that is not there: the nearest names, exit code 1", async () => {
    const { code, stdout, stderr } = await commandLine(["plan", "--resources", EXAMPLE, "--node", "nod-a"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("There is no Node nod-a; nearest: node-a");
  });

  test("resources with an error: no plan, the faults, exit code 1", async () => {
    put("peers.yaml", peer("asNumbr: 65001"));
    const { code, stdout, stderr } = await commandLine(["plan", "--resources", directory, "--node", "a", "-o", "json"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("peers.yaml:7:3");
  });

  test("shows the sessions with workloads that Felix tells of below $CALICO_ENDPOINT_STATUS_PATH_PREFIX", async () => {
    put("nodes.yaml", node("a", "192.0.2.1"));
    put("peers.yaml", `${peer("asNumber: 64516").replace(/ *peerIP:.*\n/, "")}  localWorkloadSelector: all()\n`);
    const prefix = join(directory, "calico");
    mkdirSync(join(prefix, "endpoint-status"), { recursive: true });
    writeFileSync(join(prefix, "endpoint-status", "pod"), JSON.stringify({ bgpPeerName: "tor", ipv4Nets: ["10.1.0.5/32"] }));
    const words = ["plan", "--resources", directory, "--node", "a"];
    const { stdout } = await peregrine(words, "", { CALICO_ENDPOINT_STATUS_PATH_PREFIX: prefix });
    expect(stdout).toMatch(/^Local_Workload_10_1_0_5 +workload +10\.1\.0\.5 /m);
  });

  test("$CALICO_ROUTER_ID is the router id", async () => {
    const words = ["plan", "--resources", EXAMPLE, "--node", "node-a", "-o", "json"];
    const { stdout } = await peregrine(words, "", { CALICO_ROUTER_ID: "192.0.2.99" });
    expect(JSON.parse(stdout).routerId).toBe("192.0.2.99");
  });
});
