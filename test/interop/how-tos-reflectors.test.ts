import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { resource } from "../../src/lab/resource-directory.js";
import { until } from "../../src/lab/until.js";
import { scenario } from "../setup/require-peer.js";
import { HowToCluster } from "./support/how-to-cluster.js";
import {
  ADDRESSES,
  BORDER,
  blockOf,
  GLOBAL_PEER,
  insideOf,
  NAMES,
  type NodeName,
  othersThan,
  TOR,
} from "./support/how-to-places.js";
import { globalRow, keptUp, meshRows, nodeRow, type SessionRow, sessionRows, type UpSince } from "./support/how-to-sessions.js";
import { RouteWatch } from "./support/route-watch.js";

const CLIENT = { clusterId: "244.0.0.1" };
const CLIENTS = ["node-a", "node-1"] as const;
const QUOTES = "warning: typographic quotes are read as plain ones, non-breaking spaces as spaces\n";
const NODE_PATCHED = "Successfully patched 1 'Node' resource\n";
const PEER_APPLIED = "Successfully applied 1 'BGPPeer' resource(s)\n";

scenario("how-tos for route reflectors and status, typed as they stand (reference 9.4, 9.5)", ["root", "frr", "bird"], () => {
  let cluster: HowToCluster;
  let up: UpSince;

  beforeAll(async () => {
    cluster = await HowToCluster.open();
    cluster.resources.put(resource("BGPConfiguration", "default", {}));
    await cluster.typed("peregrine apply -f -", { input: GLOBAL_PEER, says: PEER_APPLIED });
    up = await sessionsAre(NAMES, []);
  });
  afterAll(() => cluster.close());

  /** Of these nodes a mesh, of those the reflectors of all; and besides the sessions with the ToR and with BIRD. */
  const sessionsAre = (mesh: readonly NodeName[], reflectors: readonly NodeName[], border = {}): Promise<UpSince> => {
    const rows = (at: NodeName): SessionRow[] => [
      ...meshRows(at, mesh),
      ...reflectedRows(at, reflectors),
      globalRow(at, TOR.address, { asNumber: TOR.asNumber }),
    ];
    return cluster.established(sessionRows(rows, border));
  };
  const reflectedRows = (at: NodeName, reflectors: readonly NodeName[]) => {
    const peers = othersThan(at).filter((peer) => reflectors.includes(at) || reflectors.includes(peer));
    const isClient = (peer: NodeName) => reflectors.includes(at) && !reflectors.includes(peer);
    return peers.map((peer) => nodeRow(at, ADDRESSES[peer], isClient(peer) ? CLIENT : {}));
  };
  const patchMyNode = (change: string, warns = "") =>
    cluster.typed(`peregrine patch node my-node -p ${change}`, { says: NODE_PATCHED, warns });
  const via = (owners: readonly NodeName[]) => owners.map((owner) => `${blockOf(owner)} via ${ADDRESSES[owner]}`);
  const VIA_TOR = `${TOR.network} via ${TOR.link}`;
  const VIA_BORDER = `${BORDER.network} via ${BORDER.address}`;
  const kernelsHoldAll = (borderOf: readonly NodeName[]) =>
    cluster.kernelsHold((at) => [...via(othersThan(at)), VIA_TOR, ...(borderOf.includes(at) ? [VIA_BORDER] : [])]);
  const withoutMeshOf = (name: NodeName, sessions: UpSince) =>
    [...sessions.keys()].filter(
      (session) =>
        !session.endsWith(` ${ADDRESSES[name]}`) && !othersThan(name).some((peer) => session === `${name} ${ADDRESSES[peer]}`),
    );

  describe("9.4 node as route reflector", () => {
    const OTHERS = othersThan("my-node");
    let watches: RouteWatch[];

    test("with typographic quotes: it leaves the mesh at once, and is back when the cluster ID goes", async () => {
      await patchMyNode('\'{"spec": {“bgp”: {"routeReflectorClusterID": “244.0.0.1”}}}\'', QUOTES);
      const left = await sessionsAre(OTHERS, [], CLIENT);
      expect(keptUp(up, left)).toEqual(withoutMeshOf("my-node", up));
      await patchMyNode('\'{"spec": {"bgp": {"routeReflectorClusterID": null}}}\'');
      up = await sessionsAre(NAMES, []);
      await kernelsHoldAll(["my-node"]);
      expect(keptUp(left, up)).toEqual([...left.keys()]);
    }, 60_000);

    test("its sessions of the mesh close, and no other", async () => {
      watches = await Promise.all(CLIENTS.map((name) => RouteWatch.open(cluster.host(name))));
      await patchMyNode('\'{"spec": {"bgp": {"routeReflectorClusterID": "244.0.0.1"}}}\'');
      const before = up;
      up = await sessionsAre(OTHERS, [], CLIENT);
      expect(keptUp(before, up)).toEqual(withoutMeshOf("my-node", before));
      await cluster.kernelsHold((at) =>
        at === "my-node" ? [VIA_TOR, VIA_BORDER] : [...via(OTHERS.filter((other) => other !== at)), VIA_TOR],
      );
    }, 60_000);

    test("label and BGPPeer: all nodes are its clients, and BIRD's network reaches them through it", async () => {
      const label = "peregrine label nodes my-node route-reflector=true";
      await cluster.typedAndFollowed(label, { says: "Successfully set label route-reflector on nodes my-node\n" });
      expect(await sessionsAre(OTHERS, [], CLIENT)).toEqual(up);
      await cluster.typed("peregrine apply -f -", { input: reflectorPeer("'true'"), says: PEER_APPLIED });
      const before = up;
      up = await sessionsAre(OTHERS, ["my-node"], CLIENT);
      expect(keptUp(before, up)).toEqual([...before.keys()]);
      await kernelsHoldAll(NAMES);
      await cluster.typed("peregrine get bgppeer", {
        says: [
          "NAME                         PEERIP         NODE       ASN     ",
          "border                       10.0.0.2       my-node    64512   ",
          "my-global-peer               192.20.30.40   (global)   64567   ",
          "peer-with-route-reflectors                  all()      0       ",
          "\n",
        ].join("\n"),
      });
    }, 60_000);

    test("a selector with typographic quotes means the same, so no session is touched", async () => {
      const warns = /BGPPeer peer-with-route-reflectors: spec\.peerSelector: typographic quotes are read as plain ones\n/;
      await cluster.typedAndFollowed("peregrine apply -f -", { input: reflectorPeer("‘true’"), says: PEER_APPLIED, warns });
      expect(await sessionsAre(OTHERS, ["my-node"], CLIENT)).toEqual(up);
    });

    test("a second reflector, a Node of Kubernetes: label and annotation; what was a mesh session stays up", async () => {
      await cluster.typed("peregrine label nodes node-b route-reflector=true", {
        says: "Successfully set label route-reflector on nodes node-b\n",
      });
      const change = '{"metadata": {"annotations": {"projectcalico.org/RouteReflectorClusterID": "244.0.0.1"}}}';
      await cluster.typed(`peregrine patch node node-b -p '${change}'`, { says: NODE_PATCHED });
      const before = up;
      up = await sessionsAre(CLIENTS, ["my-node", "node-b"], CLIENT);
      expect(keptUp(before, up)).toEqual([...before.keys()]);
    }, 60_000);

    test("then the mesh is disabled: no session of a reflector is touched, and but for the one to my-node no route was ever gone", async () => {
      const off = 'peregrine patch bgpconfiguration default -p \'{"spec": {"nodeToNodeMeshEnabled": false}}\'';
      await cluster.typedAndFollowed(off, { says: "Successfully patched 1 'BGPConfiguration' resource\n" });
      const before = up;
      up = await sessionsAre([], ["my-node", "node-b"], CLIENT);
      const gone = ["node-a 10.0.0.14", "node-1 10.0.0.11"];
      expect(keptUp(before, up)).toEqual([...before.keys()].filter((session) => !gone.includes(session)));
      await kernelsHoldAll(othersThan("node-b")); // what my-node reflects of BIRD has node-b's cluster ID (RFC 4456 §8)
      const removals = await Promise.all(watches.map((watch) => watch.removalsOf(...NAMES.map(blockOf), TOR.network)));
      const gonePrefixes = removals.flat().map((line) => line.split(" ")[1]);
      expect(gonePrefixes).toEqual(CLIENTS.map(() => blockOf("my-node"))); // as it left the mesh, before there was a BGPPeer
      await cluster.reaches("node-a", insideOf("node-1"));
      await cluster.borderHas(Object.fromEntries(NAMES.map((name) => [blockOf(name), ADDRESSES[name]])));
      const blocks = Object.fromEntries(NAMES.map((name) => [blockOf(name), [64512]]));
      await cluster.torHas(NAMES, { ...blocks, [BORDER.network]: [64512] });
    }, 60_000);
  });

  describe("9.5 view status", () => {
    test.each([
      [
        "node-a",
        [
          "| 192.20.30.40 | global        | up    | HH:MM:SS | Established |",
          "| 10.0.0.12    | node specific | up    | HH:MM:SS | Established |",
          "| 10.0.0.13    | node specific | up    | HH:MM:SS | Established |",
        ],
      ],
      [
        "my-node",
        [
          "| 192.20.30.40 | global        | up    | HH:MM:SS | Established |",
          "| 10.0.0.2     | node specific | up    | HH:MM:SS | Established |",
          "| 10.0.0.11    | node specific | up    | HH:MM:SS | Established |",
          "| 10.0.0.12    | node specific | up    | HH:MM:SS | Established |",
          "| 10.0.0.14    | node specific | up    | HH:MM:SS | Established |",
        ],
      ],
    ] as const)("node status on %s", async (on, rows) => {
      const { code, stdout, stderr } = await cluster.type("peregrine node status", { on });
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout.replaceAll(/\d\d:\d\d:\d\d/g, "HH:MM:SS").split("\n")).toEqual([
        "Peregrine process is running.",
        "",
        "IPv4 BGP status",
        "+--------------+---------------+-------+----------+-------------+",
        "| PEER ADDRESS |   PEER TYPE   | STATE |  SINCE   |    INFO     |",
        "+--------------+---------------+-------+----------+-------------+",
        ...rows,
        "+--------------+---------------+-------+----------+-------------+",
        "",
        "IPv6 BGP status",
        "No IPv6 peers found.",
        "",
        "",
      ]);
    });

    test("node status says why a session is not up, and exits with 0", async () => {
      await cluster.tor.stop();
      await until("node status tells that nobody listens at the ToR", async () => {
        const { code, stdout } = await cluster.type("peregrine node status");
        expect(code).toBe(0);
        expect(stdout).toMatch(/^\| 192\.20\.30\.40 \| global +\| start \| \S+ +\| \w+ Socket: Connection refused +\|$/m);
        return true;
      });
      await cluster.tor.start();
      await sessionsAre([], ["my-node", "node-b"], CLIENT);
      await kernelsHoldAll(othersThan("node-b"));
    }, 60_000);

    test("a CalicoNodeStatus has its status on the node that it names", async () => {
      const says = "Successfully applied 1 'CalicoNodeStatus' resource(s)\n";
      await cluster.typed("peregrine apply -f -", { input: NODE_STATUS, says });
      const { code, stdout, stderr } = await cluster.type("peregrine get caliconodestatus mine -o yaml", { on: "my-node" });
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const { status } = parse(stdout);
      expect(status.agent.birdV4).toMatchObject({ state: "Ready", routerID: ADDRESSES["my-node"] });
      expect(status.bgp).toMatchObject({ numberEstablishedV4: 5, numberNotEstablishedV4: 0, peersV6: [] });
      const peer = (peerIP: string, type: string) => ({ peerIP, type, state: "Established", since: expect.any(String) });
      expect(status.bgp.peersV4).toHaveLength(5);
      expect(status.bgp.peersV4).toContainEqual(peer(TOR.address, "GlobalPeer"));
      expect(status.bgp.peersV4).toContainEqual(peer(ADDRESSES["node-a"], "NodePeer"));
      const blockOfA = { destination: blockOf("node-a"), gateway: ADDRESSES["node-a"], peerIP: ADDRESSES["node-a"] };
      const behindTor = { destination: TOR.network, gateway: TOR.link, peerIP: TOR.address };
      for (const { destination, gateway, peerIP } of [blockOfA, behindTor]) {
        const learnedFrom = { sourceType: "BGPPeer", peerIP };
        expect(status.routes.routesV4).toContainEqual({ type: "FIB", destination, gateway, interface: "eth0", learnedFrom });
      }
      expect(status.routes.routesV4).toContainEqual({
        type: "FIB",
        destination: `${TOR.address}/32`,
        gateway: TOR.link,
        interface: "eth0",
        learnedFrom: { sourceType: "Kernel" },
      });
    });

    test("and on another node says whose it is", async () => {
      const { code, stdout, stderr } = await cluster.type("peregrine get caliconodestatus mine -o yaml", { on: "node-a" });
      expect({ code, status: parse(stdout).status }).toEqual({ code: 0, status: undefined });
      expect(stderr).toMatch(/^no status of CalicoNodeStatus mine: the daemon at .* is that of node node-a, not of my-node\n$/);
    });
  });
});

function reflectorPeer(value: string): string {
  return `apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata:
  name: peer-with-route-reflectors
spec:
  nodeSelector: all()
  peerSelector: route-reflector == ${value}
`;
}

const NODE_STATUS = `apiVersion: projectcalico.org/v3
kind: CalicoNodeStatus
metadata:
  name: mine
spec:
  node: my-node
  classes: [Agent, BGP, Routes]
  updatePeriodSeconds: 10
`;
