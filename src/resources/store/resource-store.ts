import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ResourceText } from "../edit/resource-text.js";
import { type FileChange, ResourceTexts } from "../edit/resource-texts.js";
import { decodeText } from "../parse-file.js";
import { pathBelow, type ResourceFile } from "../resource-file.js";
import { DEFAULT_NAMESPACE, ResourceLoader } from "../resource-loader.js";
import { DirectoryLock } from "./directory-lock.js";
import { FILE_EFFECTS, type FileEffects } from "./file-effects.js";
import { pendingEditPath, pendingEditText, readPendingEdit } from "./pending-edit.js";

const SHARED = 0o644;
/** Root's files are for the group of their directory as well: the service's, which is to read them. */
const PRIVATE = process.geteuid?.() === 0 ? 0o640 : 0o600;

/** The resources on disk, for commands that read and edit them. */
export class ResourceStore {
  readonly #path: string;
  readonly #root: string; // the directory; that of the file when the path is one
  readonly #namespace: string;
  readonly #effects: FileEffects;

  /** @throws Error in words for people when there is nothing at `path` */
  static async open(path: string, namespace = DEFAULT_NAMESPACE, effects: FileEffects = FILE_EFFECTS): Promise<ResourceStore> {
    const stats = await stat(path).catch(() => null);
    if (stats === null) throw new Error(`There is no directory ${path}: create it, or name another with --resources.`);
    return new ResourceStore(path, stats.isDirectory() ? path : dirname(path), namespace, effects);
  }

  private constructor(path: string, root: string, namespace: string, effects: FileEffects) {
    this.#path = path;
    this.#root = root;
    this.#namespace = namespace;
    this.#effects = effects;
  }

  /** The texts as they are now; files that cannot be read are left out. */
  async read(): Promise<ResourceTexts> {
    return this.#texts(await this.#files(false));
  }

  #texts(files: readonly ResourceFile[]): ResourceTexts {
    const texts = files.flatMap(({ path, content }) => {
      const text = decodeText(content);
      return text === null ? [] : [[join(this.#root, path), text] as const];
    });
    return new ResourceTexts(this.#path === this.#root ? this.#root : null, new Map(texts), this.#namespace);
  }

  /** Reads, lets `edit` change, and writes what it changed: all of it or, after an error or a crash, nothing. One process at a time. */
  async edit<T>(edit: (texts: ResourceTexts) => T): Promise<T> {
    const lock = await DirectoryLock.take(this.#root);
    try {
      await this.#finish();
      const texts = this.#texts(await this.#files(true));
      const result = edit(texts);
      await this.#write(texts.changes());
      return result;
    } finally {
      await lock.release();
    }
  }

  /**
   * Puts these files in the place of all resource files that are there: all of it or, after an error or a crash, nothing.
   * @param isExpected asked about the files that are there, once nobody else may change them; false: nothing is done
   * @returns whether it was done
   */
  async replaceAll(
    files: readonly ResourceFile[],
    isExpected: (present: readonly ResourceFile[]) => boolean = () => true,
  ): Promise<boolean> {
    const lock = await DirectoryLock.take(this.#root);
    try {
      await this.#finish();
      const present = await this.#files(true);
      if (!isExpected(present)) return false;
      await this.#write(changesBetween(this.#root, present, files));
      return true;
    } finally {
      await lock.release();
    }
  }

  async #files(isLocked: boolean): Promise<readonly ResourceFile[]> {
    return (await new ResourceLoader(this.#path, { namespace: this.#namespace, isLocked }).load()).files;
  }

  async #write(changes: ReadonlyMap<string, FileChange>): Promise<void> {
    if (changes.size === 1) for (const [file, { after }] of changes) await this.#put(file, after);
    if (changes.size < 2) return;
    try {
      await this.#decide(changes, ({ after }) => after);
      await this.#finish();
    } catch (error) {
      await this.#decide(changes, ({ before }) => before);
      await this.#finish();
      throw error;
    }
  }

  async #decide(changes: ReadonlyMap<string, FileChange>, choose: (change: FileChange) => string | null): Promise<void> {
    const below = [...changes].map(([file, change]) => [pathBelow(this.#root, file), choose(change)] as const);
    await this.#effects.replace(pendingEditPath(this.#root), pendingEditText(new Map(below)), PRIVATE);
  }

  /** Writes what an edit, ours or one that was cut off, has decided. */
  async #finish(): Promise<void> {
    const pending = await readPendingEdit(this.#root);
    if (pending === null) return;
    for (const [file, text] of pending) await this.#put(join(this.#root, file), text);
    await this.#effects.remove(pendingEditPath(this.#root));
  }

  async #put(file: string, text: string | null): Promise<void> {
    const now = await readFile(file, "utf8").catch(() => null);
    if (now === text) return;
    if (text === null) return this.#effects.remove(file);
    const holdsSecret = ResourceText.parse(text).resources.some(({ kind }) => kind === "Secret");
    return this.#effects.replace(file, text, holdsSecret ? PRIVATE : SHARED);
  }
}

/** By path of the file. */
function changesBetween(
  root: string,
  present: readonly ResourceFile[],
  wanted: readonly ResourceFile[],
): ReadonlyMap<string, FileChange> {
  const gone = new Map(present.map((file) => [file.path, file]));
  const changes = new Map<string, FileChange>();
  for (const file of wanted) {
    const before = gone.get(file.path);
    if (before?.digest !== file.digest)
      changes.set(join(root, file.path), { before: before ? textOf(before) : null, after: textOf(file) });
    gone.delete(file.path);
  }
  for (const file of gone.values()) changes.set(join(root, file.path), { before: textOf(file), after: null });
  return changes;
}

/** With its byte order mark, if it has one. */
function textOf({ content }: ResourceFile): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(content);
}
