import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import type { PreviewView, StatusView } from "../../api/views.js";
import { packGeneration } from "../../generations/generation-file.js";
import { digestOfFiles, type ResourceFile } from "../../resources/resource-file.js";
import { ask, change, NoDaemon } from "../control-client.js";
import { CommandFailure } from "../fail.js";

/** The daemon that follows a directory of resources. */
export interface Following {
  readonly control: string; // its socket
  readonly status: StatusView;
}

/** @returns null when no daemon answers, or the one that does follows another directory */
export async function daemonOf(control: string, resources: string): Promise<Following | null> {
  const status = await ask<StatusView>(control, "/v1/status").catch((error: unknown) => {
    if (error instanceof NoDaemon) return null;
    throw error;
  });
  if (status === null || (await real(status.resources.directory)) !== (await real(resources))) return null;
  return { control, status };
}

/** What the daemon would make of these files. @param place what their paths are below, in faults */
export async function previewOf({ control }: Following, files: readonly ResourceFile[], place: string): Promise<PreviewView> {
  const head = { number: 0, at: new Date().toISOString(), summary: "", digest: digestOfFiles(files), files: files.length };
  const operator = operatorAddress(process.env["SSH_CONNECTION"]);
  const query = new URLSearchParams({ place, ...(operator !== null && { operator }) });
  return change<PreviewView>(control, `/v1/preview?${query}`, await packGeneration(head, files));
}

/** @throws CommandFailure when the change has dangers, unless it is forced */
export function guard({ dangers }: PreviewView, force: boolean): void {
  if (dangers.length === 0 || force) return;
  throw new CommandFailure(
    [
      "This change is dangerous:",
      ...dangers.map((danger) => `  ${danger}`),
      "Nothing was changed. --force makes it all the same.",
    ].join("\n"),
  );
}

/** The client's address in sshd's SSH_CONNECTION; null: nobody has come by SSH. */
export function operatorAddress(connection: string | undefined): string | null {
  return connection?.split(" ")[0]?.replace(/%.*$/, "") || null;
}

function real(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}
