import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { planFaultText } from "../../src/plan/fault.js";
import { EndpointStatusLoader } from "../../src/workloads/endpoint-status-loader.js";
import { endpointStatusDirectory, Workloads } from "../../src/workloads/workloads.js";
import { temporaryDirectory } from "../resources/temporary-directory.js";

/** Well below the rescan: what comes in this time came by an event. */
const BY_EVENT = { timeout: 5000, interval: 10 };

let prefix: string;
beforeEach(async () => {
  prefix = await temporaryDirectory();
});

const put = (name: string, content: unknown) =>
  writeFileSync(join(endpointStatusDirectory(prefix), name), typeof content === "string" ? content : JSON.stringify(content));
const peer = (address: string) => ({ bgpPeerName: "w", ipv4Nets: [`${address}/32`] });

describe("EndpointStatusLoader", () => {
  const load = async (loader = new EndpointStatusLoader(endpointStatusDirectory(prefix))) => {
    const { workloads, changed } = await loader.load();
    return {
      addresses: workloads.endpoints.map(({ ipv4 }) => `${ipv4}`),
      faults: workloads.faults.map((fault) => planFaultText(fault).replaceAll(prefix, "")),
      changed,
    };
  };

  test("without a directory there is no workload, and no fault", async () => {
    expect(await load()).toEqual({ addresses: [], faults: [], changed: true });
  });

  test("takes no directory, link, pipe or large file, and says so of each with its place", async () => {
    const directory = endpointStatusDirectory(prefix);
    mkdirSync(directory);
    put("good", peer("10.1.0.5"));
    put("large", { ...peer("10.1.0.6"), padding: "x".repeat(64 * 1024) });
    put("broken", "{");
    put("empty", "");
    put(".hidden", peer("10.1.0.7"));
    mkdirSync(join(directory, "directory"));
    symlinkSync(join(directory, "good"), join(directory, "link"));
    execFileSync("mkfifo", [join(directory, "pipe")]);
    const { addresses, faults } = await load();
    expect(addresses).toEqual(["10.1.0.5"]);
    expect(faults).toEqual(
      [
        ["broken", "is no JSON; one object is allowed"],
        ["directory", "is no regular file"],
        ["large", "is larger than 64 KiB"],
        ["link", "is a symbolic link"],
        ["pipe", "is no regular file"],
      ].map(([name, what]) => {
        const file = `/endpoint-status/${name}`;
        return `warning: ${file}:1: endpoint status ${file} ${what}. Felix writes it anew when the workload changes`;
      }),
    );
  });

  test("a file found half written means what it meant before, until it is gone", async () => {
    mkdirSync(endpointStatusDirectory(prefix));
    const loader = new EndpointStatusLoader(endpointStatusDirectory(prefix));
    put("a", peer("10.1.0.5"));
    expect((await load(loader)).addresses).toEqual(["10.1.0.5"]);
    put("a", "");
    expect(await load(loader)).toEqual({ addresses: ["10.1.0.5"], faults: [], changed: false });
    put("a", '{"bgpPeerName": "w", "ipv4N');
    expect((await load(loader)).addresses).toEqual(["10.1.0.5"]);
    put("a", peer("10.1.0.6"));
    expect((await load(loader)).addresses).toEqual(["10.1.0.6"]);
    rmSync(join(endpointStatusDirectory(prefix), "a"));
    expect(await load(loader)).toEqual({ addresses: [], faults: [], changed: true });
  });
});

describe("Workloads", () => {
  const following: Workloads[] = [];
  afterEach(() => {
    for (const workloads of following.splice(0)) workloads.close();
  });

  test("knows of workloads that come, change and go, and of a directory that Felix makes later", async () => {
    const workloads = await Workloads.follow(prefix);
    following.push(workloads);
    const told: string[] = [];
    const now = () => workloads.current.endpoints.map(({ ipv4 }) => `${ipv4}`).join();
    workloads.onChange = () => told.push(now());
    expect(now()).toBe("");
    mkdirSync(endpointStatusDirectory(prefix));
    put("a", peer("10.1.0.5"));
    await vi.waitFor(() => expect(told.at(-1)).toBe("10.1.0.5"), BY_EVENT);
    put("b", peer("10.1.0.6"));
    await vi.waitFor(() => expect(told.at(-1)).toBe("10.1.0.5,10.1.0.6"), BY_EVENT);
    put("b", {});
    await vi.waitFor(() => expect(told.at(-1)).toBe("10.1.0.5"), BY_EVENT);
    rmSync(join(endpointStatusDirectory(prefix), "a"));
    await vi.waitFor(() => expect(told.at(-1)).toBe(""), BY_EVENT);
  });
});
