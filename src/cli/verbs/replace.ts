import { runBatch } from "./batch.js";
import { replaceEdit } from "./edits.js";
import { type InputArguments, readInput } from "./input.js";
import type { Place } from "./place.js";
import { report } from "./report.js";

/** `peregrine replace -f FILE` */
export async function replace(args: Place & InputArguments): Promise<number> {
  const inputs = await readInput(args);
  const results = await runBatch(
    args,
    inputs.map((input) => ({ ...input, edit: replaceEdit(input) })),
  );
  const kinds = inputs.map(({ id }) => id.kind);
  return report({ present: "replace", past: "replaced" }, kinds, results);
}
