import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { Bird } from "../../src/lab/bird.js";
import { Frr } from "../../src/lab/frr.js";
import type { PeregrineNode } from "../../src/lab/peregrine-node.js";
import { resource } from "../../src/lab/resource-directory.js";
import type { FamilyName, Neighbor } from "../../src/lab/speaker.js";
import { until } from "../../src/lab/until.js";
import { scenario } from "../setup/require-peer.js";
import { blockOf, CLUSTER_AS, lanAddress, Site } from "./support/site.js";

const NODE = 11;
const OTHER_SOURCE = "fd00:179::b:b"; // an address of the node that is not its Node's
const LOCAL_AS = 65099;
const PATIENCE = { deadlineMs: 60_000 };
const PASSWORDS = ["first-key", "second-key"] as const;

interface Session {
  readonly field: string;
  readonly family: FamilyName;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly port?: number; // that we dial
  readonly neighbor: Partial<Neighbor>;
}

/** What the sessions with the first router of each kind have, and with the second: one a family. */
const NEAR: readonly Session[] = [
  {
    field: "ttlSecurity where we dial, keepaliveTime, nextHopMode: Keep",
    family: "ipv4",
    spec: { ttlSecurity: 1, keepaliveTime: "1s", nextHopMode: "Keep", filters: ["everything"] },
    neighbor: { ttlSecurityHops: 1, passive: true },
  },
  {
    field: "ttlSecurity where the router dials, localASNumber",
    family: "ipv6",
    spec: { ttlSecurity: 1, localASNumber: LOCAL_AS },
    port: 1179, // nobody listens there
    neighbor: { ttlSecurityHops: 1, asNumber: LOCAL_AS },
  },
];
const FAR: readonly Session[] = [
  {
    field: "password, numAllowedLocalASNumbers",
    family: "ipv4",
    spec: { numAllowedLocalASNumbers: 1, filters: ["everything"] },
    neighbor: { password: PASSWORDS[0], prependAs: CLUSTER_AS },
  },
  {
    field: "sourceAddress: None",
    family: "ipv6",
    spec: { sourceAddress: "None" },
    neighbor: { address: OTHER_SOURCE, passive: true },
  },
];
const ROUTERS = [
  { kind: "FRR", make: Frr, octet: 1, sessions: NEAR },
  { kind: "FRR", make: Frr, octet: 2, sessions: FAR },
  { kind: "BIRD", make: Bird, octet: 3, sessions: NEAR },
  { kind: "BIRD", make: Bird, octet: 4, sessions: FAR },
] as const;
const [NEAR_FRR, FAR_FRR, NEAR_BIRD, FAR_BIRD] = ROUTERS;
const SESSIONS = ROUTERS.flatMap(({ kind, octet, sessions }) =>
  sessions.map((session) => ({ kind, octet, session, field: session.field })),
);

const asOf = (octet: number) => 65000 + octet;
const networkOf = (octet: number) => `198.51.${octet}.0/24`;

