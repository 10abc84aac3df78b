import { err, ok } from "../../../protocol/result.js";
import { refusalOf } from "./error-text.js";
import { type InputArguments, readInput } from "./input.js";
import { report } from "./report.js";

/** `peregrine validate -f FILE`: each resource by itself, as calicoctl does; a directory as a set is `peregrine validate DIR`. */
export async function validateFiles(args: InputArguments): Promise<number> {
  const inputs = await readInput(args);
  const results = inputs.map(({ errors, value }) =>
    errors.length === 0 ? ok(undefined) : err(refusalOf({ message: null, faults: errors }, value)),
  );
  const kinds = inputs.map(({ id }) => id.kind);
  return report({ present: "validate", past: "validated" }, kinds, results);
}
