import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GenerationView, PreviewView } from "../../src/api/views.js";
import { blockAffinity, resource } from "../../src/lab/resource-directory.js";
import { until } from "../../src/lab/until.js";
import { Cluster, type CommandResult, commandLine, type DaemonProcess, QUICKLY } from "./support.js";

/** n1 has a BGPPeer for each of n2 and n3, which announce a block each; n1's resources are changed. */
describe("a change of n1's resources", () => {
  let cluster: Cluster;
  let daemon: DaemonProcess;

  const where = () => ["--control", cluster.control(1), "--state", cluster.state(1)];
  const files = () => {
    const { path } = cluster.resources;
    return Object.fromEntries(readdirSync(path).map((name) => [name, readFileSync(join(path, name), "utf8")]));
  };
  const succeeds = async (result: Promise<CommandResult>): Promise<string> => {
    const { code, stdout, stderr } = await result;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    return stdout;
  };
  const generation = async () => (await daemon.status()).resources.generation;
  const inForce = async (number: number) => until(`generation ${number}`, async () => (await generation()) === number);

  /** Begins a candidate and patches one of its BGPPeers. */
  const candidate = async (name: string, spec: object): Promise<void> => {
    const line = await succeeds(commandLine(["edit", "--resources", cluster.resources.path, "--state", cluster.state(1)]));
    const directory = /^export PEREGRINE_RESOURCES=(\S+)\n$/.exec(line)![1]!;
    await succeeds(commandLine(["patch", "bgppeer", name, "-p", JSON.stringify({ spec }), "--resources", directory]));
  };
  const commit = (...words: readonly string[]) => commandLine(["commit", ...where(), ...words]);

  beforeAll(async () => {
    cluster = new Cluster(blockAffinity("n2", "10.244.2.0/26"), blockAffinity("n3", "10.244.3.0/26"));
    cluster.putNode(1);
    for (const host of [2, 3]) {
      cluster.putPeer(host);
      cluster.putNode(host, { asNumber: 65000 + host });
    }
    // The others read a copy, which no change touches.
    const copy = cluster.copyResources();
    daemon = await cluster.start(1);
    for (const host of [2, 3]) await cluster.startApart(host, copy);
    await daemon.established(cluster.address(2), cluster.address(3));
    for (const host of [2, 3])
      await until("both blocks by both", async () => (await daemon.session(cluster.address(host))).received === 2, QUICKLY);
    await inForce(1);
  }, 60_000);
  afterAll(() => cluster.close());

  test("is edited apart, compared, and committed as one generation", async () => {
    const before = files();
    await candidate("to-n2", { numAllowedLocalASNumbers: 1 });
    expect(files()).toEqual(before);
    const compared = await succeeds(commandLine(["compare", ...where()]));
    expect(compared).toContain("+++ BGPPeer to-n2 (candidate)\n@@ ");
    expect(compared).toContain("\n+  numAllowedLocalASNumbers: 1\n");
    expect(compared).toMatch(
      /\nNode n1 would do:\n {2}session-live: .*allowOwnAs 0 → 1 \(import: what the peer sent is kept\)\n/,
    );
    expect(await succeeds(commit())).toBe("Generation 2 is in force.\n");
    expect((await commit()).stderr).toContain("There is no candidate in ");
    const diff = await succeeds(commandLine(["diff", "1", "2", "--state", cluster.state(1)]));
    expect(diff).toMatch(/^--- BGPPeer to-n2 \(generation 1\)\n\+\+\+ BGPPeer to-n2 \(generation 2\)\n@@ /);
  });

  test("is shown with its effect on the routes there are, by plan --running, and nothing is changed", async () => {
    const next = join(cluster.directory, "next");
    mkdirSync(next);
    for (const [name, text] of Object.entries(files())) writeFileSync(join(next, name), text);
    const filter = resource("BGPFilter", "none", {
      importV4: [{ action: "Reject", matchOperator: "In", cidr: "10.244.2.0/24" }],
    });
    writeFileSync(join(next, "filter.json"), JSON.stringify(filter));
    const peer = JSON.parse(files()["bgppeer-to-n2.json"]!) as { spec: object };
    writeFileSync(join(next, "bgppeer-to-n2.json"), JSON.stringify({ ...peer, spec: { ...peer.spec, filters: ["none"] } }));
    const words = ["plan", "--running", "--resources", next, "--control", cluster.control(1)];
    const preview = JSON.parse(await succeeds(commandLine([...words, "-o", "json"]))) as PreviewView;
    expect(preview).toMatchObject({
      node: "n1",
      steps: [expect.stringMatching(/^session-live: .*importPolicy/)],
      dangers: [],
      sessions: [
        {
          peer: cluster.address(2),
          fate: "changed",
          accepted: { before: 2, after: 1, gained: 0, lost: 1, examples: [{ prefix: "10.244.2.0/26", change: "lost" }] },
          advertised: { before: 2, after: 2, gained: 0, lost: 0 }, // with ADD-PATH: both paths that n3 tells
        },
        {
          peer: cluster.address(3),
          fate: "stays",
          accepted: { before: 2, after: 2 },
          advertised: { before: 2, after: 1, lost: 1 },
        },
      ],
    });
    expect(await succeeds(commandLine(words))).toContain("accepted: -10.244.2.0/26");
    expect((await daemon.routes()).map(({ prefix }) => prefix).sort()).toEqual(["10.244.2.0/26", "10.244.3.0/26"]);
    expect(await generation()).toBe(2);
  });

  test("that would end every session, or the way to the operator, needs --force and says so", async () => {
    await candidate("to-n2", { asNumber: 65099 });
    process.env["SSH_CONNECTION"] = `${cluster.address(2)} 50000 ${cluster.address(1)} 22`;
    const refused = await commit().finally(() => delete process.env["SSH_CONNECTION"]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^This change is dangerous:\n {2}the session \S+ is with the address that you come from\n/);
    expect(refused.stderr).toMatch(/\nNothing was changed\. --force makes it all the same\.\n$/);
    const candidates = join(cluster.state(1), "candidate", "resources");
    await succeeds(commandLine(["patch", "bgppeer", "to-n3", "-p", '{"spec":{"asNumber":65098}}', "--resources", candidates]));
    expect((await commit()).stderr).toContain("\n  every session goes down: 2 reset, 0 removed\n");
    expect(await succeeds(commandLine(["discard", "--state", cluster.state(1)]))).toMatch(/^The candidate is gone\./);
    expect(await generation()).toBe(2);
  });

  test("on trial goes back by itself when it is not confirmed: plan, files and all", async () => {
    const before = files();
    await candidate("to-n2", { numAllowedLocalASNumbers: 2 });
    expect(await succeeds(commit("--confirm", "8"))).toMatch(
      /^Generation 3 is in force\.\nIt is on trial: "peregrine confirm" by \S+, or generation 2 comes back\.\n$/,
    );
    expect((await daemon.command("status")).stdout).toContain("\nWARNING: a change is on trial: generation 2 comes back at ");
    await inForce(4);
    await until("the files are back", () => JSON.stringify(files()) === JSON.stringify(before), QUICKLY);
    await until("they are followed", async () => (await daemon.status()).resources.state === "accepted", QUICKLY);
    expect((await daemon.status()).resources).toMatchObject({ generation: 4, trial: null });
    expect(daemon.log).toContain("the change goes back: it was not confirmed in time");
    expect((await commandLine(["confirm", "--control", cluster.control(1)])).stderr).toBe("no change waits to be confirmed\n");
  });

  test("on trial stays when it is confirmed", async () => {
    await candidate("to-n2", { numAllowedLocalASNumbers: 2 });
    await succeeds(commit("--confirm", "60"));
    expect(await succeeds(commandLine(["confirm", "--control", cluster.control(1)]))).toBe("Confirmed: the change stays.\n");
    expect((await daemon.status()).resources).toMatchObject({ generation: 5, trial: null });
  });

  test("on trial goes back although it was confirmed, when a session that was up before stays down", async () => {
    await candidate("to-n2", { asNumber: 65099 });
    await succeeds(commit("--confirm", "8"));
    await until("it is down", async () => (await daemon.session(cluster.address(2))).state !== "up", QUICKLY);
    const said = await succeeds(commandLine(["confirm", "--control", cluster.control(1)]));
    expect(said).toContain(`sessions that were up before the change are down: ${cluster.address(2)}.\n`);
    await inForce(7);
    await until("the files are back", () => files()["bgppeer-to-n2.json"]!.includes("65002"), QUICKLY);
    expect(daemon.log).toContain(`the change goes back: sessions that were up before are down: ${cluster.address(2)}`);
    await daemon.established(cluster.address(2));
  });

  test("on trial goes back although the daemon was killed meanwhile: at once where the time is up, and in time where not", async () => {
    const before = files();
    for (const [seconds, number] of [
      ["8", 9],
      ["12", 11],
    ] as const) {
      await candidate("to-n2", { numAllowedLocalASNumbers: Number(seconds) + 2 });
      await succeeds(commit("--confirm", seconds));
      const { deadline } = (await daemon.status()).resources.trial!;
      daemon.signal("SIGKILL");
      await daemon.exit;
      if (seconds === "8") await until("the time is up", () => Date.now() > Date.parse(deadline));
      daemon = await cluster.start(1);
      await inForce(number);
      await until("the files are back", () => JSON.stringify(files()) === JSON.stringify(before), QUICKLY);
    }
    await daemon.established(cluster.address(2), cluster.address(3));
  }, 120_000);

  test("is undone by rollback, as a new generation; former ones say so", async () => {
    const out = await succeeds(commandLine(["rollback", "1", ...where(), "--resources", cluster.resources.path]));
    expect(out).toBe("Generation 12 is in force.\n");
    expect(JSON.parse(files()["bgppeer-to-n2.json"]!)).not.toHaveProperty("spec.numAllowedLocalASNumbers");
    expect(
      await succeeds(commandLine(["diff", "1", "--resources", cluster.resources.path, "--state", cluster.state(1)])),
    ).toMatch(/^No resource differs between generation 1 and /);
    const history = JSON.parse(await succeeds(daemon.command("history", "-o", "json"))) as GenerationView[];
    expect(history.at(-1)).toMatchObject({ number: 12, running: true, summary: "BGPPeer to-n2 changed" });
    const unknown = await commandLine(["rollback", "99", ...where(), "--resources", cluster.resources.path]);
    expect(unknown).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^There is no generation 99 in .*"peregrine history" lists/),
    });
  });

  test("made beside a candidate is not written over", async () => {
    await candidate("to-n2", { numAllowedLocalASNumbers: 4 });
    cluster.resources.put(blockAffinity("n1", "10.244.9.0/26"));
    expect(await commit()).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/ has changed since the candidate was made .* Nothing was changed\./),
    });
    await until("the block is announced", async () => (await daemon.routes()).length === 3, QUICKLY);
    await succeeds(commandLine(["discard", "--state", cluster.state(1)]));
    rmSync(join(cluster.resources.path, "blockaffinity-n1-10-244-9-0-26.json"));
  });
});
