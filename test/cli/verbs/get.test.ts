import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { CONFIGURATION, Given, GLOBAL_PEER, NODES, RACK_PEER } from "./given.js";

function resource(kind: string, name: string, spec: object): string {
  return stringify({ apiVersion: "projectcalico.org/v3", kind, metadata: { name }, spec });
}

const FILES = {
  "bgp.yaml": CONFIGURATION,
  "quiet.yaml": resource("BGPConfiguration", "node.node-a", { logSeverityScreen: "Debug" }),
  "nodes.yaml": `${NODES}---\n${stringify({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "k8s", annotations: { "projectcalico.org/IPv6Address": "fd00::9", "projectcalico.org/ASNumber": "7" } },
  })}`,
  "peers.yaml": `${GLOBAL_PEER}---\n${RACK_PEER}---\n${resource("BGPPeer", "rr", { node: "node-a", peerSelector: "has(rr)" })}`,
  "filter.yaml": resource("BGPFilter", "f", {
    exportV4: [{ action: "Accept" }, { action: "Reject" }],
    importV6: [{ action: "Reject" }],
  }),
  "pool.yaml": `${resource("IPPool", "p", { cidr: "10.244.0.0/16", ipipMode: "Always", natOutgoing: true })}---\n${resource(
    "IPPool",
    "q",
    {
      cidr: "fd00:1::/48",
      nodeSelector: "rack == 'a'",
      disabled: true,
    },
  )}`,
  "reservation.yaml": resource("IPReservation", "r", { reservedCIDRs: ["10.244.0.0/30", "10.244.1.1"] }),
  "status.yaml": resource("CalicoNodeStatus", "s", { node: "node-a", classes: ["Agent", "BGP"], updatePeriodSeconds: 10 }),
  "block.yaml": resource("BlockAffinity", "b", { cidr: "10.244.1.0/26", node: "node-a" }),
  "secret.yaml":
    "apiVersion: v1\nkind: Secret\nmetadata: {name: tor, namespace: kube-system}\nstringData: {password: hunter2}\ndata: {other: aHVudGVyMg==}\n",
};

/** Lines without the blanks at their ends, which `padding` below is about. */
function trimmed(text: string): string {
  return text.replace(/ +$/gm, "");
}

describe("columns (reference 6.3)", () => {
  test.each([
    [
      "bgppeer",
      "NAME             PEERIP         NODE               ASN\nmy-global-peer   192.20.30.40   (global)           64567\nrack1-tor        192.20.30.40   rack == 'rack-1'   64567\nrr                              node-a             0\n\n",
    ],
    [
      "bgpconfig",
      "NAME          LOGSEVERITY   MESHENABLED   ASNUMBER\ndefault       -             -             64512\nnode.node-a   Debug         -             -\n\n",
    ],
    [
      "bgpfilter",
      "NAME   NUMEXPORTV4   NUMIMPORTV4   NUMEXPORTV6   NUMIMPORTV6\nf      2             0             0             1\n\n",
    ],
    ["nodes", "NAME\nk8s\nnode-a\nnode-b\nnode-c\n\n"],
    [
      "nodes -o wide",
      "NAME     ASN       IPV4           IPV6\nk8s      7                        fd00::9/128\nnode-a   (64512)   10.0.0.11/24\nnode-b   (64512)   10.0.0.12/24\nnode-c   (64512)   10.0.0.13/24\n\n",
    ],
    ["ippool", "NAME   CIDR            SELECTOR\np      10.244.0.0/16   all()\nq      fd00:1::/48     rack == 'a'\n\n"],
    [
      "ippool p -o wide",
      "NAME   CIDR            NAT    IPIPMODE   VXLANMODE   DISABLED   DISABLEBGPEXPORT   SELECTOR   ASSIGNMENTMODE\np      10.244.0.0/16   true   Always     Never       false      false              all()      Automatic\n\n",
    ],
    ["ipreservation", "NAME\nr\n\n"],
    ["reservations -o wide", "NAME   CIDRS\nr      10.244.0.0/30,10.244.1.1\n\n"],
    ["caliconodestatus", "NAME   NODE\ns      node-a\n\n"],
    ["nodestatus -o wide", "NAME   NODE     CLASSES\ns      node-a   Agent,BGP\n\n"],
    ["blockaffinity", "NAME   CIDR            NODE     TYPE\nb      10.244.1.0/26   node-a   host\n\n"],
    ["secrets", "NAME   NAMESPACE     KEYS\ntor    kube-system   other,password\n\n"],
    ["services", "NAME   NAMESPACE   TYPE\n\n"],
    ["bgppeer rr rack1-tor -o custom-columns=asn,Name", "ASN   NAME\n0     rr\n\nASN     NAME\n64567   rack1-tor\n\n"],
    ["nodes -l !has(rack) -o name", "node/k8s\nnode/node-a\nnode/node-b\nnode/node-c\n"],
  ])("get %s", async (command, expected) => {
    const given = await Given.files(FILES);
    const result = await given.run(["get", ...command.split(" ")]);
    expect({ ...result, stdout: trimmed(result.stdout) }).toEqual({ code: 0, stdout: expected, stderr: "" });
  });

  test("every column, the last one, too, is as wide as its widest cell and three more, and five at least", async () => {
    const given = await Given.files({ "r.yaml": resource("IPReservation", "r", { reservedCIDRs: ["10.0.0.0/8"] }) });
    expect((await given.run(["get", "reservation"])).stdout).toBe("NAME   \nr      \n\n");
    expect((await given.run(["get", "reservation", "-o", "custom-columns=NAME,CIDRS"])).stdout).toBe(
      "NAME   CIDRS        \nr      10.0.0.0/8   \n\n",
    );
  });
});

