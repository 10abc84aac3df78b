import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatRouterId } from "../../protocol/net/router-id.js";
import { diffPlans } from "../../src/plan/diff.js";
import type { NodePlan } from "../../src/plan/node-plan.js";
import { passwordOf } from "../../src/plan/password.js";
import { planView } from "../../src/plan/plan-view.js";
import { type ResolveOptions, resolve } from "../../src/plan/resolve.js";
import { documentsOf, loadDocuments, readCases } from "./given.js";
import { ip, must, type NodeDescription, prefix, typedSet } from "./typed-set.js";

const NODE_A: NodeDescription = { name: "node-a", ipv4: "10.0.0.11/24" };
const TOR = { peerIp: { address: ip("192.0.2.1"), port: null }, asNumber: 65000 } as const;

function planOf(node: NodeDescription, options: ResolveOptions = {}): NodePlan {
  return must(resolve(typedSet({ nodes: [node] }), node.name, options));
}

describe("resolve: the router id (reference 1.4)", () => {
  const idOf = (node: NodeDescription, routerId: string) => formatRouterId(planOf(node, { routerId }).routerId);

  it("is the node's IPv4 address where nothing is configured", () => {
    expect(idOf(NODE_A, "")).toBe("10.0.0.11");
  });

  it("is the dotted quad configured", () => {
    expect(idOf(NODE_A, "192.0.2.77")).toBe("192.0.2.77");
  });

  it("is made from the node's name with hash, as Calico makes it", () => {
    expect(idOf({ name: "kube-master", ipv6: "fd00::1/64" }, "hash")).toBe("25.79.212.8");
  });

  it("is the node's address, with a warning, where the configured text is neither", () => {
    const plan = planOf(NODE_A, { routerId: "0.0.0.0" });
    expect(formatRouterId(plan.routerId)).toBe("10.0.0.11");
    expect(plan.faults).toEqual([expect.objectContaining({ severity: "warning", message: expect.stringContaining("0.0.0.0") })]);
  });

  it("is an error on a node that has an IPv6 address only and nothing configured", () => {
    const result = resolve(typedSet({ nodes: [{ name: "six", ipv6: "fd00::1/64" }] }), "six");
    expect(result).toMatchObject({
      ok: false,
      error: [{ severity: "error", message: expect.stringContaining("CALICO_ROUTER_ID") }],
    });
  });

  it("is no obstacle for a node without any address", () => {
    const plan = planOf({ name: "bare" });
    expect(plan).toMatchObject({ sessions: [], listen: [] });
    expect(plan.routerId).toBeGreaterThan(0);
  });
});

describe("resolve: a node that is not there", () => {
  it("names the nearest and the known ones", () => {
    const nodes = ["node-a", "node-b", "worker"].map((name, index) => ({ name, ipv4: `10.0.0.${index + 1}/24` }));
    const result = resolve(typedSet({ nodes }), "nod-b");
    expect(result).toMatchObject({
      ok: false,
      error: [
        {
          message: expect.stringMatching(/^There is no Node nod-b; nearest: node-b; known: node-a, node-b, worker\. .*--node/),
          severity: "error",
        },
      ],
    });
  });

  it("names some of many", () => {
    const nodes = Array.from({ length: 500 }, (_, index) => ({ name: `n${1000 + index}` }));
    const result = resolve(typedSet({ nodes }), "n1o77");
    expect(result).toMatchObject({
      error: [{ message: expect.stringMatching(/nearest: n1077; known: n1000, .* and 490 more\. /) }],
    });
  });

  it("says so when there is none at all", () => {
    expect(resolve(typedSet({ nodes: [] }), "x")).toMatchObject({
      error: [{ message: expect.stringContaining("There is no Node x: no Node is defined") }],
    });
  });
});

