import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Bird } from "../../src/lab/bird.js";
import type { Child } from "../../src/lab/child.js";
import { Frr } from "../../src/lab/frr.js";
import { packageRoot } from "../../src/lab/package-root.js";
import type { PeregrineNode } from "../../src/lab/peregrine-node.js";
import { resource } from "../../src/lab/resource-directory.js";
import type { Speaker } from "../../src/lab/speaker.js";
import { until } from "../../src/lab/until.js";
import { corpusDirectory, scenario } from "../setup/require-peer.js";
import { lanAddress, Site } from "./support/site.js";

// One iBGP session of a route reflector of AS 3856: 577,706 prefixes announced, 3 of them withdrawn: 577,703. One UPDATE of
// them, with the four prefixes below, has AS 0 in AS_PATH and must be treated as a withdrawal (RFC 7607 §2).
const RECORDED = { file: join(corpusDirectory(), "mrt/updates.et-header.2015.gz"), asNumber: 3856, prefixes: 577_703 } as const;
const WITH_AS_0 = ["103.225.92.0/24", "103.225.93.0/24", "103.225.94.0/24", "103.225.95.0/24"];
const USABLE = RECORDED.prefixes - WITH_AS_0.length;
const NODE = 11;
const SOURCE = 1;
const BIRD = 2;
const FRR = 3;
const ROUTER_AS_BASE = 4_200_000_000; // the recorded paths hold 16-bit private numbers, and a router refuses its own
const PATIENCE = { deadlineMs: 240_000, everyMs: 1_000 };

scenario("a recorded full table", ["root", "bird", "frr", "corpus"], () => {
  let site: Site;
  let node: PeregrineNode;
  let source: Child;
  const receivers = new Map<number, Speaker>();
  let resetsBefore: readonly number[]; // the table; a collision of connections may have cost a session at the start

  beforeAll(async () => {
    site = await Site.open([SOURCE, BIRD, FRR, NODE]);
    site.addTransitFilter();
    const peer = (octet: number, asNumber: number) =>
      site.resources.put(
        resource("BGPPeer", `peer-${octet}`, {
          peerIP: lanAddress(octet, "ipv4"),
          asNumber,
          ...(octet === SOURCE ? {} : { filters: ["everything"] }),
        }),
      );
    peer(SOURCE, RECORDED.asNumber);
    for (const [octet, make] of [
      [BIRD, Bird],
      [FRR, Frr],
    ] as const) {
      peer(octet, ROUTER_AS_BASE + octet);
      receivers.set(octet, new make(site.host(octet), options(octet)));
    }
    node = site.addNode(NODE, { asNumber: RECORDED.asNumber }, { kernel: "off" });
    await Promise.all([node.start(), ...[...receivers.values()].map((receiver) => receiver.start())]);
    for (const [octet, receiver] of receivers) {
      await node.waitEstablished(lanAddress(octet, "ipv4"), { deadlineMs: 60_000 });
      await receiver.waitEstablished(lanAddress(NODE, "ipv4"), { deadlineMs: 60_000 });
    }
    resetsBefore = await Promise.all([SOURCE, ...receivers.keys()].map(resetsOf));
    const program = join(packageRoot(), "dist/test/interop/support/replay-table.js");
    source = site
      .host(SOURCE)
      .spawn(process.execPath, [
        program,
        RECORDED.file,
        lanAddress(NODE, "ipv4"),
        lanAddress(SOURCE, "ipv4"),
        String(RECORDED.asNumber),
      ]);
  }, 180_000);
  afterAll(() => site.close());

  const options = (octet: number) => ({
    asNumber: ROUTER_AS_BASE + octet,
    routerId: lanAddress(octet, "ipv4"),
    kernel: false,
    neighbors: [
      {
        address: lanAddress(NODE, "ipv4"),
        asNumber: RECORDED.asNumber,
        localAddress: lanAddress(octet, "ipv4"),
        holdTimeSeconds: 240,
      },
    ],
  });

  test("ends with every prefix in the table", async () => {
    await until(
      `we hold ${USABLE} prefixes of the recorded session`,
      async () => {
        source.assertRunning();
        return (await learned()) === USABLE;
      },
      PATIENCE,
    );
    expect((await node.session(lanAddress(SOURCE, "ipv4"))).accepted).toBe(USABLE);
  }, 300_000);

  test("lacks only the prefixes with AS 0 in their path, all of one UPDATE", async () => {
    for (const prefix of WITH_AS_0) expect((await node.command("routes", prefix, "-o", "json")).stdout).toBe("[]\n");
    const { faults } = await node.session(lanAddress(SOURCE, "ipv4"));
    expect(faults["treat-as-withdraw"]).toBe(1);
  });

  test.each([
    ["BIRD", BIRD],
    ["FRR", FRR],
  ])(
    "is passed on whole to %s",
    async (_, octet) => {
      const receiver = receivers.get(octet)!;
      await until(`${receiver.kind} holds them all`, async () => (await receiver.prefixCount("ipv4")) === passedOn(), PATIENCE);
      expect((await node.session(lanAddress(octet, "ipv4"))).advertised).toBe(passedOn());
    },
    300_000,
  );

  test("costs no session, and the daemon still answers", async () => {
    const octets = [SOURCE, ...receivers.keys()];
    for (const octet of octets) expect((await node.session(lanAddress(octet, "ipv4"))).bgpState).toBe("Established");
    expect(await Promise.all(octets.map(resetsOf))).toEqual(resetsBefore);
  });

  const resetsOf = async (octet: number) => (await node.session(lanAddress(octet, "ipv4"))).resets;
  const learned = async () => (await node.session(lanAddress(SOURCE, "ipv4"))).received;
  /** And the node's own block. */
  const passedOn = () => USABLE + 1;
});
