import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scenario } from "../setup/require-peer.js";
import { HowToCluster } from "./support/how-to-cluster.js";
import { ADDRESSES, BORDER, blockOf, GLOBAL_PEER, NAMES, type NodeName, othersThan, TOR } from "./support/how-to-places.js";
import { globalRow, keptUp, meshRows, nodeRow, type SessionRow, sessionRows, type UpSince } from "./support/how-to-sessions.js";

const BORDER_SESSION = `my-node ${BORDER.address}`;
const VIA_TOR = `${TOR.network} via ${TOR.link}`;
const TOR_FACTS = { asNumber: TOR.asNumber };

scenario("how-tos for meshes and peers, typed as they stand (reference 9.1 to 9.3)", ["root", "frr", "bird"], () => {
  let cluster: HowToCluster;

  beforeAll(async () => {
    cluster = await HowToCluster.open();
  });
  afterAll(() => cluster.close());

  const viaMesh = (at: NodeName) => othersThan(at).map((other) => `${blockOf(other)} via ${ADDRESSES[other]}`);
  const viaBorder = (at: NodeName) => (at === "my-node" ? [`${BORDER.network} via ${BORDER.address}`] : []);
  const withMesh = (more: (at: NodeName) => readonly SessionRow[]) => sessionRows((at) => [...meshRows(at), ...more(at)]);
  const meshIsUp = async (): Promise<UpSince> => {
    const since = await cluster.established(withMesh(() => []));
    await cluster.kernelsHold((at) => [...viaMesh(at), ...viaBorder(at)]);
    return since;
  };
  const blocksBy = (asPath: readonly number[], names: readonly NodeName[] = NAMES) =>
    Object.fromEntries(names.map((name) => [blockOf(name), asPath]));

  describe("9.1 disable the mesh", () => {
    const PATCHED = "Successfully patched 1 'BGPConfiguration' resource\n";
    const ALONE =
      "warning: the node-to-node mesh is off now, and no BGPPeer concerns node-1, node-a, node-b: no sessions there\n";
    const QUOTES = "warning: typographic quotes are read as plain ones, non-breaking spaces as spaces\n";
    const CEASE = /^connection ended: (Error|Received): Peer de-configured$/;
    const TEXT = 'warning: spec.nodeToNodeMeshEnabled: the text "false" is read as the boolean false\n';
    const onlyBorderIsLeft = async (before: UpSince) => {
      expect(keptUp(before, await cluster.established(sessionRows(() => [])))).toEqual([BORDER_SESSION]);
      for (const at of NAMES) for (const peer of othersThan(at)) expect(cluster.endOf(at, ADDRESSES[peer])).toMatch(CEASE);
      await cluster.kernelsHold(viaBorder);
      await cluster.borderHas({ [blockOf("my-node")]: ADDRESSES["my-node"] });
    };
    const meshOn = async () => {
      const on = 'peregrine patch bgpconfiguration default -p \'{"spec": {"nodeToNodeMeshEnabled": true}}\'';
      await cluster.typed(on, { says: PATCHED });
      await meshIsUp();
    };

    test("there is no default BGPConfiguration: an error with what to type instead, and that works", async () => {
      const before = await meshIsUp();
      const patch = await cluster.type(
        'peregrine patch bgpconfiguration default -p \'{"spec": {"nodeToNodeMeshEnabled": false}}\'',
      );
      expect(patch).toMatchObject({ code: 1, stdout: "" });
      const [error, ...hint] = patch.stderr.split("\n");
      expect(error).toMatch(/^hit error: resource does not exist: BGPConfiguration\(default\) with error: .*; create it first:$/);
      await cluster.typed(hint.join("\n"), { says: "Successfully created 1 'BGPConfiguration' resource(s)\n", warns: ALONE });
      await onlyBorderIsLeft(before);
      await meshOn();
    }, 60_000);

    test.each([
      ['\'{"spec": {"nodeToNodeMeshEnabled": false}}\'', ALONE],
      ['\'{"spec": {"nodeToNodeMeshEnabled": “false”}}\'', QUOTES + TEXT + ALONE],
      ['\'{"spec": {"nodeToNodeMeshEnabled": "false"}}\'', TEXT + ALONE],
    ])(
      "patch -p %s: every mesh session closes, the explicit one stays",
      async (patch, warns) => {
        const before = await meshIsUp();
        await cluster.typed(`peregrine patch bgpconfiguration default -p ${patch}`, { says: PATCHED, warns });
        await onlyBorderIsLeft(before);
        await meshOn();
      },
      60_000,
    );
  });

  test("9.2 global peer: every node gets one session with the ToR, the mesh does not notice", async () => {
    const before = await meshIsUp();
    await cluster.typed("peregrine apply -f -", { input: GLOBAL_PEER, says: "Successfully applied 1 'BGPPeer' resource(s)\n" });
    const after = await cluster.established(withMesh((at) => [globalRow(at, TOR.address, TOR_FACTS)]));
    expect(keptUp(before, after)).toEqual([...before.keys()]);
    await cluster.typed("peregrine get bgppeer", {
      says: [
        "NAME             PEERIP         NODE       ASN     ",
        "border           10.0.0.2       my-node    64512   ",
        "my-global-peer   192.20.30.40   (global)   64567   ",
        "\n",
      ].join("\n"),
    });
    await cluster.torHas(NAMES, { ...blocksBy([64512]), [BORDER.network]: [64512] });
    await cluster.kernelsHold((at) => [...viaMesh(at), ...viaBorder(at), VIA_TOR]);
    for (const name of NAMES) await cluster.reaches(name, TOR.inside);
    await cluster.typed("peregrine delete bgppeer my-global-peer", { says: "Successfully deleted 1 'BGPPeer' resource(s)\n" });
    expect(keptUp(before, await meshIsUp())).toEqual([...before.keys()]);
    await cluster.torHas([], {});
  }, 60_000);

  test("9.3 per-node peer by label: the session comes with the label and goes with it", async () => {
    const before = await meshIsUp();
    const label = "peregrine label nodes node-b rack=rack-1";
    await cluster.typed(label, { says: "Successfully set label rack on nodes node-b\n" });
    const applied = { says: "Successfully applied 1 'BGPPeer' resource(s)\n" };
    await cluster.typed("peregrine apply -f -", { ...applied, input: rackPeer("rack == 'rack-1'") });
    const labelled = await cluster.established(withMesh(torOfRack));
    expect(keptUp(before, labelled)).toEqual([...before.keys()]);
    await cluster.torHas(["node-b"], blocksBy([64512]));
    await cluster.kernelsHold((at) => [...viaMesh(at), ...viaBorder(at), ...(at === "node-b" ? [VIA_TOR] : [])]);
    await cluster.reaches("node-b", TOR.inside);
    const spellings = [
      ["rack == ‘rack-1’", /^warning: .*: BGPPeer rack1-tor: spec\.nodeSelector: typographic quotes are read as plain ones\n/],
      ['rack == "rack-1"', ""],
    ] as const;
    for (const [selector, warns] of spellings) {
      await cluster.typedAndFollowed("peregrine apply -f -", { ...applied, input: rackPeer(selector), warns });
      expect(await cluster.established(withMesh(torOfRack))).toEqual(labelled);
    }
    await cluster.typed("peregrine label nodes node-b rack --remove", {
      says: "Successfully removed label rack from nodes node-b\n",
    });
    expect(keptUp(before, await meshIsUp())).toEqual([...before.keys()]);
    await cluster.torHas([], {});
    await cluster.typed("peregrine delete bgppeer rack1-tor", { says: "Successfully deleted 1 'BGPPeer' resource(s)\n" });
  }, 60_000);
  const torOfRack = (at: NodeName) => (at === "node-b" ? [nodeRow(at, TOR.address, TOR_FACTS)] : []);
});

function rackPeer(selector: string): string {
  return `apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata:
  name: rack1-tor
spec:
  peerIP: 192.20.30.40
  asNumber: 64567
  nodeSelector: ${selector}
`;
}
