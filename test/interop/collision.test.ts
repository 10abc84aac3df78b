import { createServer, type Server } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { node, resource } from "../../src/lab/resource-directory.js";
import { until } from "../../src/lab/until.js";
import { LoopbackSite } from "./support/loopback.js";
import { keepalive, MESSAGE_TYPES, open, RawPeer } from "./support/raw-bgp.js";

const CEASE = 6;
const COLLISION_RESOLUTION = 7;
const NODE = 50;
const PEER = 60;
const PEER_AS = 65001;

/**
 * RFC 4271 §6.8, seen from a peer whose two connections have both said OPEN: the one opened by the speaker with the
 * higher BGP Identifier lives, the other is closed with Cease/Connection Collision Resolution.
 */
describe("two connections with one peer (RFC 4271 §6.8)", () => {
  let site: LoopbackSite;
  let server: Server;
  afterEach(async () => {
    server.close();
    await site.close();
  });

  test.each([
    { rank: "higher", routerId: "250.0.0.1", winner: "the peer's" },
    { rank: "lower", routerId: "1.0.0.1", winner: "ours" },
  ])(
    "the peer has the $rank BGP Identifier: the connection that lives is $winner",
    async ({ routerId, winner }) => {
      site = new LoopbackSite((at) => [
        node("node", { ipv4: at.address(NODE), asNumber: 64512 }),
        resource("BGPPeer", "peer", { peerIP: `${at.address(PEER)}:${at.port}`, asNumber: PEER_AS }),
      ]);
      const dialled = nextConnection();
      const daemon = await site.node("node", NODE);
      await daemon.start();
      const ours = await dialled; // the connection the daemon opened
      await until("the daemon has said OPEN on its connection", () => ours.has(MESSAGE_TYPES.open));
      const theirs = (await until("the daemon accepts ours", () =>
        RawPeer.dial({ host: site.address(NODE), port: site.port, localAddress: site.address(PEER) }),
      )) as RawPeer;
      await until("the daemon has said OPEN on both, or has decided", () => theirs.has(MESSAGE_TYPES.open) || theirs.closed);
      const message = open({ asNumber: PEER_AS, routerId });
      ours.send(message);
      theirs.send(message);
      const [alive, dead] = winner === "ours" ? [ours, theirs] : [theirs, ours];
      const cease = await until("one is closed with a NOTIFICATION", () =>
        dead.heard.find(({ type }) => type === MESSAGE_TYPES.notification),
      );
      expect([...cease.body.subarray(0, 2)]).toEqual([CEASE, COLLISION_RESOLUTION]);
      await until("the other is confirmed", () => alive.has(MESSAGE_TYPES.keepalive));
      alive.send(keepalive());
      await daemon.waitEstablished(site.address(PEER));
      expect(alive.closed).toBe(false);
    },
    60_000,
  );

  /** Listens as the peer; resolves with the first connection. */
  const nextConnection = (): Promise<RawPeer> =>
    new Promise((resolve) => {
      server = createServer((socket) => resolve(new RawPeer(socket)));
      server.listen(site.port, site.address(PEER));
    });
});
