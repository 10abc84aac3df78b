import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blockAffinity, blockName, resource } from "../../src/lab/resource-directory.js";
import { until } from "../../src/lab/until.js";
import { Cluster, type DaemonProcess, PORT, QUICKLY } from "./support.js";

const BLOCK = "10.244.1.0/26";

/** n1 and n2 have the default AS number, n3 and n4 have their own: a mesh of iBGP and eBGP. What happens is read at n1, n2 and n3. */
describe("the changes of reference 8.3, as peers see them", () => {
  let cluster: Cluster;
  let daemons: readonly DaemonProcess[];

  const daemon = (host: number) => daemons[host - 1]!;
  const putPool = (spec: object = {}) => cluster.resources.put(resource("IPPool", "pool", { cidr: "10.244.0.0/16", ...spec }));
  const putBlock = (state: string) =>
    cluster.resources.put(resource("BlockAffinity", blockName("n1", BLOCK), { cidr: BLOCK, node: "n1", state }));
  const between = async (host: number, other: number) => {
    const { since, resets, state, asNumber, localAsNumber } = await daemon(host).session(cluster.address(other));
    return { since, resets, state, asNumber, localAsNumber };
  };
  const ofAll = () => Promise.all([between(1, 2), between(1, 3), between(2, 3), between(3, 4)]);
  const hasBlock = async () => [await daemon(2).hasRoute(BLOCK), await daemon(3).hasRoute(BLOCK)];

  beforeAll(async () => {
    cluster = new Cluster(blockAffinity("n2", "10.244.2.0/26"));
    putBlock("pending");
    for (const host of [1, 2]) cluster.putNode(host);
    for (const host of [3, 4]) cluster.putNode(host, { asNumber: 65000 + host });
    daemons = await cluster.startAll(1, 2, 3, 4);
    for (const host of [1, 2, 3]) {
      const others = [1, 2, 3, 4].filter((other) => other !== host);
      await daemon(host).established(...others.map((other) => cluster.address(other)));
    }
  }, 40_000);
  afterAll(() => cluster.close());

  test("C10: a block is announced once its affinity is confirmed, not before, with no reset", async () => {
    const before = await ofAll();
    await until("n1 has what n2 announces", () => daemon(1).hasRoute("10.244.2.0/26"), QUICKLY);
    expect(await hasBlock()).toEqual([false, false]);
    putBlock("confirmed");
    await until("n2 and n3 have it", async () => (await hasBlock()).every(Boolean), QUICKLY);
    expect(await ofAll()).toEqual(before);
  });

  test("C11: what lies in a pool that is no longer exported is withdrawn from every peer, and comes back, with no reset", async () => {
    const before = await ofAll();
    putPool({ disableBGPExport: true });
    await until("neither has it", async () => !(await hasBlock()).some(Boolean), QUICKLY);
    putPool();
    await until("both have it", async () => (await hasBlock()).every(Boolean), QUICKLY);
    expect(await ofAll()).toEqual(before);
  });

  test("C3: another default AS number opens the sessions of its nodes anew, and leaves alone those between nodes of their own", async () => {
    const [, , , apart] = await ofAll();
    cluster.resources.put(resource("BGPConfiguration", "default", { listenPort: PORT, asNumber: 64999 }));
    const isNew = ({ state, ...session }: Awaited<ReturnType<typeof between>>, remote: number, local: number) =>
      state === "up" && session.asNumber === remote && session.localAsNumber === local;
    await until(
      "all are up with the new number",
      async () => {
        const [within, outward, other] = await ofAll();
        return isNew(within, 64999, 64999) && isNew(outward, 65003, 64999) && isNew(other, 65003, 64999);
      },
      { ...QUICKLY, deadlineMs: 30_000 },
    );
    expect((await ofAll())[3]).toEqual(apart);
    await until("routes are back", async () => (await hasBlock()).every(Boolean), QUICKLY);
  }, 60_000);
});
