import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
import { globalRow, keptUp, meshRow, type SessionRow, sessionRows, type UpSince } from "./support/how-to-sessions.js";

const LATER_AS = 64513;
const DOTTED_AS = 65546;

scenario("how-tos for AS numbers, typed as they stand (reference 9.6, 9.7)", ["root", "frr", "bird"], () => {
  let cluster: HowToCluster;
  let up: UpSince;

  beforeAll(async () => {
    cluster = await HowToCluster.open();
    cluster.resources.put(resource("BGPConfiguration", "default", {}));
    await cluster.torTakesAnyAs();
    await cluster.typed("peregrine apply -f -", { input: GLOBAL_PEER, says: "Successfully applied 1 'BGPPeer' resource(s)\n" });
    up = await sessionsAre({}, 64512);
  });
  afterAll(() => cluster.close());

  /** Every node's sessions: the mesh, the ToR, and on my-node BIRD; `own` are the AS numbers of nodes that have one. */
  const sessionsAre = (own: Partial<Record<NodeName, number>>, globalAs: number): Promise<UpSince> => {
    const asOf = (name: NodeName) => own[name] ?? globalAs;
    const rows = (at: NodeName): SessionRow[] => [
      ...othersThan(at).map((peer) => meshRow(at, peer, { asNumber: asOf(peer), ibgp: asOf(peer) === asOf(at) })),
      globalRow(at, TOR.address, { asNumber: TOR.asNumber }),
    ];
    return cluster.established(sessionRows(rows, { ibgp: globalAs === BORDER.asNumber }));
  };
  const patch = (kind: string, change: string, warns = "") =>
    cluster.typedAndFollowed(`peregrine patch ${kind} -p ${change}`, {
      says: `Successfully patched 1 '${kind.startsWith("node") ? "Node" : "BGPConfiguration"}' resource\n`,
      warns,
    });
  const nodesAre = (asNumbers: Readonly<Record<string, string>>) =>
    cluster.typed("peregrine get nodes -o wide", {
      says: [
        "NAME      ASN       IPV4           IPV6   ",
        ...["my-node", "node-1", "node-a", "node-b"].map(
          (name) => `${name.padEnd(10)}${asNumbers[name]!.padEnd(10)}${ADDRESSES[name as NodeName]}/24          `,
        ),
        "\n",
      ].join("\n"),
    });
  const inherited = (asn: number) => Object.fromEntries(NAMES.map((name) => [name, `(${asn})`]));
  const viaTor = `${TOR.network} via ${TOR.link}`;
  const viaOthers = (at: NodeName) => othersThan(at).map((other) => `${blockOf(other)} via ${ADDRESSES[other]}`);
  const viaBorder = `${BORDER.network} via ${BORDER.address}`;
  const blocksBy = (asPath: readonly number[]) => Object.fromEntries(NAMES.map((name) => [blockOf(name), asPath]));
  const QUOTES = "warning: typographic quotes are read as plain ones, non-breaking spaces as spaces\n";

  describe("9.6 change the global AS", () => {
    test.each([
      ['\'{"spec": {"asNumber": "1.10"}}\'', DOTTED_AS],
      ['\'{"spec": {"asNumber": "64513"}}\'', LATER_AS],
    ])(
      "patch -p %s: the mesh stays internal, BIRD turns external",
      async (change, asNumber) => {
        await patch("bgpconfiguration default", change);
        await nodesAre(inherited(asNumber));
        await until("BIRD wants the former AS", async () => {
          const { ibgp, asNumber: peerAs, lastError } = await cluster.node("my-node").session(BORDER.address);
          return !ibgp && peerAs === BORDER.asNumber && /bad peer as/i.test(lastError ?? "");
        });
        await cluster.restartBorder(asNumber);
        const before = up;
        up = await sessionsAre({}, asNumber);
        expect(keptUp(before, up)).toEqual([]);
        await cluster.torHas(NAMES, { ...blocksBy([asNumber]), [BORDER.network]: [asNumber, BORDER.asNumber] });
        await cluster.borderHas({ ...Object.fromEntries(NAMES.map((name) => [blockOf(name), ADDRESSES["my-node"]])) });
        await cluster.kernelsHold((at) => [...viaOthers(at), viaTor, viaBorder]);
        for (const name of NAMES) await cluster.reaches(name, TOR.inside);
      },
      60_000,
    );

    test.each([
      ['\'{"spec": {"asNumber": 64513}}\'', ""],
      ['\'{"spec": {"asNumber": “64513”}}\'', QUOTES],
    ])("patch -p %s: the same AS, so no session is touched", async (change, warns) => {
      await patch("bgpconfiguration default", change, warns);
      await nodesAre(inherited(LATER_AS));
      expect(await sessionsAre({}, LATER_AS)).toEqual(up);
    });

    test("a value that is none: an error that names it, and nothing changes", async () => {
      const result = await cluster.type('peregrine patch bgpconfiguration default -p \'{"spec": {"asNumber": "64513x"}}\'');
      expect(result).toMatchObject({ code: 1, stdout: "" });
      expect(result.stderr).toMatch(/^hit error: error with field spec\.asNumber = '64513x' \("64513x" is no AS number\)\n/);
      await nodesAre(inherited(LATER_AS));
      expect(await sessionsAre({}, LATER_AS)).toEqual(up);
    });
  });

  describe("9.7 change the AS of one node", () => {
    test.each([
      ['\'{"spec": {"bgp": {"asNumber": "64514"}}}\'', ""],
      ['\'{"spec": {"bgp": {“asNumber”: “64514”}}}\'', QUOTES],
    ])(
      "patch -p %s: its sessions turn external at both ends, those between others are not touched; null turns them back",
      async (change, warns) => {
        await patch("node node-1", change, warns);
        await nodesAre({ ...inherited(LATER_AS), "node-1": "64514" });
        const inside = up;
        const outside = await sessionsAre({ "node-1": 64514 }, LATER_AS);
        expect(keptUp(inside, outside)).toEqual(withoutNode1(inside));
        await cluster.torHas(NAMES, {
          ...blocksBy([LATER_AS]),
          [blockOf("node-1")]: [64514],
          [BORDER.network]: [LATER_AS, BORDER.asNumber],
        });
        for (const name of othersThan("node-1")) await cluster.reaches(name, insideOf("node-1"));
        await patch("node node-1", '\'{"spec": {"bgp": {"asNumber": null}}}\'');
        await nodesAre(inherited(LATER_AS));
        up = await sessionsAre({}, LATER_AS);
        expect(keptUp(outside, up)).toEqual(withoutNode1(inside));
        await cluster.kernelsHold((at) => [...viaOthers(at), viaTor, viaBorder]);
      },
      60_000,
    );

    const withoutNode1 = (sessions: UpSince) =>
      [...sessions.keys()].filter((session) => !session.startsWith("node-1 ") && !session.endsWith(` ${ADDRESSES["node-1"]}`));
  });
});
