import { chmodSync, lstatSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { err, ok, type Result } from "../../protocol/result.js";
import { peerUser } from "../sys/peer-credentials.js";

/** What a request is answered with: one JSON value, lines of JSON values, plain text, or a refusal. */
export type Answer =
  | { readonly type: "json"; readonly value: unknown }
  | { readonly type: "lines"; readonly values: Iterable<unknown> | AsyncIterable<unknown> }
  | { readonly type: "text"; readonly status: 200 | 503; readonly contentType: string; readonly text: string }
  | { readonly type: "refusal"; readonly status: Refused; readonly error: string };

/** Not understood; not allowed; nothing there; not in this state; too much. */
export type Refused = 400 | 403 | 404 | 409 | 413;

/** What is asked with GET. */
export type Routes = Readonly<Record<string, (query: URLSearchParams) => Answer | Promise<Answer>>>;

/** What changes something, or costs much, and is asked with POST. */
export type Changes = Readonly<Record<string, (query: URLSearchParams, body: Uint8Array) => Promise<Answer>>>;

export const json = (value: unknown): Answer => ({ type: "json", value });
export const lines = (values: Iterable<unknown> | AsyncIterable<unknown>): Answer => ({ type: "lines", values });
export const text = (status: 200 | 503, contentType: string, body: string): Answer => ({
  type: "text",
  status,
  contentType,
  text: body,
});
export const refusal = (status: Refused, error: string): Answer => ({ type: "refusal", status, error });

/** Lines written before the event loop gets its turn: a table of a million routes must not hold up a keepalive. */
const LINES_PER_TURN = 256;

const BASE = "http://localhost";

/** Octets: more than a packed set of resources has. */
const LARGEST_BODY = 2 ** 28;

/** Where a server listens: a socket file, or an address and port. */
export type Endpoint = { readonly path: string } | { readonly host: string; readonly port: number };

/**
 * Serves `routes` by exact path with GET, and `changes` with POST: those for root and for the user that the daemon runs as, while
 * whoever may use the socket may read.
 *
 * @returns the server once it listens; an error in words when it cannot (address in use, no permission)
 */
export async function serve(endpoint: Endpoint, routes: Routes, changes: Changes = {}): Promise<Result<Server, string>> {
  const cleared = "path" in endpoint ? await clear(endpoint.path) : ok(undefined);
  if (!cleared.ok) return cleared;
  const server = createServer({ maxHeaderSize: 8192, requestTimeout: 10_000 }, (request, response) => {
    void respond({ routes, changes }, request, response);
  });
  return new Promise((resolve) => {
    server.once("error", (error: NodeJS.ErrnoException) => resolve(err(listenFailure(endpoint, error))));
    server.listen(endpoint, () => {
      if ("path" in endpoint) chmodSync(endpoint.path, 0o660);
      resolve(ok(server));
    });
  });
}

/** Removes the socket file of a daemon that is no more, and nothing else. */
async function clear(path: string): Promise<Result<void, string>> {
  const present = lstatSync(path, { throwIfNoEntry: false });
  if (present === undefined) return ok(undefined);
  if (!present.isSocket()) return err(`${path} is there and is not a socket; choose another --control`);
  if (await answers(path)) return err(`another daemon answers at ${path}; stop it, or choose another --control`);
  rmSync(path, { force: true });
  return ok(undefined);
}

/** Ends a server and the connections that are still open. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

interface Served {
  readonly routes: Routes;
  readonly changes: Changes;
}

async function respond(served: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = request.url ?? "/";
  if (!URL.canParse(target, BASE)) return end(response, 400, "application/json", JSON.stringify({ error: "bad request target" }));
  const url = new URL(target, BASE);
  const methods = Object.keys(served.changes).length === 0 ? ["GET"] : ["GET", "POST"];
  if (!methods.includes(request.method ?? ""))
    return end(response, 405, "application/json", JSON.stringify({ error: `only ${methods.join(" and ")} is answered` }));
  const answer = request.method === "GET" ? await read(served.routes, url, request) : await change(served.changes, url, request);
  if (answer.type === "json") return end(response, 200, "application/json", JSON.stringify(answer.value));
  if (answer.type === "text") return end(response, answer.status, answer.contentType, answer.text);
  if (answer.type === "refusal") return end(response, answer.status, "application/json", JSON.stringify({ error: answer.error }));
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  await writeLines(response, answer.values);
  response.end();
}

async function read(routes: Routes, { pathname, searchParams }: URL, request: IncomingMessage): Promise<Answer> {
  request.resume();
  const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
  return route ? route(searchParams) : refusal(404, `nothing at ${pathname}`);
}

async function change(changes: Changes, { pathname, searchParams }: URL, request: IncomingMessage): Promise<Answer> {
  const change = Object.hasOwn(changes, pathname) ? changes[pathname] : undefined;
  const user = change ? peerUser(request.socket) : null;
  const isAllowed = user !== null && (user === 0 || user === process.geteuid?.());
  const body = isAllowed ? await bodyOf(request) : null;
  request.resume();
  if (change === undefined) return refusal(404, `nothing to change at ${pathname}`);
  if (!isAllowed)
    return refusal(403, "changes are for root and for the user that the daemon runs as; reading is for the socket's group");
  return body === null ? refusal(413, `more than ${LARGEST_BODY} octets`) : change(searchParams, body);
}

/** Null: too much. */
async function bodyOf(request: IncomingMessage): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > LARGEST_BODY) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function writeLines(response: ServerResponse, values: Iterable<unknown> | AsyncIterable<unknown>): Promise<void> {
  let batch = "";
  let count = 0;
  for await (const value of values) {
    batch += `${JSON.stringify(value)}\n`;
    if (++count % LINES_PER_TURN !== 0) continue;
    if (response.destroyed) return;
    const flowing = response.write(batch);
    batch = "";
    await (flowing ? nextTurn() : drained(response));
  }
  response.write(batch);
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}

function end(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { "content-type": contentType });
  response.end(body);
}

/** True when some process accepts connections at the socket file. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });
}

function listenFailure(endpoint: Endpoint, error: NodeJS.ErrnoException): string {
  const place = "path" in endpoint ? endpoint.path : `${endpoint.host}:${endpoint.port}`;
  if (error.code === "EADDRINUSE") return `${place} is in use by another process`;
  if (error.code === "EACCES") return `no permission to listen at ${place}; run as root or choose another place`;
  return `cannot listen at ${place}: ${error.message}`;
}
