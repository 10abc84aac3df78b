import { once } from "node:events";
import { chmodSync, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Output, run } from "../../src/lab/command.js";
import { mainFile, type PeregrineNode } from "../../src/lab/peregrine-node.js";
import { blockAffinity, node, resource } from "../../src/lab/resource-directory.js";
import { until } from "../../src/lab/until.js";
import { LoopbackSite } from "./support/loopback.js";

const peer = (...spec: readonly string[]) =>
  [
    "apiVersion: projectcalico.org/v3",
    "kind: BGPPeer",
    "metadata:",
    "  name: tor",
    "spec:",
    ...spec.map((line) => `  ${line}`),
    "",
  ].join("\n");

/** Name → file text, where it is wrong, what is wrong, and what to do about it. */
const BAD_FILES = {
  "broken YAML": {
    text: peer("peerIP: 192.0.2.1", "asNumber: [65001"),
    place: "bad.yaml:8:1",
    words: ["indentation", "check brackets"],
  },
  "an unknown field": {
    text: peer("peerIP: 192.0.2.1", "asNumbr: 65001"),
    place: "bad.yaml:7:3",
    words: ["unknown field", 'did you mean "asNumber"'],
  },
  "conflicting fields": {
    text: peer("node: a", "nodeSelector: all()", "peerIP: 192.0.2.1", "asNumber: 65001"),
    place: "bad.yaml:7:17",
    words: ["excludes node", "keep one of"],
  },
  "a bad selector": {
    text: peer("nodeSelector: rack == rack-1", "peerIP: 192.0.2.1", "asNumber: 65001"),
    place: "bad.yaml:6:25",
    words: ["is no selector", "in quotes"],
  },
  "a bad address": {
    text: peer("peerIP: 192.0.2.300", "asNumber: 65001"),
    place: "bad.yaml:6:11",
    words: ["192.0.2.300", "allowed: an IPv4 or IPv6 address"],
  },
} as const;

const NODE = 10;

describe("bad input at start: one message, what to do, exit code 1", () => {
  let site: LoopbackSite;
  beforeAll(() => {
    site = new LoopbackSite((at) => [node("n1", { ipv4: at.address(NODE) })]);
  });
  afterAll(() => site.close());

  const start = (options: Readonly<Record<string, string>>, as: readonly string[] = []): Promise<Output> => {
    const all = {
      "--node": "n1",
      "--resources": site.resources.path,
      "--state": join(site.network.directory, "state"),
      "--control": join(site.network.directory, "control.sock"),
      "--listen": site.address(NODE),
      "--port": String(site.port),
      "--kernel": "off",
      ...options,
    };
    const [command = "", ...words] = [...as, process.execPath, mainFile(), "run", ...Object.entries(all).flat()];
    return run(command, words, { timeoutMs: 15_000 });
  };
  const refuses = (output: Output, ...words: readonly string[]) => {
    expect(output.code).toBe(1);
    for (const word of words) expect(output.stderr).toContain(word);
    expect(withoutExcerpts(output.stderr)).toHaveLength(1);
    expect(output.stderr).not.toMatch(/^\s+at /m);
  };

  test.each(Object.entries(BAD_FILES))(
    "%s, by run and by validate",
    async (_, { text, place, words }) => {
      site.resources.putText("bad.yaml", text);
      refuses(await start({}), join(site.resources.path, place), ...words);
      refuses(await run(process.execPath, [mainFile(), "validate", site.resources.path]), place, ...words);
      site.resources.putText("bad.yaml", "");
    },
    60_000,
  );

  test("a directory that is not there", async () => {
    const missing = join(site.network.directory, "nowhere");
    refuses(await start({ "--resources": missing }), missing, "There is no directory", "--resources");
  });

  test("a node name that no resource has", async () => {
    refuses(await start({ "--node": "n2" }), "no Node n2", "nearest: n1", "--node");
  });

  test("a port that is taken", async () => {
    const holder = createServer().listen(site.port, site.address(NODE));
    await once(holder, "listening");
    refuses(await start({}), `${site.address(NODE)} port ${site.port}`, "in use", "choose another port");
    await new Promise((resolve) => holder.close(resolve));
  });

  test("no permission for a port below 1024", async () => {
    const state = join(site.network.directory, "anyones");
    mkdirSync(state);
    chmodSync(state, 0o777);
    const options = { "--port": "179", "--state": state, "--control": join(state, "control.sock") };
    refuses(await start(options, asNobody()), `${site.address(NODE)} port 179`, "Permission denied", "CAP_NET_BIND_SERVICE");
  });

  test("no permission to program the kernel", async () => {
    const state = join(site.network.directory, "anyones-too");
    mkdirSync(state);
    chmodSync(state, 0o777);
    const options = { "--kernel": "on", "--state": state, "--control": join(state, "control.sock") };
    refuses(await start(options, asNobody()), "CAP_NET_ADMIN", "--kernel");
  });
});

describe("bad input at a running daemon: it keeps what it had, and says so", () => {
  const FRIEND = 20;
  let site: LoopbackSite;
  let daemon: PeregrineNode;
  let friend: PeregrineNode;

  beforeAll(async () => {
    site = new LoopbackSite((at) => [
      resource("BGPConfiguration", "default", { listenPort: at.port }),
      node("n1", { ipv4: at.address(NODE) }),
      node("n2", { ipv4: at.address(FRIEND) }),
      blockAffinity("n1", "10.244.1.0/26"),
    ]);
    daemon = await site.node("n1", NODE);
    friend = await site.node("n2", FRIEND);
    await Promise.all([daemon.start(), friend.start()]);
    await daemon.waitEstablished(site.address(FRIEND));
    await until("n2 has the block", async () => (await friend.routes("ipv4")).has("10.244.1.0/26"));
  }, 60_000);
  afterAll(() => site.close());

  test.each(Object.entries(BAD_FILES))(
    "%s",
    async (_, { text, place, words }) => {
      const before = await daemon.session(site.address(FRIEND));
      site.resources.putText("bad.yaml", text);
      const refused = await until("the files are refused", async () => {
        const { resources } = await daemon.status();
        return resources.state === "refused" && resources;
      });
      const fault = refused.faults.find(({ severity }) => severity === "error");
      expect(`${fault?.file}:${fault?.line}`).toBe(join(site.resources.path, place.replace(/:\d+$/, "")));
      expect(fault?.message).toContain(words[0]);
      expect(await daemon.session(site.address(FRIEND))).toMatchObject({ bgpState: "Established", since: before.since });
      expect((await friend.routes("ipv4")).has("10.244.1.0/26")).toBe(true);
      site.resources.putText("bad.yaml", "");
      await until("the mended files are accepted", async () => (await daemon.status()).resources.state === "accepted");
    },
    60_000,
  );
});

/** The messages alone: without the quoted place, the advice under it, and the sum of errors at the end. */
function withoutExcerpts(stderr: string): readonly string[] {
  return stderr.split("\n").filter((line) => line !== "" && !line.startsWith(" ") && !/^\d+ errors?, \d+ warnings?$/.test(line));
}

/** Root is nobody for a moment; everyone else stays who they are. */
function asNobody(): readonly string[] {
  return process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
}
