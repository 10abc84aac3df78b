import type { Generation } from "../generations/generation-file.js";
import type { GenerationView } from "./views.js";

/** Without the digests: see `digestOfFiles`. @param running the number of the one in force */
export function generationViews(generations: readonly Generation[], running: number | null): readonly GenerationView[] {
  return generations.map(({ number, at, summary, files }) => ({ number, at, summary, files, running: number === running }));
}
