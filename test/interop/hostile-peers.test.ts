import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PeregrineNode } from "../../src/lab/peregrine-node.js";
import { blockAffinity, node, resource } from "../../src/lab/resource-directory.js";
import { until } from "../../src/lab/until.js";
import { LoopbackSite } from "./support/loopback.js";
import { Random } from "./support/random.js";
import { announce24s, keepalive, MESSAGE_TYPES, message, open, RawPeer } from "./support/raw-bgp.js";

const CLUSTER_AS = 64512;
const TARGET = 10; // the daemon under attack: its address sorts before every attacker's, so it waits for them to dial
const FRIEND = 11;
/** As many as talks: after a talk that ended badly the daemon wants to hear nothing of that peer for some seconds. */
const ATTACKERS = Array.from({ length: 1_000 }, (_, index) => index);
const AT_ONCE = 25;

const attackerAddress = (site: LoopbackSite, attacker: number) =>
  site.address(1 + (attacker % 250), 200 + Math.floor(attacker / 250));

describe("1,000 random byte streams and 1,000 random orders of valid messages", () => {
  let site: LoopbackSite;
  let target: PeregrineNode;
  let friend: PeregrineNode;
  let since: string;
  const random = new Random(20_260_101);

  beforeAll(async () => {
    site = new LoopbackSite((at) => [
      resource("BGPConfiguration", "default", { listenPort: at.port }),
      node("target", { ipv4: at.address(TARGET) }),
      node("friend", { ipv4: at.address(FRIEND) }),
      blockAffinity("target", "10.244.1.0/26"),
      blockAffinity("friend", "10.244.2.0/26"),
      ...ATTACKERS.map((attacker) => node(`attacker-${attacker}`, { ipv4: attackerAddress(at, attacker) })),
    ]);
    target = await site.node("target", TARGET);
    friend = await site.node("friend", FRIEND);
    await Promise.all([target.start(), friend.start()]);
    await target.waitEstablished(site.address(FRIEND), { deadlineMs: 60_000 });
    since = (await target.session(site.address(FRIEND))).since;
  }, 120_000);
  afterAll(() => site.close());

  test("random bytes end their own connection only", async () => {
    const opened = await attack((peer) => peer.send(random.bytes(1 + random.below(3_000))));
    expect(opened).toBe(ATTACKERS.length);
    await unharmed();
  }, 240_000);

  test("valid messages in a random order end their own connection only", async () => {
    const opened = await attack((peer, address) => {
      const asNumber = random.below(10) === 0 ? 65_000 : CLUSTER_AS;
      if (random.below(4) > 0) peer.send(open({ asNumber, routerId: address }), keepalive());
      for (let count = 1 + random.below(8); count > 0; count -= 1) peer.send(validMessage(address));
    });
    expect(opened).toBe(ATTACKERS.length);
    await unharmed();
  }, 240_000);

  const attack = (talk: (peer: RawPeer, address: string) => void): Promise<number> => attackWith(site, talk);

  const validMessage = (address: string): Buffer => {
    const choices = [
      () => open({ asNumber: CLUSTER_AS, routerId: address, holdTimeSeconds: 3 + random.below(100) }),
      keepalive,
      () => announce24s([[198, 18, random.below(256)]], address, random.below(2) === 0 ? [] : [65_001, 65_002]),
      () => message(MESSAGE_TYPES.update, Buffer.alloc(4)), // End-of-RIB (RFC 4724 §2)
      () => message(MESSAGE_TYPES.update, Buffer.from([0, 4, 24, 198, 18, random.below(256), 0, 0])), // a withdrawal
      () => message(MESSAGE_TYPES.routeRefresh, Buffer.from([0, 1, random.below(3), 1])),
      () => message(MESSAGE_TYPES.notification, Buffer.from([1 + random.below(7), random.below(12)])),
    ];
    return (choices[random.below(choices.length)] as () => Buffer)();
  };

  const unharmed = async () => {
    expect(target.running).toBe(true);
    expect(await target.session(site.address(FRIEND))).toMatchObject({ bgpState: "Established", since, resets: 0 });
    expect([...(await target.routes("ipv4")).keys()]).toContain("10.244.2.0/26");
    expect([...(await friend.routes("ipv4")).keys()]).toContain("10.244.1.0/26");
    await until("what the attackers announced is gone", async () => (await target.routes("ipv4")).size === 2, {
      deadlineMs: 60_000,
    });
  };
});

/** Each attacker talks once, some at a time, on a connection the daemon took up by its OPEN. Returns how many did. */
async function attackWith(site: LoopbackSite, talk: (peer: RawPeer, address: string) => void): Promise<number> {
  const waiting = [...ATTACKERS];
  let talked = 0;
  const line = async () => {
    for (let attacker = waiting.pop(); attacker !== undefined; attacker = waiting.pop()) {
      const address = attackerAddress(site, attacker);
      const patience = { deadlineMs: 60_000, everyMs: 50 };
      const peer = await until(`the daemon talks to ${address}`, () => connectAs(site, address), patience);
      talk(peer, address);
      peer.socket.end();
      await until("the talk has ended", () => peer.closed, { deadlineMs: 10_000, everyMs: 5 });
      talked += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, line));
  return talked;
}

/** A connection on which the daemon has said OPEN; null when it refuses this peer for now. */
async function connectAs(site: LoopbackSite, localAddress: string): Promise<RawPeer | null> {
  const peer = await RawPeer.dial({ host: site.address(TARGET), port: site.port, localAddress });
  if (peer === null) return null;
  await until("the daemon says OPEN or closes", () => peer.has(MESSAGE_TYPES.open) || peer.closed, { everyMs: 5 });
  return peer.has(MESSAGE_TYPES.open) ? peer : null;
}
