import { createHash } from "node:crypto";
import { basename, relative, sep } from "node:path";

/** A file of resources, byte for byte. */
export interface ResourceFile {
  readonly path: string; // below the directory of resources, parts divided by "/"
  readonly digest: string; // of the content
  readonly content: Uint8Array;
}

export function resourceFile(path: string, content: Uint8Array): ResourceFile {
  return { path, content, digest: digestOf(content) };
}

/** Where `file` stands below `root`, the directory of resources or the only file itself. */
export function pathBelow(root: string, file: string): string {
  return root === file ? basename(file) : relative(root, file).split(sep).join("/");
}

export function digestOf(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/**
 * Equal for sets of files with the same paths and contents. Not for the eyes of others: whoever knows all but a password
 * could try passwords against it.
 */
export function digestOfFiles(files: readonly ResourceFile[]): string {
  const lines = files.map(({ path, digest }) => JSON.stringify([path, digest]));
  return digestOf(lines.sort().join("\n"));
}
