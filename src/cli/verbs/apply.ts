import { runBatch } from "./batch.js";
import { applyEdit } from "./edits.js";
import { type InputArguments, readInput } from "./input.js";
import type { Place } from "./place.js";
import { report } from "./report.js";

/** `peregrine apply -f FILE` */
export async function apply(args: Place & InputArguments): Promise<number> {
  const inputs = await readInput(args);
  const results = await runBatch(
    args,
    inputs.map((input) => ({ ...input, edit: applyEdit(input) })),
  );
  const kinds = inputs.map(({ id }) => id.kind);
  return report({ present: "apply", past: "applied" }, kinds, results);
}
