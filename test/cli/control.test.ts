import { once } from "node:events";
import { linkSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { closeServer, json, lines, refusal, serve } from "../../src/api/server.js";
import { ask, askLines } from "../../src/cli/control-client.js";

const directory = mkdtempSync(join(tmpdir(), "peregrine-control-"));
const path = join(directory, "control.sock");
let server: Server;

beforeAll(async () => {
  await leaveStaleSocket(path);
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

/** What a killed daemon leaves behind: a socket file at which nobody listens. */
async function leaveStaleSocket(at: string): Promise<void> {
  const killed = createServer().listen(`${at}.1`);
  await once(killed, "listening");
  linkSync(`${at}.1`, at);
  await new Promise((resolve) => killed.close(resolve));
}

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

test.each([
  ["a file", () => writeFileSync(join(directory, "notes.txt"), "precious"), "notes.txt"],
  ["a directory", () => {}, "."],
])("%s at the socket's path is left alone, and the message says so", async (_, make, name) => {
  make();
  const refused = await serve({ path: join(directory, name) }, {});
  expect(refused).toEqual({ ok: false, error: expect.stringContaining("is not a socket; choose another --control") });
  if (name !== ".") expect(readFileSync(join(directory, name), "utf8")).toBe("precious");
});

test("no daemon: the message names the socket and the remedy", async () => {
  await expect(ask(join(directory, "none.sock"), "/v1/status")).rejects.toThrow(
    /No peregrine daemon answers at .*none\.sock\. Start it/,
  );
});
