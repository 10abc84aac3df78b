import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blockAffinity, resource } from "../../src/lab/resource-directory.js";
import { until } from "../../src/lab/until.js";
import { Cluster, type DaemonProcess, PORT, QUICKLY } from "./support.js";

const CLUSTER_ID = "244.0.0.1";
const BLOCK = "10.244.2.0/26";

describe("two clients of a route reflector", () => {
  let cluster: Cluster;
  let reflector: DaemonProcess;
  let clients: readonly DaemonProcess[];

  beforeAll(async () => {
    cluster = new Cluster(
      resource("BGPConfiguration", "default", { listenPort: PORT, nodeToNodeMeshEnabled: false }),
      resource("BGPPeer", "reflector", { nodeSelector: "all()", peerSelector: "name == 'n1'" }),
      blockAffinity("n2", BLOCK),
    );
    cluster.putNode(1, { clusterId: CLUSTER_ID });
    cluster.putNode(2);
    cluster.putNode(3);
    const [first, ...others] = await cluster.startAll(1, 2, 3);
    [reflector, clients] = [first!, others];
    await reflector.established(cluster.address(2), cluster.address(3));
    await until("the block is reflected", () => clients[1]!.hasRoute(BLOCK), QUICKLY);
  });
  afterAll(() => cluster.close());

  test("a client's route reaches the other one with ORIGINATOR_ID and CLUSTER_LIST, its next hop as it was (RFC 4456 §8)", async () => {
    const route = (await clients[1]!.routes()).find(({ prefix }) => prefix === BLOCK);
    expect(route).toMatchObject({
      peer: cluster.address(1),
      attributes: { nextHop: cluster.address(2), originatorId: cluster.address(2), clusterList: [CLUSTER_ID] },
    });
  });

  test("the clients have one session each, and the reflector knows them as clients", async () => {
    for (const client of clients) {
      const { sessions } = await client.status();
      expect(sessions.map(({ address, rrClient }) => ({ address, rrClient }))).toEqual([
        { address: cluster.address(1), rrClient: false },
      ]);
    }
    expect((await reflector.status()).sessions.map(({ rrClient }) => rrClient)).toEqual([true, true]);
  });

  test("a route is not reflected to the client it came from, and explain says so", async () => {
    const { code, stdout } = await reflector.command("explain", BLOCK);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`${cluster.address(2)} \\(.*\\): not sent: it was learned from this peer`));
    expect(stdout).toMatch(new RegExp(`${cluster.address(3)} \\(.*\\): sent: accepted by IPPool pool`));
  });

  test("another client sees who has reflected it: routes -o wide", async () => {
    const { stdout } = await clients[1]!.command("routes", BLOCK, "-o", "wide");
    const [head, row] = stdout.trimEnd().split("\n");
    expect(head).toMatch(/ORIGIN +COMMUNITIES +ORIGINATOR +CLUSTERS +INTERFACE$/);
    expect(row).toMatch(new RegExp(`${cluster.address(2)} +${CLUSTER_ID} +-$`));
  });
});
