import type { Pending } from "../generations/confirmation.js";
import type { Generation } from "../generations/generation-file.js";
import type { GenerationView, TrialView } from "./views.js";

export function trialView({ returnTo, deadline, isConfirmed }: Pending): TrialView {
  return { returnTo, deadline, isConfirmed };
}

/** Without the digests: see `digestOfFiles`. @param running the number of the one in force */
export function generationViews(generations: readonly Generation[], running: number | null): readonly GenerationView[] {
  return generations.map(({ number, at, summary, files }) => ({ number, at, summary, files, running: number === running }));
}
