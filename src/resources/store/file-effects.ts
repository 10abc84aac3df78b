import { type FileHandle, lstat, mkdir, open, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncDirectory } from "./sync-directory.js";

/** What writing needs of the file system. */
export interface FileEffects {
  /** Puts `text` in the place of a file, or makes it, so that a crash leaves the old content or the new one. */
  replace(path: string, text: string, mode: number): Promise<void>;
  remove(path: string): Promise<void>;
}

const TEMPORARY = ".peregrine-tmp"; // hidden, so no loader reads it; one is enough for whoever holds the lock

export const FILE_EFFECTS: FileEffects = {
  /**
   * @param mode for a file that is not there yet; one that is keeps mode and owner, and a symbolic link stays one. What root makes
   *   belongs to the owner and group of its directory
   */
  async replace(path, text, mode) {
    const before = await lstat(path).catch(() => null);
    const target = before?.isSymbolicLink() ? await realpath(path) : path;
    const stats = before?.isSymbolicLink() ? await lstat(target) : before;
    const temporary = join(dirname(target), TEMPORARY);
    await mkdir(dirname(target), { recursive: true });
    await rm(temporary, { force: true });
    const owner = stats ?? (process.geteuid?.() === 0 ? await stat(dirname(target)) : null);
    await writeWhole(temporary, text, stats ? stats.mode & 0o7777 : mode, owner);
    await rename(temporary, target);
    await syncDirectory(dirname(target));
  },

  async remove(path) {
    await rm(path, { force: true });
    await syncDirectory(dirname(path));
  },
};

async function writeWhole(path: string, text: string, mode: number, owner: { uid: number; gid: number } | null): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text);
    if (owner) await keepOwner(file, owner);
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Only root may give a file away; a group that we are in we may set. */
async function keepOwner(file: FileHandle, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  const made = await file.stat();
  if (made.uid !== uid || made.gid !== gid) await file.chown(uid, gid);
}