describe("whole resources", () => {
  test("one is an object, YAML in the order of names, JSON with its type first", async () => {
    const given = await Given.files(FILES);
    const { stdout } = await given.run(["get", "bgppeer", "my-global-peer", "-o", "yml", "--export"]);
    expect(stdout).toBe(
      "apiVersion: projectcalico.org/v3\nkind: BGPPeer\nmetadata:\n  name: my-global-peer\nspec:\n  asNumber: 64567\n  peerIP: 192.20.30.40\n",
    );
    const json = (await given.run(["get", "bgppeer", "my-global-peer", "-o", "json", "--export"])).stdout;
    expect(json).toMatch(/^\{\n {2}"kind": "BGPPeer",\n {2}"apiVersion": "projectcalico.org\/v3",\n {2}"metadata": \{\n/);
    expect(JSON.parse(json)).toMatchObject({ spec: { asNumber: 64567, peerIP: "192.20.30.40" } });
  });

  test("several are a list, a whole kind is a <Kind>List", async () => {
    const given = await Given.files(FILES);
    const several = await given.run(["get", "bp", "rr", "rack1-tor", "-o", "json"]);
    expect(JSON.parse(several.stdout)).toMatchObject([{ metadata: { name: "rr" } }, { metadata: { name: "rack1-tor" } }]);
    const all = await given.run(["get", "bp", "-o", "json"]);
    expect(JSON.parse(all.stdout)).toMatchObject({
      kind: "BGPPeerList",
      apiVersion: "projectcalico.org/v3",
      items: [{}, {}, {}],
    });
  });

  test.each(["yaml", "json"])("what get -o %s prints can be applied again, and changes nothing", async (output) => {
    const given = await Given.files(FILES);
    for (const kind of ["bgppeer", "node", "ippool", "bgpfilter", "bgpconfiguration"]) {
      const { stdout } = await given.run(["get", kind, "-o", output]);
      expect(await given.run(["apply", "-f", "-"], stdout)).toMatchObject({ code: 0 });
    }
    expect(await given.files()).toEqual(FILES);
  });

  test("what has changed since it was printed is not written over", async () => {
    const given = await Given.files(FILES);
    const { stdout } = await given.run(["get", "bgppeer", "rr", "-o", "yaml"]);
    await given.run(["label", "bgppeer", "rr", "a=b"]);
    const files = await given.files();
    const result = await given.run(["replace", "-f", "-"], stdout.replace("node-a", "node-b"));
    expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining("update conflict: BGPPeer(rr)") });
    expect(await given.files()).toEqual(files);
  });

  test("labels are text, however they are written", async () => {
    const given = await Given.files({ "n.yaml": NODES.replace("node-a\n", "node-a\n  labels: {rr: yes, n: 5}\n") });
    const { stdout } = await given.run(["get", "node", "node-a", "-o", "json"]);
    expect(JSON.parse(stdout).metadata.labels).toEqual({ rr: "true", n: "5" });
    expect(await given.run(["get", "nodes", "-l", "rr == 'true'", "-o", "name"])).toMatchObject({ stdout: "node/node-a\n" });
  });
});

describe("Secrets", () => {
  test.each(["ps", "wide", "yaml", "json"])("get -o %s shows their keys, not their values", async (output) => {
    const given = await Given.files(FILES);
    const { code, stdout } = await given.run(["get", "secret", "tor", "-o", output]);
    expect(code).toBe(0);
    expect(stdout).toContain("password");
    expect(stdout).not.toMatch(/hunter2|aHVudGVyMg/);
  });

  test("what get prints of one cannot replace it by mistake", async () => {
    const given = await Given.files(FILES);
    const { stdout } = await given.run(["get", "secret", "tor", "-o", "yaml", "--export"]);
    expect(await given.run(["apply", "-f", "-"], stdout)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("is no base64"),
    });
    expect(await given.files()).toEqual(FILES);
  });

  test("a fault in one does not quote it", async () => {
    const given = await Given.files(
      {},
      { "s.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {password: hunter2!}\n" },
    );
    const result = await given.run(["create", "-f", "$DIR/s.yaml"]);
    expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining("error with field data.password (is no base64)") });
    expect(result.stderr).not.toContain("hunter2");
  });
});
