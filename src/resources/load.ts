import { gather, type Loaded } from "./gather.js";
import { parseContent, Slices } from "./parse-content.js";
import { type ParsedFile, parseFile } from "./parse-file.js";
import type { ResourceFile } from "./resource-file.js";
import { DEFAULT_NAMESPACE, type LoadOptions, ResourceLoader } from "./resource-loader.js";

export type { Loaded } from "./gather.js";
export type { LoadOptions } from "./resource-loader.js";

/** Loads every resource below `path`, a directory or a file. Never rejects: what goes wrong is a fault. */
export async function loadResources(path: string, options: LoadOptions = {}): Promise<Loaded> {
  return (await new ResourceLoader(path, options).load()).loaded;
}

/** As `loadResources`, from files in memory. @param place what their paths are below, in faults and causes */
export async function loadFiles(files: readonly ResourceFile[], place: string, options: LoadOptions = {}): Promise<Loaded> {
  const clock = new Slices();
  const parsed: ParsedFile[] = [];
  for (const { path, content } of files) {
    if (clock.isDue) await clock.breathe();
    parsed.push(await parseContent(`${place}/${path}`, content, clock));
  }
  return gather(parsed, [], options.namespace ?? DEFAULT_NAMESPACE);
}

/** As `loadResources`, from texts in memory: name of the file → text. */
export function loadTexts(texts: Readonly<Record<string, string>>, { namespace = DEFAULT_NAMESPACE }: LoadOptions = {}): Loaded {
  return gather(
    Object.entries(texts).map(([file, text]) => parseFile(file, text)),
    [],
    namespace,
  );
}
