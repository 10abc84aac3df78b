import { close, fstat, open, read } from "node:fs";
import { promisify } from "node:util";
import { whyUnreadable } from "./find-files.js";

const LARGEST_FILE = 16 * 2 ** 20; // octets

// With the file handles of node:fs/promises ten thousand files take three times as long.
const [openFile, statFile, closeFile] = [promisify(open), promisify(fstat), promisify(close)];
const readInto = promisify(read);

/** The octets of a regular file; in words why there are none; null when it is gone. @param size as last seen */
export async function readFile(path: string, size: number): Promise<Uint8Array | string | null> {
  if (size > LARGEST_FILE) return tooLarge();
  let file: number | null = null;
  try {
    file = await openFile(path, "r");
    return await readWhole(file);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? null : whyUnreadable(error);
  } finally {
    if (file !== null) await closeFile(file);
  }
}

/** It may grow, or shrink, while it is read: what comes after the size it has now is left to the event of that change. */
async function readWhole(file: number): Promise<Uint8Array | string> {
  const { size } = await statFile(file);
  if (size > LARGEST_FILE) return tooLarge();
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  while (at < size) {
    const { bytesRead } = await readInto(file, bytes, at, size - at, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return bytes.subarray(0, at);
}

function tooLarge(): string {
  return `is larger than ${LARGEST_FILE / 2 ** 20} MiB`;
}
