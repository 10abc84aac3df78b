import { afterAll, beforeAll, expect, test } from "vitest";
import { Bird } from "../../src/lab/bird.js";
import { Frr } from "../../src/lab/frr.js";
import { GoBgp } from "../../src/lab/gobgp.js";
import { Network } from "../../src/lab/network.js";
import type { FamilyName, Neighbor, Speaker } from "../../src/lab/speaker.js";
import { until } from "../../src/lab/until.js";
import { scenario } from "../setup/require-peer.js";

const HOSTS = { frr: 1, bird: 2, gobgp: 3 } as const;
type Name = keyof typeof HOSTS;

const NAMES = Object.keys(HOSTS) as Name[];
const addressOf = (name: Name, family: FamilyName) => (family === "ipv4" ? `10.9.0.${HOSTS[name]}` : `fd00:9::${HOSTS[name]}`);
const asNumberOf = (name: Name) => 65000 + HOSTS[name];
const networksOf = (name: Name) => [`198.51.${HOSTS[name]}.0/24`, `2001:db8:${HOSTS[name]}::/48`];

scenario("the lab's speakers understand each other", ["root", "frr", "bird", "gobgp"], () => {
  const speakers = new Map<Name, Speaker>();
  let network: Network;

  beforeAll(async () => {
    network = new Network();
    const makers = { frr: Frr, bird: Bird, gobgp: GoBgp };
    const ends = await Promise.all(
      NAMES.map(async (name) => ({
        host: await network.host(name),
        interface: "eth0",
        addresses: [`${addressOf(name, "ipv4")}/24`, `${addressOf(name, "ipv6")}/64`],
      })),
    );
    await network.lan("lan", ends);
    for (const [index, name] of NAMES.entries()) {
      speakers.set(name, new makers[name](ends[index]!.host, { ...options(name) }));
    }
    await Promise.all([...speakers.values()].map((speaker) => speaker.start()));
  });
  afterAll(() => network.close());

  const options = (name: Name) => ({
    asNumber: asNumberOf(name),
    routerId: addressOf(name, "ipv4"),
    networks: networksOf(name),
    neighbors: NAMES.filter((other) => other !== name).flatMap((other) => [
      neighbor(name, other, "ipv4"),
      neighbor(name, other, "ipv6"),
    ]),
  });
  const neighbor = (name: Name, other: Name, family: FamilyName): Neighbor => ({
    address: addressOf(other, family),
    asNumber: asNumberOf(other),
    localAddress: addressOf(name, family),
    holdTimeSeconds: 6,
  });
  const has = (speaker: Speaker, prefix: string, family: FamilyName) =>
    until(`${speaker.kind} has ${prefix}`, async () => (await speaker.routes(family)).get(prefix));

  test.each(NAMES)(
    "%s has both sessions with each other one Established",
    async (name) => {
      for (const other of NAMES.filter((each) => each !== name)) {
        await speakers.get(name)!.waitEstablished(addressOf(other, "ipv4"));
        await speakers.get(name)!.waitEstablished(addressOf(other, "ipv6"));
      }
    },
    60_000,
  );

  test.each(NAMES)(
    "%s learns every network, with its next hop and AS path",
    async (name) => {
      for (const other of NAMES.filter((each) => each !== name)) {
        const [v4, v6] = networksOf(other) as [string, string];
        expect(await has(speakers.get(name)!, v4, "ipv4")).toEqual({
          nextHop: addressOf(other, "ipv4"),
          asPath: [asNumberOf(other)],
        });
        expect(await has(speakers.get(name)!, v6, "ipv6")).toEqual({
          nextHop: addressOf(other, "ipv6"),
          asPath: [asNumberOf(other)],
        });
      }
      expect(await speakers.get(name)!.prefixCount("ipv4")).toBe(3);
      expect(await speakers.get(name)!.prefixCount("ipv6")).toBe(3);
    },
    60_000,
  );

  test.each(NAMES)(
    "what %s announces and withdraws, the others gain and lose",
    async (name) => {
      const others = NAMES.filter((each) => each !== name).map((each) => speakers.get(each)!);
      for (const [prefix, family] of [
        ["203.0.113.0/24", "ipv4"],
        ["2001:db8:ff::/48", "ipv6"],
      ] as const) {
        await speakers.get(name)!.announce(prefix);
        for (const other of others) await has(other, prefix, family);
        await speakers.get(name)!.withdraw(prefix);
        for (const other of others) {
          await until(`${other.kind} lost ${prefix}`, async () => !(await other.routes(family)).has(prefix));
        }
      }
    },
    60_000,
  );

  test("a paused speaker is given up after the hold time, and taken back", async () => {
    const address = addressOf("bird", "ipv4");
    speakers.get("bird")!.pause();
    await until("FRR gives BIRD up", async () => (await speakers.get("frr")!.sessionState(address)) !== "Established");
    speakers.get("bird")!.resume();
    await speakers.get("frr")!.waitEstablished(address);
  }, 60_000);
});
