import { link, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { syncDirectory } from "../resources/store/sync-directory.js";

/**
 * Makes a file that is there whole or not at all, also after a crash; only its owner may read it.
 * @returns false when there is one of this name already, which stays as it is
 */
export async function createDurably(path: string, content: Uint8Array): Promise<boolean> {
  const next = await writeNext(path, content);
  try {
    await link(next, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(next, { force: true });
  }
  await syncDirectory(dirname(path));
  return true;
}

/** Writes a file, or replaces it: whoever reads it, also after a crash, finds the old content or the new. Only its owner may read it. */
export async function writeDurably(path: string, content: Uint8Array | string): Promise<void> {
  await rename(await writeNext(path, content), path);
  await syncDirectory(dirname(path));
}

/** Removes a file that may be there. */
export async function removeDurably(path: string): Promise<void> {
  await rm(path, { force: true });
  await syncDirectory(dirname(path));
}

async function writeNext(path: string, content: Uint8Array | string): Promise<string> {
  const next = `${path}.next-${process.pid}`;
  await rm(next, { force: true });
  const file = await open(next, "wx", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  return next;
}
