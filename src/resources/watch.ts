import { DirectoryWatch } from "../directory-watch.js";
import type { Loaded } from "./gather.js";
import type { ResourceFile } from "./resource-file.js";
import { type LoadOptions, ResourceLoader } from "./resource-loader.js";

const RESCAN_MS = 3000;

/** Hears of every load that differs from the one before, with the files it was made of. */
export type OnLoad = (loaded: Loaded, files: readonly ResourceFile[]) => void;

/** A watch on a directory of resources; `close()` ends it. */
export interface ResourceWatch {
  close(): void;
}

/**
 * Loads the resources below `path`, and again whenever they change.
 * @param onChange called with the first load, and then with each that differs from the one before
 */
export function watchResources(path: string, onChange: OnLoad, options: LoadOptions = {}): ResourceWatch {
  const loader = new ResourceLoader(path, options);
  return new DirectoryWatch(loader, RESCAN_MS, ({ loaded, files }) => onChange(loaded, files));
}
