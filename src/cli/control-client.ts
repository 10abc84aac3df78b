import { type IncomingMessage, request } from "node:http";
import { CommandFailure } from "./fail.js";

/** Nobody answers at the control socket. */
export class NoDaemon extends CommandFailure {}

/**
 * Asks the daemon over its control socket.
 *
 * @param control path of the socket
 * @param path request path with query, e.g. `/v1/status`
 * @throws CommandFailure in words an operator can act on: no daemon, no permission, or the daemon's own refusal
 */
export async function ask<T>(control: string, path: string): Promise<T> {
  let text = "";
  for await (const chunk of answer(control, path)) text += chunk;
  return JSON.parse(text) as T;
}

/** Asks the daemon to do something, which it does for root and for its own user only. */
export async function change<T>(control: string, path: string, body: Uint8Array = new Uint8Array()): Promise<T> {
  let text = "";
  for await (const chunk of answer(control, path, body)) text += chunk;
  return JSON.parse(text) as T;
}

/** The same as `ask` for answers of one JSON object a line, which may be long: each is handed on as it arrives. */
export async function* askLines<T>(control: string, path: string): AsyncGenerator<T> {
  let rest = "";
  for await (const chunk of answer(control, path)) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line) as T;
  }
}

async function* answer(control: string, path: string, body: Uint8Array | null = null): AsyncGenerator<string> {
  const response = (await open(control, path, body)).setEncoding("utf8");
  try {
    yield* response as AsyncIterable<string>;
  } catch {
    throw new CommandFailure(`The daemon at ${control} ended in the middle of its answer.`);
  }
}

/** @param body to be posted; null: nothing is changed */
function open(control: string, path: string, body: Uint8Array | null): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: control, path, method: body === null ? "GET" : "POST" }, (response) => {
      if (response.statusCode === 200) return resolve(response);
      response.setEncoding("utf8");
      let body = "";
      response.on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => reject(new CommandFailure(errorText(body))));
    });
    call.on("error", (error: NodeJS.ErrnoException) => reject(connectFailure(control, error)));
    call.end(body ?? undefined);
  });
}

function errorText(body: string): string {
  try {
    return String((JSON.parse(body) as { error: string }).error);
  } catch {
    return body;
  }
}

function connectFailure(control: string, error: NodeJS.ErrnoException): CommandFailure {
  if (error.code === "ENOENT" || error.code === "ECONNREFUSED") {
    return new NoDaemon(
      `No peregrine daemon answers at ${control}. Start it with "peregrine run", or name its socket with --control PATH.`,
    );
  }
  if (error.code === "EACCES") {
    return new CommandFailure(`No permission to use ${control}. Run as root, or join the socket's group (ls -l ${control}).`);
  }
  return new CommandFailure(`Cannot ask the daemon at ${control}: ${error.message}`);
}
