import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";

/**
 * An edit of several files that has been decided but not wholly written: path below the directory → new text, null for a file to
 * be removed. While the file that holds it is there, it is what the directory says; so a crash leaves the old set or the new one.
 */
export type PendingEdit = ReadonlyMap<string, string | null>;

const NAME = ".peregrine-edit.json";

export function pendingEditPath(directory: string): string {
  return join(directory, NAME);
}

export function pendingEditText(edit: PendingEdit): string {
  return JSON.stringify({ files: [...edit] });
}

/** Null when there is none, as nearly always. */
export async function readPendingEdit(directory: string): Promise<PendingEdit | null> {
  try {
    const { files } = JSON.parse(await readFile(pendingEditPath(directory), "utf8")) as { files: [string, string | null][] };
    return new Map(files.filter(([path]) => isBelow(path)));
  } catch {
    return null; // no such file; it appears whole, by being renamed
  }
}

/** Whoever may write into the directory may not write elsewhere with our help. */
function isBelow(path: string): boolean {
  return !isAbsolute(path) && !path.split("/").includes("..");
}