scenario("the fields of a BGPPeer, each with FRR and with BIRD", ["root", "frr", "bird"], () => {
  let site: Site;
  let node: PeregrineNode;
  const speakers = new Map<number, Frr | Bird>();

  const putPeer = (octet: number, session: Session, more: Readonly<Record<string, unknown>> = {}) => {
    const { family, spec, port, neighbor } = session;
    const address = lanAddress(octet, family);
    const peerIP = port === undefined ? address : `[${address}]:${port}`;
    const password = neighbor.password && { secretKeyRef: { name: "bgp", key: `router-${octet}` } };
    const all = { peerIP, asNumber: asOf(octet), ...spec, ...(password && { password }), ...more };
    site.resources.put(resource("BGPPeer", `router-${octet}-${family}`, all));
  };
  const passwords: Record<string, string> = {};
  const putPassword = (octet: number, password: string) => {
    passwords[`router-${octet}`] = password;
    const metadata = { name: "bgp", namespace: "kube-system" };
    site.resources.putText("secret.yaml", stringify({ apiVersion: "v1", kind: "Secret", metadata, stringData: passwords }));
  };
  const startRouter = async ({ make, octet, sessions }: (typeof ROUTERS)[number]) => {
    for (const session of sessions) putPeer(octet, session);
    const speaker = new make(site.host(octet), {
      asNumber: asOf(octet),
      routerId: lanAddress(octet, "ipv4"),
      networks: [networkOf(octet)],
      neighbors: sessions.map(({ family, neighbor }) => ({
        address: lanAddress(NODE, family),
        asNumber: CLUSTER_AS,
        localAddress: lanAddress(octet, family),
        ...neighbor,
      })),
    });
    speakers.set(octet, speaker);
    await speaker.start();
  };
  const routesOf = (octet: number) => speakers.get(octet)!.routes("ipv4");
  const history = async () =>
    (await node.status()).sessions.map(({ name, state, since, resets }) => ({ name, state, since, resets }));
  /** Segments that the node's kernel has dropped as they came from too far. */
  const droppedForTtl = async () => {
    const counters = await site.host(NODE).mustRun("nstat", ["-asz", "TcpExtTCPMinTTLDrop"]);
    return Number(/TCPMinTTLDrop\s+(\d+)/.exec(counters)?.[1]);
  };

  beforeAll(async () => {
    site = await Site.open([NODE, ...ROUTERS.map(({ octet }) => octet)]);
    site.addTransitFilter();
    for (const { octet } of [FAR_FRR, FAR_BIRD]) putPassword(octet, PASSWORDS[0]);
    const host = site.host(NODE);
    await host.ip("address", "add", `${OTHER_SOURCE}/64`, "dev", "eth0", "nodad");
    for (const { octet } of [FAR_FRR, FAR_BIRD]) {
      await host.ip("route", "add", `${lanAddress(octet, "ipv6")}/128`, "dev", "eth0", "src", OTHER_SOURCE);
    }
    node = site.addNode(NODE);
    await Promise.all([node.start(), ...ROUTERS.map(startRouter)]);
  }, 90_000);
  afterAll(() => site.close());

  test.each(SESSIONS)(
    "$kind $octet: $field: Established",
    async ({ octet, session: { family, neighbor } }) => {
      await node.waitEstablished(lanAddress(octet, family), PATIENCE);
      await speakers.get(octet)!.waitEstablished(neighbor.address ?? lanAddress(NODE, family), PATIENCE);
    },
    90_000,
  );

  test.each([NEAR_FRR, NEAR_BIRD])(
    "$kind: nextHopMode: Keep tells the router the next hop as it was learned",
    async ({ octet }) => {
      const other = octet === NEAR_FRR.octet ? FAR_BIRD.octet : FAR_FRR.octet;
      const route = await until("the network of another router", async () => (await routesOf(octet)).get(networkOf(other)));
      expect(route.nextHop).toBe(lanAddress(other, "ipv4"));
    },
  );

  test.each([FAR_FRR, FAR_BIRD])("$kind: without it the node is the next hop", async ({ octet }) => {
    const other = octet === FAR_FRR.octet ? NEAR_BIRD.octet : NEAR_FRR.octet;
    const route = await until("the network of another router", async () => (await routesOf(octet)).get(networkOf(other)));
    expect(route).toEqual({ nextHop: lanAddress(NODE, "ipv4"), asPath: [CLUSTER_AS, asOf(other)] });
  });

  test.each([NEAR_FRR, NEAR_BIRD])("$kind: localASNumber is the AS that the router sees", async ({ octet }) => {
    const block = blockOf(NODE, "ipv6");
    const route = await until("the node's block", async () => (await speakers.get(octet)!.routes("ipv6")).get(block));
    expect(route).toEqual({ nextHop: lanAddress(NODE, "ipv6"), asPath: [LOCAL_AS] });
  });

  test("FRR: keepaliveTime: a KEEPALIVE comes every second, not every thirty", async () => {
    const peer = lanAddress(NODE, "ipv4");
    const received = async () => {
      const neighbors = JSON.parse(await (speakers.get(NEAR_FRR.octet) as Frr).show(`bgp neighbors ${peer} json`));
      return neighbors[peer].messageStats.keepalivesRecv as number;
    };
    const before = await received();
    await until("five more", async () => (await received()) >= before + 5, { deadlineMs: 15_000 });
  });

  /** BIRD starts its hold timer at random values (RFC 4271 §10): only what comes from us lets it rise. */
  test("BIRD: keepaliveTime: the hold timer starts again and again", async () => {
    const protocol = `peer_${lanAddress(NODE, "ipv4").replaceAll(".", "_")}`;
    const holdTimer = async () => {
      const shown = await (speakers.get(NEAR_BIRD.octet) as Bird).show(`protocols all ${protocol}`);
      return Number(/Hold timer:\s+([\d.]+)\/90/.exec(shown)?.[1]);
    };
    let last = await holdTimer();
    let rises = 0;
    const threeRises = async () => {
      const now = await holdTimer();
      if (now > last) rises++;
      last = now;
      return rises === 3;
    };
    await until("three rises, where keepalives every thirty seconds would make one", threeRises, { deadlineMs: 25_000 });
  }, 30_000);

  test.each([FAR_FRR, FAR_BIRD])(
    "$kind: numAllowedLocalASNumbers lets in what has our AS in its path, and is taken back live",
    async ({ octet, sessions }) => {
      const accepted = async () => (await node.routes("ipv4")).get(networkOf(octet));
      const route = await until("the network is accepted", accepted);
      expect(route.asPath.filter((asNumber) => asNumber === CLUSTER_AS)).toHaveLength(1);
      const before = await history();
      putPeer(octet, sessions[0]!, { numAllowedLocalASNumbers: 0 });
      await until("it is refused", async () => (await accepted()) === undefined);
      putPeer(octet, sessions[0]!);
      await until("it is accepted again", accepted);
      expect(await history()).toEqual(before);
    },
  );

  test("listenPort and bindMode move the listeners, and no session notices", async () => {
    const listens = async (...places: readonly string[]) => {
      await until(
        `listens on ${places}`,
        async () => [...(await node.status()).listen].sort().join() === [...places].sort().join(),
      );
      const sockets = await site.host(NODE).mustRun("ss", ["-Hltn"]);
      for (const place of places) expect(sockets).toContain(` ${place} `);
    };
    const before = await history();
    await listens("0.0.0.0:179", "[::]:179");
    site.resources.put(resource("BGPConfiguration", "default", { listenPort: 1790 }));
    await listens("0.0.0.0:1790", "[::]:1790");
    site.resources.put(resource("BGPConfiguration", "default", { listenPort: 1790, bindMode: "NodeIP" }));
    await listens(`${lanAddress(NODE, "ipv4")}:1790`, `[${lanAddress(NODE, "ipv6")}]:1790`);
    site.resources.put(resource("BGPConfiguration", "default", {}));
    await listens("0.0.0.0:179", "[::]:179");
    expect(await history()).toEqual(before);
  });

  /** Both end the session when their key changes, and say so with the old one, which our kernel drops. */
  test.each([FAR_FRR, FAR_BIRD])(
    "$kind: a password that changes here and then there: the session is back in seconds, not after the hold time",
    async ({ octet }) => {
      const address = lanAddress(octet, "ipv4");
      const before = await node.session(address);
      putPassword(octet, PASSWORDS[1]);
      const rekeyed = new RegExp(`session-live: ${before.name}: password `);
      await until("the node has the new password", () => rekeyed.test(node.logTail(10_000)));
      expect(await node.session(address)).toMatchObject({ state: "up", since: before.since });
      await speakers.get(octet)!.setPassword(lanAddress(NODE, "ipv4"), PASSWORDS[1]);
      await until("the session is back", async () => {
        const { state, since } = await node.session(address);
        return state === "up" && since !== before.since;
      });
    },
    90_000,
  );

  test.each([FAR_FRR, FAR_BIRD])(
    "$kind: ttlSecurity on one end alone keeps the session down: the kernel drops what comes from too far",
    async ({ octet, sessions }) => {
      const address = lanAddress(octet, "ipv4");
      const isUp = async () => (await node.session(address)).bgpState === "Established";
      putPeer(octet, sessions[0]!, { ttlSecurity: 1 });
      await until("the session has ended", async () => !(await isUp()));
      const before = await droppedForTtl();
      await until("segments are dropped", async () => (await droppedForTtl()) > before, PATIENCE);
      expect(await isUp()).toBe(false);
      putPeer(octet, sessions[0]!);
      await node.waitEstablished(address, PATIENCE);
    },
    90_000,
  );
});
