import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { LabError } from "./lab-error.js";

/** The directory with our package.json, above this file: it is the same from `src/` as from `dist/src/`. */
export function packageRoot(): string {
  for (let directory = import.meta.dirname; ; directory = dirname(directory)) {
    if (existsSync(join(directory, "package.json"))) return directory;
    if (directory === dirname(directory)) throw new LabError(`no package.json above ${import.meta.dirname}`);
  }
}
