import { setImmediate } from "node:timers/promises";
import { decodeText, type ParsedFile, parseInSteps } from "./parse-file.js";
import { faultAt, wholeFile } from "./resource-fault.js";

const SLICE_MS = 8; // of parsing, after which sessions and timers have their turn

/**
 * Parses a file in slices.
 * @param content a string: why there is none
 * @param before the file as it was: what has not changed in it is not parsed again
 */
export async function parseContent(
  path: string,
  content: Uint8Array | string,
  clock: Slices,
  before?: ParsedFile,
): Promise<ParsedFile> {
  const text = typeof content === "string" ? null : decodeText(content);
  if (text === null) {
    const message = typeof content === "string" ? content : "is not text in UTF-8";
    return { resources: [], faults: [faultAt("error", wholeFile(path), { message })], parts: new Map() };
  }
  if (clock.isDue) await clock.breathe();
  const steps = parseInSteps(path, text, before);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (clock.isDue) await clock.breathe();
  }
}

/** Keeps count of the time that work has taken since others had their turn. */
export class Slices {
  #startedMs = performance.now();

  get isDue(): boolean {
    return performance.now() - this.#startedMs >= SLICE_MS;
  }

  async breathe(): Promise<void> {
    await setImmediate();
    this.#startedMs = performance.now();
  }
}
