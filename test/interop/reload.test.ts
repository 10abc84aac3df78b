import { afterAll, beforeAll, expect, test } from "vitest";
import type { SessionView } from "../../src/api/views.js";
import { Bird } from "../../src/lab/bird.js";
import type { PeregrineNode } from "../../src/lab/peregrine-node.js";
import { blockAffinity, resource } from "../../src/lab/resource-directory.js";
import { until } from "../../src/lab/until.js";
import { scenario } from "../setup/require-peer.js";
import { withinASecond } from "../setup/within-a-second.js";
import { CLUSTER_AS, lanAddress, nodeName, Site } from "./support/site.js";

const NODE = 11;
const ROUTERS = [1, 2] as const;
const ROUTER_NETWORKS = ["198.51.100.0/24", "203.0.113.0/24"] as const;

scenario("an edit of the resources", ["root", "bird"], () => {
  let site: Site;
  let node: PeregrineNode;
  const routers = new Map<number, Bird>();

  beforeAll(async () => {
    site = await Site.open([...ROUTERS, NODE]);
    for (const octet of ROUTERS) {
      putPeer(octet);
      const address = (of: number) => lanAddress(of, "ipv4");
      routers.set(
        octet,
        new Bird(site.host(octet), {
          asNumber: 65000 + octet,
          routerId: address(octet),
          networks: octet === 1 ? ROUTER_NETWORKS : [],
          neighbors: [{ address: address(NODE), asNumber: CLUSTER_AS, localAddress: address(octet) }],
        }),
      );
    }
    node = site.addNode(NODE);
    await Promise.all([node.start(), ...[...routers.values()].map((router) => router.start())]);
    await node.waitAllEstablished({ deadlineMs: 60_000 });
    await until("the routers' networks are known", async () => (await known()).length === ROUTER_NETWORKS.length);
  }, 120_000);
  afterAll(() => site.close());

  const putPeer = (octet: number, spec: Readonly<Record<string, unknown>> = {}) =>
    site.resources.put(
      resource("BGPPeer", `router-${octet}`, { peerIP: lanAddress(octet, "ipv4"), asNumber: 65000 + octet, ...spec }),
    );
  /** Which of the router's networks the node has. */
  const known = async () => {
    const routes = await node.routes("ipv4");
    return ROUTER_NETWORKS.filter((prefix) => routes.has(prefix));
  };
  const sinceOf = async (octet: number): Promise<Pick<SessionView, "bgpState" | "since">> => {
    const { bgpState, since } = await node.session(lanAddress(octet, "ipv4"));
    return { bgpState, since };
  };
  /** Does the edit, waits a second at most for its effect, and returns the sessions that were reset meanwhile. */
  const edit = async (change: () => void, effect: () => Promise<boolean>): Promise<readonly number[]> => {
    const before = new Map(await Promise.all(ROUTERS.map(async (octet) => [octet, (await sinceOf(octet)).since] as const)));
    change();
    await withinASecond("the edit has its effect", [node.pid], effect);
    const after = await Promise.all(ROUTERS.map(async (octet) => [octet, (await sinceOf(octet)).since] as const));
    return after.filter(([octet, since]) => since !== before.get(octet)).map(([octet]) => octet);
  };

  test("a new block is announced within a second, and its end withdrawn, with no session reset", async () => {
    const heard = async () => (await routers.get(2)!.routes("ipv4")).has("10.244.99.0/26");
    expect(await edit(() => site.resources.put(blockAffinity(nodeName(NODE), "10.244.99.0/26")), heard)).toEqual([]);
    expect(
      await edit(
        () => void node.withdraw("10.244.99.0/26"),
        async () => !(await heard()),
      ),
    ).toEqual([]);
  });

  test("an import filter takes routes away and gives them back without a session reset", async () => {
    const [first, second] = ROUTER_NETWORKS;
    site.resources.put(
      resource("BGPFilter", "no-documentation", { importV4: [{ action: "Reject", matchOperator: "Equal", cidr: first }] }),
    );
    const filtered = () => putPeer(1, { filters: ["no-documentation"] });
    expect(await edit(filtered, async () => (await known()).join() === second)).toEqual([]);
    expect(
      await edit(
        () => putPeer(1),
        async () => (await known()).length === 2,
      ),
    ).toEqual([]);
  });

  test("an export filter sends more, and then withdraws it, without a session reset", async () => {
    site.addTransitFilter();
    const passedOn = async () => (await routers.get(2)!.routes("ipv4")).has(ROUTER_NETWORKS[0]);
    expect(await passedOn()).toBe(false);
    expect(await edit(() => putPeer(2, { filters: ["everything"] }), passedOn)).toEqual([]);
    expect(
      await edit(
        () => putPeer(2),
        async () => !(await passedOn()),
      ),
    ).toEqual([]);
  });

  test("another AS number for one peer resets that session and no other", async () => {
    const down = async () => (await sinceOf(2)).bgpState !== "Established";
    expect(await edit(() => putPeer(2, { asNumber: 65099 }), down)).toEqual([2]);
    putPeer(2);
    await node.waitEstablished(lanAddress(2, "ipv4"), { deadlineMs: 60_000 });
  }, 90_000);

  test("a peer that is removed is gone within a second; the other session does not notice", async () => {
    const before = await sinceOf(1);
    site.resources.remove("BGPPeer", "router-2");
    await withinASecond("the session is gone", [node.pid], async () => (await node.status()).sessions.length === 1);
    expect(await sinceOf(1)).toEqual(before);
  });
});
