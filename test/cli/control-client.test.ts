import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, askLines } from "../../src/cli/control-client.js";
import { CommandFailure } from "../../src/cli/fail.js";

const directory = mkdtempSync(join(tmpdir(), "peregrine-client-"));
const path = join(directory, "control.sock");
const row = Buffer.from(`${JSON.stringify({ name: "Straße Ärger 東京" })}\n`);

const ANSWERS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  "/torn": async (response) => {
    for (const octet of row) await new Promise((resolve) => response.write(Buffer.of(octet), () => setImmediate(resolve)));
    response.end();
  },
  "/cut": (response) => {
    response.write(Buffer.concat([row, row.subarray(0, 5)]), () => response.destroy());
  },
  "/no-json": (response) => {
    response.statusCode = 500;
    response.end("<html>");
  },
};
let server: Server;

beforeAll(async () => {
  server = createServer((request, response) => ANSWERS[request.url ?? ""]?.(response));
  await new Promise<void>((resolve) => server.listen(path, resolve));
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true });
});

async function collect(target: string): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const line of askLines(path, target)) rows.push(line);
  return rows;
}

test("askLines: a line may arrive octet by octet, in the middle of a character", async () => {
  expect(await collect("/torn")).toEqual([{ name: "Straße Ärger 東京" }]);
});

test.each([
  ["ask", () => ask(path, "/cut")],
  ["askLines", () => collect("/cut")],
])("%s: a daemon that ends in the middle of its answer is a failure in words, not a stack trace", async (_, run) => {
  await expect(run()).rejects.toThrow(CommandFailure);
  await expect(run()).rejects.toThrow(/ended in the middle of its answer/);
});

test("ask: an answer that is no JSON is shown as it is", async () => {
  await expect(ask(path, "/no-json")).rejects.toThrow("<html>");
});
