import { createHash } from "node:crypto";
import { join } from "node:path";
import { newDocument, ResourceText, type WrittenResource } from "./resource-text.js";
import type { ValueMap } from "./value.js";

/** What tells resources apart. */
export interface ResourceId {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | null; // null: of a kind without, or the kind's home
  readonly fromKubernetes: boolean; // a Node of apiVersion v1, beside which Calico's may stand
}

/** A resource and the file it stands in. */
export interface StoredResource extends WrittenResource {
  readonly file: string;
}

/** How a resource that is not there yet comes in. */
export interface NewResource {
  readonly value: ValueMap;
  readonly text: string | null; // as its author wrote it; null: to be printed
  readonly json: boolean;
}

/** The text of a file before and after an edit; null where there is no file. */
export interface FileChange {
  readonly before: string | null;
  readonly after: string | null;
}

export function idOf({ kind, apiVersion, name, namespace }: WrittenResource, agentNamespace: string): ResourceId {
  const fromKubernetes = kind === "Node" && apiVersion === "v1";
  return { kind, name, namespace: namespace === homeNamespace(kind, agentNamespace) ? null : namespace, fromKubernetes };
}

/** The namespace of a resource that names none: a Secret is looked for where the node agent is. */
export function homeNamespace(kind: string, agentNamespace: string): string {
  return kind === "Secret" ? agentNamespace : "default";
}

/** The texts of a directory, and every resource in them by its id. What was done since a mark can be undone. */
export class ResourceTexts {
  readonly #directory: string | null;
  readonly #namespace: string;
  readonly #files = new Map<string, ResourceText>();
  readonly #index = new Map<string, StoredResource[]>();
  readonly #undo: { readonly file: string; readonly before: ResourceText | null }[] = [];

  /** @param directory where new files go; null: all resources are in the one file there is @param namespace the node agent's */
  constructor(directory: string | null, texts: ReadonlyMap<string, string>, namespace: string) {
    this.#directory = directory;
    this.#namespace = namespace;
    for (const [file, text] of texts) this.#set(file, ResourceText.parse(text));
  }

  /** Text of every file, by path. */
  *texts(): Iterable<readonly [file: string, text: string]> {
    for (const [file, content] of this.#files) yield [file, content.text];
  }

  find(id: ResourceId): StoredResource | null {
    return this.#index.get(keyOf(id))?.[0] ?? null;
  }

  /** All resources of a kind in bytewise order of their names. */
  list(kind: string): StoredResource[] {
    const found = [...this.#index.values()].flatMap((stored) => stored.filter((resource) => resource.kind === kind));
    return found.sort((a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1));
  }

  /** Puts a resource that is not there yet into a file of its own, or at the end of the only one. */
  add(id: ResourceId, { value, text, json }: NewResource): void {
    const document = text ?? newDocument(value, json);
    const [only] = this.#directory === null ? this.#files : [];
    if (only) this.#change(only[0], ResourceText.parse(`${only[1].text.replace(/(?<=[^\n])$/, "\n")}---\n${document}`));
    else this.#change(this.#freePath(id, json), ResourceText.parse(document));
  }

  /** Changes a resource in its place. */
  replace(stored: StoredResource, value: ValueMap): void {
    this.#change(stored.file, this.#files.get(stored.file)!.with(stored, value));
  }

  /** Removes a resource; a file that it leaves empty goes with it. */
  remove(stored: StoredResource): void {
    const rest = this.#files.get(stored.file)!.without(stored);
    this.#change(stored.file, rest.isEmpty ? null : rest);
  }

  mark(): number {
    return this.#undo.length;
  }

  rollback(mark: number): void {
    while (this.#undo.length > mark) {
      const { file, before } = this.#undo.pop()!;
      this.#set(file, before);
    }
  }

  /** The files that are others now, by path. */
  changes(): ReadonlyMap<string, FileChange> {
    const changes = new Map<string, FileChange>();
    for (const { file, before } of this.#undo) {
      if (!changes.has(file)) changes.set(file, { before: before?.text ?? null, after: this.#files.get(file)?.text ?? null });
    }
    return new Map([...changes].filter(([, { before, after }]) => before !== after));
  }

  #change(file: string, content: ResourceText | null): void {
    this.#undo.push({ file, before: this.#files.get(file) ?? null });
    this.#set(file, content);
  }

  #set(file: string, content: ResourceText | null): void {
    for (const resource of this.#files.get(file)?.resources ?? []) {
      const key = keyOf(idOf(resource, this.#namespace));
      const rest = this.#index.get(key)!.filter((stored) => stored.file !== file);
      if (rest.length === 0) this.#index.delete(key);
      else this.#index.set(key, rest);
    }
    if (content === null) {
      this.#files.delete(file);
      return;
    }
    this.#files.set(file, content);
    for (const resource of content.resources) {
      const key = keyOf(idOf(resource, this.#namespace));
      this.#index.set(key, [...(this.#index.get(key) ?? []), { ...resource, file }]);
    }
  }

  #freePath({ kind, name, namespace, fromKubernetes }: ResourceId, json: boolean): string {
    const words = [fromKubernetes ? "kubernetes-node" : kind.toLowerCase(), ...(namespace === null ? [] : [namespace]), name];
    const stem = shortened(words.join("-"));
    for (let count = 1; ; count++) {
      const file = join(this.#directory ?? "", `${stem}${count === 1 ? "" : `-${count}`}.${json ? "json" : "yaml"}`);
      if (!this.#files.has(file)) return file;
    }
  }
}

const LONGEST_STEM = 200; // a file name takes 255 octets

function shortened(stem: string): string {
  if (stem.length <= LONGEST_STEM) return stem;
  return `${stem.slice(0, LONGEST_STEM - 9)}-${createHash("sha256").update(stem).digest("hex").slice(0, 8)}`;
}

function keyOf({ kind, name, namespace, fromKubernetes }: ResourceId): string {
  return JSON.stringify([kind, fromKubernetes, namespace, name]);
}