describe("resolve: where the node listens", () => {
  const listenOf = (node: NodeDescription, configurations: Parameters<typeof typedSet>[0]["configurations"]) =>
    planView(must(resolve(typedSet({ nodes: [node], configurations: configurations ?? [] }), node.name))).listen;
  const dual = { ...NODE_A, ipv6: "fd00::11/64" };

  it("is every address in each family that it has an address in", () => {
    expect(listenOf(dual, [])).toEqual([
      { address: "0.0.0.0", port: 179 },
      { address: "::", port: 179 },
    ]);
    expect(listenOf(NODE_A, [])).toEqual([{ address: "0.0.0.0", port: 179 }]);
  });

  it("is the node's addresses with bindMode NodeIP", () => {
    expect(listenOf(dual, [{ name: "default", bindMode: "NodeIP" }]).map(({ address }) => address)).toEqual([
      "10.0.0.11",
      "fd00::11",
    ]);
  });

  it("is the port of the node's own configuration, then that of the default one", () => {
    const byDefault = { name: "default", listenPort: 178 };
    expect(listenOf(NODE_A, [byDefault])).toMatchObject([{ port: 178 }]);
    expect(listenOf(NODE_A, [byDefault, { name: "node.node-a", listenPort: 500 }])).toMatchObject([{ port: 500 }]);
    expect(listenOf(NODE_A, [byDefault, { name: "node.node-b", listenPort: 500 }])).toMatchObject([{ port: 178 }]);
  });
});

describe("resolve: what the node originates (reference 5.2)", () => {
  it("is its blocks of type host unless pending, by prefix, without those of one address", () => {
    const block = (name: string, cidr: string, more: object = {}) => ({ name, cidr: prefix(cidr), node: "node-a", ...more });
    const blocks = [
      block("a", "10.244.9.0/26"),
      block("b", "10.244.1.0/26", { state: "pendingDeletion" }),
      block("c", "10.244.2.0/26", { state: "pending" }),
      block("d", "10.244.3.0/26", { type: "virtual" }),
      block("e", "10.244.4.0/26", { node: "node-b" }),
      block("f", "10.244.5.5/32"),
    ];
    const nodes = [{ ...NODE_A, podCidrs: [prefix("10.99.0.0/24")] }];
    const { originated } = planView(must(resolve(typedSet({ nodes, blocks }), "node-a")));
    expect(originated.map(({ prefix: text }) => text)).toEqual(["10.244.1.0/26", "10.244.9.0/26"]);
  });

  it("is its podCIDRs where it has no block", () => {
    const plan = planOf({ ...NODE_A, podCidrs: [prefix("10.99.0.0/24"), prefix("fd00:99::/64")] });
    expect(plan.originated.map(({ prefix: cidr }) => cidr.toString())).toEqual(["10.99.0.0/24", "fd00:99::/64"]);
  });
});

describe("resolve: passwords", () => {
  const description = {
    nodes: [NODE_A],
    peers: [{ name: "tor", ...TOR, asNumber: TOR.asNumber as never, password: { name: "s", key: "k" } }],
  };

  it("stand in the plan by reference, and nowhere in what is shown of it", () => {
    const set = typedSet({ ...description, secrets: [{ name: "s", values: { k: "hunter2" } }] });
    const plan = must(resolve(set, "node-a"));
    const [session] = plan.sessions;
    expect(session?.password).toMatchObject({ secret: "s", key: "k", missing: false });
    expect(passwordOf(set, session!.password!)?.reveal()).toBe("hunter2");
    expect(JSON.stringify(plan)).not.toContain("hunter2");
    expect(planView(plan).sessions[0]?.password).toEqual({ secret: "s", key: "k" });
  });

  it("that are missing leave a session without one, and say so", () => {
    const set = typedSet(description);
    const plan = must(resolve(set, "node-a"));
    expect(planView(plan).sessions[0]?.password).toEqual({ secret: "s", key: "k", missing: true });
    expect(passwordOf(set, plan.sessions[0]!.password!)).toBeNull();
    expect(plan.faults).toMatchObject([{ severity: "warning", cause: { kind: "BGPPeer", name: "tor" } }]);
  });

  it("that are missing refuse the plan with strictSecrets", () => {
    const result = resolve(typedSet(description), "node-a", { strictSecrets: true });
    expect(result).toMatchObject({ ok: false, error: [{ severity: "error", message: "BGPPeer tor: there is no Secret s" }] });
  });

  it("longer than TCP-MD5 takes are an error on their BGPPeer", () => {
    const secrets = (length: number) => [{ name: "s", values: { k: "x".repeat(length) } }];
    const faults = (length: number) => must(resolve(typedSet({ ...description, secrets: secrets(length) }), "node-a")).faults;
    expect(faults(80)).toEqual([]);
    expect(faults(81)).toMatchObject([{ severity: "error", message: expect.stringContaining("81 octets") }]);
  });
});

