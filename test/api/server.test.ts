import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync } from "node:fs";
import type { Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { type Changes, closeServer, json, lines, type Routes, refusal, serve, text } from "../../src/api/server.js";
import { until } from "../../src/lab/until.js";
import { temporaryDirectory } from "../resources/temporary-directory.js";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await closeServer(server);
});

/** The port of a server of these routes. */
async function portOf(routes: Routes): Promise<number> {
  const result = await serve({ host: "127.0.0.1", port: 0 }, routes);
  if (!result.ok) throw new Error(result.error);
  servers.push(result.value);
  return (result.value.address() as AddressInfo).port;
}

/** Sends these bytes and reads all that comes until the end. */
async function exchange(port: number, request: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    answer += chunk;
  });
  socket.on("error", () => undefined);
  socket.write(request, "latin1");
  await once(socket, "close");
  return answer;
}

const ask = (port: number, target: string, method = "GET") =>
  exchange(port, `${method} ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);

const typeOf = (answer: string) => /^content-type: (.*)\r$/m.exec(answer)?.[1];

const ROUTES: Routes = {
  "/v1/echo": (query) => json(Object.fromEntries(query)),
  "/v1/text": () => text(503, "text/plain", "no\n"),
  "/v1/no": () => refusal(400, "no such thing"),
};

describe("serve", () => {
  test("answers by exact path, with the status and type of each kind of answer", async () => {
    const port = await portOf(ROUTES);
    const answers = await Promise.all(["/v1/echo?a=1&b=%2F", "/v1/text", "/v1/no", "/v1/echo/"].map((path) => ask(port, path)));
    expect(answers.map((answer) => [statusOf(answer), typeOf(answer)])).toEqual([
      [200, "application/json"],
      [503, "text/plain"],
      [400, "application/json"],
      [404, "application/json"],
    ]);
    for (const [index, body] of [
      '{"a":"1","b":"/"}',
      "no\n",
      '{"error":"no such thing"}',
      '{"error":"nothing at /v1/echo/"}',
    ].entries())
      expect(answers[index]).toContain(`\n${body}`);
  });

  test.each(["POST", "PUT", "DELETE", "HEAD", "OPTIONS"])("%s is refused: nothing can be changed", async (method) => {
    const port = await portOf(ROUTES);
    expect(statusOf(await ask(port, "/v1/echo", method))).toBe(405);
  });

  test.each([
    ["no host", "//", 400],
    ["a bad host", "http://[", 400],
    ["a name of every object", "/__proto__", 404],
    ["another", "/constructor", 404],
    ["a path that goes up", "/v1/../v1/echo", 200],
    ["an escaped letter", "/v1/%65cho", 404],
    ["a torn escape", "/v1/echo?%", 200],
    ["a prototype in the query", "/v1/echo?__proto__=1", 200],
    ["an asterisk", "*", 404],
    ["a fragment", "/v1/echo#x", 200],
    ["5000 letters", `/${"a".repeat(5000)}`, 404],
    ["more than a head may have", `/${"a".repeat(9000)}`, 431],
  ])("the request target is %s: it gets an answer", async (_, target, status) => {
    const port = await portOf(ROUTES);
    expect(statusOf(await ask(port, target))).toBe(status);
    expect(statusOf(await ask(port, "/v1/echo"))).toBe(200);
  });

  test.each([
    ["no HTTP", "\x16\x03\x01\x02\x00\x01\r\n\r\n"],
    ["a NUL in the target", "GET /\0 HTTP/1.1\r\nhost: x\r\n\r\n"],
    ["two lengths", "GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n"],
    ["CONNECT", "CONNECT a:1 HTTP/1.1\r\nhost: x\r\n\r\n"],
    ["an upgrade", "GET /v1/echo HTTP/1.1\r\nhost: x\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\r\n"],
  ])("%s does no harm", async (_, request) => {
    const port = await portOf(ROUTES);
    await exchange(port, request);
    expect(statusOf(await ask(port, "/v1/echo"))).toBe(200);
  });

  test("lines to a reader that does not read are made no faster than it reads, and all arrive in the end", async () => {
    const warnings: Error[] = [];
    process.on("warning", (warning) => warnings.push(warning)); // of listeners that pile up
    const total = 200_000;
    let made = 0;
    const values = function* () {
      while (made < total) yield { number: made++, padding: "x".repeat(100) };
    };
    const port = await portOf({ "/many": () => lines(values()) });
    const socket = await request(port, "/many");
    socket.pause();
    await until(
      "it waits for the reader",
      standsStill(() => made),
      { everyMs: 50 },
    );
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThan(total / 2);
    let received = 0;
    socket.on("data", (chunk: Buffer) => {
      received += chunk.length;
    });
    socket.resume();
    await once(socket, "close");
    expect(made).toBe(total);
    expect(received).toBeGreaterThan(total * 100);
    expect(warnings).toEqual([]);
  });

  test("the event loop has its turns while lines are made: a keepalive waits for none of them", async () => {
    let made = 0;
    let turns = 0;
    const values = function* () {
      while (made < 10_000) yield made++;
    };
    const port = await portOf({ "/many": () => lines(values()) });
    const socket = await request(port, "/many");
    const count = () => {
      if (made > 0 && made < 10_000) turns++;
      if (made < 10_000) setImmediate(count);
    };
    count();
    socket.resume();
    await once(socket, "close");
    expect(turns).toBeGreaterThanOrEqual(10_000 / 256 - 2);
  });

  test("a reader that goes away ends the making of lines", async () => {
    let made = 0;
    let isReleased = false;
    const values = function* () {
      try {
        for (;;) yield { number: made++, padding: "x".repeat(100) };
      } finally {
        isReleased = true;
      }
    };
    const port = await portOf({ "/endless": () => lines(values()) });
    const socket = await request(port, "/endless");
    await once(socket, "data");
    socket.destroy();
    await until("the generator is let go", () => isReleased, { deadlineMs: 5_000, everyMs: 5 });
    expect(statusOf(await ask(port, "/x"))).toBe(404);
  });

  test("a port in use is an error in words", async () => {
    const port = await portOf(ROUTES);
    expect(await serve({ host: "127.0.0.1", port }, ROUTES)).toEqual({
      ok: false,
      error: `127.0.0.1:${port} is in use by another process`,
    });
  });
});

/** A connection that has asked for `path`. */
async function request(port: number, path: string): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  return socket;
}

/** True once a value that has begun to grow is the same in five looks, one after the other. */
function standsStill(value: () => number): () => boolean {
  let last = 0;
  let same = 0;
  return () => {
    same = value() > 0 && value() === last ? same + 1 : 0;
    last = value();
    return same >= 5;
  };
}

describe("changes", () => {
  const CHANGES: Changes = { "/v1/change": (query, body) => Promise.resolve(json([query.get("a"), body.length])) };

  /** A POST by another user; root can become anyone. */
  async function postAs(uid: number, path: string, target: string, body = ""): Promise<string> {
    const script = `const { request } = require("node:http");
      const call = request({ socketPath: ${JSON.stringify(path)}, path: ${JSON.stringify(target)}, method: "POST" }, (response) => {
        process.stdout.write(response.statusCode + " ");
        response.pipe(process.stdout);
      });
      call.on("error", (error) => process.stdout.write(error.code));
      call.end(${JSON.stringify(body)});`;
    const child = spawn(process.execPath, ["-e", script], process.geteuid?.() === 0 ? { uid } : {});
    let answer = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      answer += text;
    });
    await once(child, "close");
    return answer;
  }

  test("are made for root and the daemon's own user, and for nobody else, whatever the socket's mode allows", async () => {
    const directory = await temporaryDirectory();
    chmodSync(directory, 0o755);
    const path = join(directory, "control.sock");
    const served = await serve({ path }, ROUTES, CHANGES);
    if (!served.ok) throw new Error(served.error);
    servers.push(served.value);
    chmodSync(path, 0o666);
    expect(await postAs(process.geteuid!(), path, "/v1/change?a=1", "four")).toBe('200 ["1",4]');
    expect(await postAs(process.geteuid!(), path, "/v1/echo")).toBe('404 {"error":"nothing to change at /v1/echo"}');
    const nobody = 65534;
    if (process.geteuid?.() === 0)
      expect(await postAs(nobody, path, "/v1/change")).toMatch(
        /^403 .*changes are for root and for the user that the daemon runs as/,
      );
  });

  test("are not made over TCP, where nobody knows who asks", async () => {
    const result = await serve({ host: "127.0.0.1", port: 0 }, ROUTES, CHANGES);
    if (!result.ok) throw new Error(result.error);
    servers.push(result.value);
    const { port } = result.value.address() as AddressInfo;
    expect(statusOf(await ask(port, "/v1/change", "POST"))).toBe(403);
  });
});
