import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SessionView } from "../../src/api/views.js";
import { blockAffinity, blockName, resource } from "../../src/lab/resource-directory.js";
import { until } from "../../src/lab/until.js";
import { withinASecond } from "../setup/within-a-second.js";
import { Cluster, type DaemonProcess, fetchText, QUICKLY } from "./support.js";

const BLOCKS = ["10.244.2.0/26", "10.244.3.0/26"] as const;

/** n1 has a BGPPeer for each of n2 and n3; all tests edit what n1 reads. */
describe("an edit of the resources", () => {
  let cluster: Cluster;
  let daemon: DaemonProcess;
  let others: readonly [DaemonProcess, DaemonProcess];
  let api: string;

  const history = async (host: number): Promise<Pick<SessionView, "since" | "resets" | "state">> => {
    const { since, resets, state } = await daemon.session(cluster.address(host));
    return { since, resets, state };
  };

  const within = (what: string, question: () => Promise<boolean>) =>
    withinASecond(what, [daemon.pid, ...others.map(({ pid }) => pid)], question);

  beforeAll(async () => {
    cluster = new Cluster(blockAffinity("n2", BLOCKS[0]), blockAffinity("n3", BLOCKS[1]));
    cluster.putNode(1);
    for (const host of [2, 3]) {
      cluster.putPeer(host);
      cluster.putNode(host, { asNumber: 65000 + host });
    }
    api = `${cluster.address(1)}:9179`;
    // One after the other, so that no two dial each other; the others read a copy, which no edit touches.
    const copy = cluster.copyResources();
    daemon = await cluster.start(1, "--api", api);
    others = [await cluster.startApart(2, copy), await cluster.startApart(3, copy)];
    await daemon.established(cluster.address(2), cluster.address(3));
    await until("both blocks", async () => (await daemon.routes()).length === 2, QUICKLY);
  });
  afterAll(() => cluster.close());

  test("a new block is announced within a second and withdrawn within a second, and no session is reset", async () => {
    const before = await Promise.all([history(2), history(3)]);
    cluster.resources.put(blockAffinity("n1", "10.244.9.0/26"));
    await within("n2 has it", () => others[0].hasRoute("10.244.9.0/26"));
    cluster.resources.remove("BlockAffinity", blockName("n1", "10.244.9.0/26"));
    await within("n2 has it no more", async () => !(await others[0].hasRoute("10.244.9.0/26")));
    expect(await Promise.all([history(2), history(3)])).toEqual(before);
  });

  test("import filters come, change in nothing but a CIDR, and go, each in effect within a second, without a reset", async () => {
    const before = await Promise.all([history(2), history(3)]);
    const putFilter = (cidr: string) =>
      cluster.resources.put(resource("BGPFilter", "one", { importV4: [{ action: "Reject", matchOperator: "In", cidr }] }));
    const via2 = async () =>
      (await daemon.routes(`in=${cluster.address(2)}`)).filter(({ accepted }) => accepted).map(({ prefix }) => prefix);
    const settles = (prefixes: readonly string[]) =>
      within(`n1 takes ${prefixes} from n2`, async () => (await via2()).sort().join() === [...prefixes].sort().join());
    await until("n2 has sent both", async () => (await via2()).length === 2, QUICKLY);

    putFilter(BLOCKS[0]);
    cluster.putPeer(2, { filters: ["one"] });
    await settles([BLOCKS[1]]);
    putFilter(BLOCKS[1]);
    await settles([BLOCKS[0]]);
    cluster.putPeer(2);
    await settles(BLOCKS);
    expect(await Promise.all([history(2), history(3)])).toEqual(before);
  });

  test("export filters withdraw, and send again, within a second and without a reset", async () => {
    const before = await Promise.all([history(2), history(3)]);
    const exportV4 = [{ action: "Reject", matchOperator: "In", cidr: BLOCKS[1] }];
    cluster.resources.put(resource("BGPFilter", "two", { exportV4 }));
    const tells = async () => {
      const { advertised } = await daemon.session(cluster.address(2));
      return advertised;
    };
    const full = 2; // with ADD-PATH: n3's block, and n2's own as n3 tells it
    await until("all is told to n2", async () => (await tells()) === full, QUICKLY);
    cluster.putPeer(2, { filters: ["two"] });
    await within("one less is told to n2", async () => (await tells()) === full - 1);
    cluster.putPeer(2);
    await within("all is told to n2", async () => (await tells()) === full);
    expect(await Promise.all([history(2), history(3)])).toEqual(before);
  });

  test("another AS number for one peer ends that session within a second, tells it why, and leaves the other alone", async () => {
    const before = await history(3);
    cluster.putPeer(2, { asNumber: 65099 });
    await within("the session is down", async () => (await history(2)).state !== "up");
    const own = cluster.address(1);
    const why = /Received: Other configuration change|Bad peer AS/;
    await within("n2 knows why", async () => why.test((await others[0].session(own)).info));
    await until("n1 says why", async () => /Bad peer AS/.test((await daemon.session(cluster.address(2))).info), QUICKLY);
    cluster.putPeer(2);
    await daemon.established(cluster.address(2));
    expect(await history(3)).toEqual(before);
  }, 40_000);

  test("a broken edit keeps what was in force, and status, metrics and log say so until it is mended", async () => {
    const before = await Promise.all([history(2), history(3)]);
    cluster.resources.putText(
      "broken.yaml",
      "apiVersion: projectcalico.org/v3\nkind: BGPPeer\nmetadata:\n  name: x\nspec:\n  peerIpp: 1\n",
    );
    await within("it is refused", async () => (await daemon.status()).resources.state === "refused");
    const { resources } = await daemon.status();
    expect(resources.faults[0]).toMatchObject({ severity: "error", file: expect.stringMatching(/broken\.yaml$/), line: 6 });
    const [status, metrics] = await Promise.all([daemon.command("status"), fetchText(`http://${api}/metrics`)]);
    expect(status.stdout).toContain("WARNING: the resources in ");
    expect(status.stdout).toContain("broken.yaml:6:3: BGPPeer x: spec.peerIpp: unknown field");
    expect(metrics.body).toContain("\nperegrine_resources_refused 1\n");
    expect(daemon.log).toContain("the resources on disk are refused; the last good set stays in force");
    expect(await Promise.all([history(2), history(3)])).toEqual(before);

    cluster.resources.putText("broken.yaml", "");
    await within("it is accepted", async () => (await daemon.status()).resources.state === "accepted");
    expect((await fetchText(`http://${api}/metrics`)).body).toContain("\nperegrine_resources_refused 0\n");
    expect(await Promise.all([history(2), history(3)])).toEqual(before);
  });

  test("a peer that is removed hears so and is gone within a second, its routes with it", async () => {
    const before = await history(2);
    cluster.resources.remove("BGPPeer", "to-n3");
    cluster.resources.remove("Node", "n3"); // else the mesh would take the BGPPeer's place
    await within("gone", async () => (await daemon.status()).sessions.length === 1);
    const said = async () => (await others[1].session(cluster.address(1))).info;
    await within("n3 knows why", async () => (await said()).includes("Received: Peer de-configured"));
    expect(await history(2)).toEqual(before);
  });
});