describe("resolve", () => {
  it("goes on without a BGPFilter that does not exist, and says so", () => {
    const peers = [{ name: "tor", ...TOR, asNumber: TOR.asNumber as never, filters: ["gone"] }];
    const plan = must(resolve(typedSet({ nodes: [NODE_A], peers }), "node-a"));
    expect(plan.sessions).toMatchObject([{ importFilters: [], exportFilters: [] }]);
    expect(plan.faults).toMatchObject([{ severity: "warning", message: expect.stringContaining("no BGPFilter gone") }]);
  });

  it("orders kernel rules by the length of the pools, the longest first", () => {
    const pool = (name: string, cidr: string) => ({ name, cidr: prefix(cidr) });
    const pools = [pool("a", "10.0.0.0/8"), pool("b", "10.244.0.0/16"), pool("c", "10.1.0.0/16"), pool("d", "fd00::/48")];
    const { kernelRules } = must(resolve(typedSet({ nodes: [NODE_A], pools }), "node-a"));
    expect(kernelRules.map(({ cidr }) => cidr.toString())).toEqual(["fd00::/48", "10.1.0.0/16", "10.244.0.0/16", "10.0.0.0/8"]);
  });

  it("names the other nodes that run WireGuard in a family in which this node does, by their BGP addresses", () => {
    const nodes: readonly NodeDescription[] = [
      { ...NODE_A, ipv6: "fd00::11/64", wireguardIpv4: ip("10.9.0.1") },
      { name: "node-b", ipv4: "10.0.0.12/24", ipv6: "fd00::12/64", wireguardIpv4: ip("10.9.0.2"), wireguardIpv6: ip("fd09::2") },
      { name: "node-c", ipv4: "10.0.0.13/24" },
      { name: "node-d", ipv6: "fd00::14/64", wireguardIpv4: ip("10.9.0.4") },
    ];
    const named = (node: string) =>
      must(resolve(typedSet({ nodes }), node)).wireguardNodes.map(({ address, cause }) => `${cause.name} ${address}`);
    expect(named("node-a")).toEqual(["node-b 10.0.0.12"]);
    expect(named("node-b")).toEqual(["node-a 10.0.0.11"]);
    expect(named("node-c")).toEqual([]);
    expect(planOf(nodes[0]!).faults).toEqual([]);
  });

  it("does not depend on the order in which resources are read", async () => {
    const cases =
      await readCases<{ name: string; node: string; nodes?: "F3"; given?: string; refused?: string }[]>("derivation.yaml");
    const usable = cases.filter(({ refused, given }) => refused === undefined && given !== undefined);
    fc.assert(
      fc.property(fc.constantFrom(...usable), fc.integer(), ({ node, ...given }, seed) => {
        const documents = documentsOf(given);
        const shuffled = fc.sample(fc.shuffledSubarray([...documents], { minLength: documents.length }), {
          numRuns: 1,
          seed,
        })[0]!;
        const [plan, other] = [loadDocuments(documents), loadDocuments(shuffled)].map(({ set }) => must(resolve(set, node)));
        expect(withoutCauses(other!)).toBe(withoutCauses(plan!));
        expect(diffPlans(plan!, other!)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});

/** A plan as text, without the files and lines that caused its parts. */
function withoutCauses(plan: NodePlan): string {
  const text = JSON.stringify(planView(plan), (key, value) => (key === "cause" ? undefined : value));
  return text.replaceAll(/\(\d+\.yaml:\d+\)/g, ""); // in the names of statements
}
