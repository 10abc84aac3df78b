import type { Result } from "../../../protocol/result.js";
import { CommandFailure } from "../fail.js";
import type { Refusal } from "./error-text.js";

/** A verb as messages need it. */
export interface VerbWords {
  readonly present: string; // "create"
  readonly past: string; // "created"
}

/**
 * Prints what became of the resources of a command, in calicoctl's words.
 *
 * @param kinds of the resources, one for each result
 * @throws CommandFailure when one was refused
 */
export function report(
  { present, past }: VerbWords,
  kinds: readonly string[],
  results: readonly Result<void, Refusal>[],
): number {
  const kind = new Set(kinds).size === 1 ? ` '${kinds[0]}'` : "";
  const refusals = refusalsOf(results);
  const done = results.length - refusals.length;
  if (results.length === 0) process.stdout.write("No resources specified\n");
  else if (refusals.length === 0) process.stdout.write(`Successfully ${past} ${done}${kind} resource(s)\n`);
  else if (done > 0)
    process.stdout.write(`Partial success: ${past} the first ${done} out of ${results.length}${kind} resources:\n`);
  if (refusals.length === 0) return 0;
  const errors = `[${refusals.map(({ summary }) => summary).join(" ")}]`;
  throw new CommandFailure([failureText(), ...refusals.flatMap(({ details }) => details)].join("\n"));

  function failureText(): string {
    if (done > 0) return `hit error: ${errors}`;
    if (results.length === 1) return `failed to ${present}${kind} resource: ${errors}`;
    return `failed to ${present} any${kind} resources: ${errors}`;
  }
}

export function refusalsOf(results: readonly Result<void, Refusal>[]): Refusal[] {
  return results.flatMap((result) => (result.ok ? [] : [result.error]));
}
