import { gather, type Loaded } from "./gather.js";
import { parseFile } from "./parse-file.js";
import { type LoadOptions, ResourceLoader } from "./resource-loader.js";

export type { Loaded } from "./gather.js";
export type { LoadOptions } from "./resource-loader.js";

/** Loads every resource below `path`, a directory or a file. Never rejects: what goes wrong is a fault. */
export async function loadResources(path: string, options: LoadOptions = {}): Promise<Loaded> {
  return (await new ResourceLoader(path, options).load()).loaded;
}

/** As `loadResources`, from texts in memory: name of the file → text. */
export function loadTexts(texts: Readonly<Record<string, string>>, { namespace = "kube-system" }: LoadOptions = {}): Loaded {
  return gather(
    Object.entries(texts).map(([file, text]) => parseFile(file, text)),
    [],
    namespace,
  );
}
