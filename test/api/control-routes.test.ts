import { beforeEach, describe, expect, test } from "vitest";
import { controlRoutes } from "../../src/api/control-routes.js";
import type { Answer } from "../../src/api/server.js";
import type { KernelRouteView } from "../../src/api/views.js";
import { Lab } from "../peer/lab.js";
import { clusterOf, Speaker } from "../peer/speaker.js";

const kernelRoute = (prefix: string) =>
  ({ prefix, type: "unicast", metric: 1024, hops: [], state: "installed", error: null }) as KernelRouteView;

describe("controlRoutes", () => {
  let two: Speaker;
  let ask: (path: string, query: string) => Promise<Answer>;
  let kernel: KernelRouteView[];

  beforeEach(() => {
    const lab = new Lab();
    const [first, second] = [1, 2].map((host) => new Speaker(lab, host, clusterOf([1, 2]))) as [Speaker, Speaker];
    for (const prefix of ["10.244.1.0/26", "10.244.0.0/16"]) first.originate(prefix);
    two = second;
    two.originate("10.244.2.0/26");
    lab.advance(30);
    kernel = [kernelRoute("10.244.0.0/16"), kernelRoute("10.244.1.0/26")];
    const forwarding = {
      async *routes() {
        yield* kernel;
      },
      explain: () => Promise.resolve({ state: "off", reason: "", hops: [], metric: null }),
    };
    const unused = () => {
      throw new Error("not asked for here");
    };
    const routes = controlRoutes({
      ...{ rib: two.rib, sessions: two.sessions, status: unused, history: null as never },
      plan: () => ({ originated: [] }) as never,
      forwarding: forwarding as never,
    });
    ask = async (path, query) => routes[path]!(new URLSearchParams(query));
  });

  const prefixes = async (query: string): Promise<string[]> => {
    const answer = await ask("/v1/routes", query);
    if (answer.type !== "lines") throw new Error(JSON.stringify(answer));
    const rows: string[] = [];
    for await (const row of answer.values) rows.push((row as { prefix: string }).prefix);
    return rows;
  };

  test.each([
    ["", ["10.244.0.0/16", "10.244.1.0/26", "10.244.2.0/26"]],
    ["prefix=10.244.1.0/26", ["10.244.1.0/26"]],
    ["prefix=10.244.1.0/25", []],
    ["prefix=10.244.1.5", ["10.244.1.0/26"]],
    ["prefix=10.244.9.5", ["10.244.0.0/16"]],
    ["prefix=192.0.2.1", []],
    ["prefix=2001:db8::1", []],
    ["in=10.0.0.1", ["10.244.0.0/16", "10.244.1.0/26"]],
    ["in=10.0.0.1&prefix=10.244.2.5", ["10.244.0.0/16"]],
    ["in=10.0.0.1&prefix=10.244.2.0/26", []],
    ["in=10.0.0.1&prefix=2001:db8::1", []],
    ["out=10.0.0.1", ["10.244.2.0/26"]],
    ["out=10.0.0.1&prefix=10.244.2.5", ["10.244.2.0/26"]],
    ["out=10.0.0.1&prefix=10.244.1.5", []],
    ["kernel=1", ["10.244.0.0/16", "10.244.1.0/26"]],
    ["kernel=1&prefix=10.244.1.5", ["10.244.1.0/26"]],
    ["kernel=1&prefix=10.244.3.5", ["10.244.0.0/16"]],
    ["kernel=1&prefix=10.244.0.0/16", ["10.244.0.0/16"]],
    ["kernel=1&prefix=2001:db8::1", []],
  ])("/v1/routes?%s", async (query, expected) => {
    expect((await prefixes(query)).sort()).toEqual(expected);
  });

  test.each([
    ["/v1/routes", "prefix=10.244.1.0/33", 400],
    ["/v1/routes", "prefix=", 400],
    ["/v1/routes", "in=10.0.0.9", 404],
    ["/v1/routes", "out=x", 404],
    ["/v1/peers", "address=10.0.0.9", 404],
    ["/v1/explain", "", 400],
    ["/v1/explain", "prefix=10.244.1.0/26&peer=10.0.0.9", 404],
  ])("%s?%s is refused with %i", async (path, query, status) => {
    expect(await ask(path, query)).toEqual({ type: "refusal", status, error: expect.stringMatching(/\S/) });
  });

  test("/v1/explain takes an address for the longest prefix that has a best path", async () => {
    const answer = await ask("/v1/explain", "prefix=10.244.1.5");
    expect(answer).toMatchObject({
      type: "json",
      value: { prefix: "10.244.1.0/26", candidates: [{ best: true, peer: "10.0.0.1" }] },
    });
  });
});
