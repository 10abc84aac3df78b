import { runBatch } from "./batch.js";
import { createEdit } from "./edits.js";
import { type InputArguments, readInput } from "./input.js";
import type { Place } from "./place.js";
import { report } from "./report.js";

/** `peregrine create -f FILE` */
export async function create(args: Place & InputArguments & { readonly skipExists: boolean }): Promise<number> {
  const inputs = await readInput(args);
  const results = await runBatch(
    args,
    inputs.map((input) => ({ ...input, edit: createEdit(input, args.skipExists) })),
  );
  const kinds = inputs.map(({ id }) => id.kind);
  return report({ present: "create", past: "created" }, kinds, results);
}
