import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { closeServer, json, lines, refusal, serve } from "../../src/api/server.js";
import { ask, askLines } from "../../src/cli/control-client.js";

const directory = mkdtempSync(join(tmpdir(), "peregrine-control-"));
const path = join(directory, "control.sock");
let server: Server;

beforeAll(async () => {
  writeFileSync(path, ""); // a stale socket file of a killed daemon is in the way
  const result = await serve(
    { path },
    {
      "/v1/echo": (query) => json({ a: query.get("a") }),
      "/v1/many": () => lines(Array.from({ length: 1000 }, (_, index) => ({ index }))),
      "/v1/no": () => refusal(400, 'prefix "x" is no prefix'),
    },
  );
  if (!result.ok) throw new Error(result.error);
  server = result.value;
});

afterAll(async () => {
  await closeServer(server);
  rmSync(directory, { recursive: true });
});

test("the control socket answers, and only owner and group may use it", async () => {
  expect(await ask(path, "/v1/echo?a=1")).toEqual({ a: "1" });
  expect(statSync(path).mode & 0o777).toBe(0o660);
});

test("long answers come as one JSON object a line, all of them", async () => {
  const seen: number[] = [];
  for await (const line of askLines<{ index: number }>(path, "/v1/many")) seen.push(line.index);
  expect(seen).toEqual(Array.from({ length: 1000 }, (_, index) => index));
});

test("a refusal of the daemon is the command's message", async () => {
  await expect(ask(path, "/v1/no")).rejects.toThrow('prefix "x" is no prefix');
  await expect(ask(path, "/v1/else")).rejects.toThrow("nothing at /v1/else");
  await expect(ask(path, "//")).rejects.toThrow("bad request target");
  await expect(ask(path, "/__proto__")).rejects.toThrow("nothing at /__proto__");
});

test("a second daemon does not steal the socket of a running one", async () => {
  const second = await serve({ path }, {});
  expect(second).toEqual({ ok: false, error: expect.stringContaining("another daemon answers") });
});

test("no daemon: the message names the socket and the remedy", async () => {
  await expect(ask(join(directory, "none.sock"), "/v1/status")).rejects.toThrow(
    /No peregrine daemon answers at .*none\.sock\. Start it/,
  );
});
