import { err, ok, type Result } from "../../../protocol/result.js";
import type { ResourceFault } from "../resource-fault.js";
import type { ResourceTexts } from "./resource-texts.js";

/** One change to a set; an error says why it cannot be made. */
export type Edit = (texts: ResourceTexts) => Result<void, string>;

/** Why an edit was not made: in words, or with what the loader says of the set it would have made. */
export interface EditFailure {
  readonly message: string | null;
  readonly faults: readonly ResourceFault[];
}

/**
 * Makes edits one after the other, going on after a failure. Together they may need each other in any order; only when the set
 * they make is worse than the one before is each of them judged alone, in the order given.
 *
 * @param errorsOf the loader's errors for the set as it stands
 * @returns for every edit whether it is in force
 */
export function runEdits(
  texts: ResourceTexts,
  edits: readonly Edit[],
  errorsOf: (texts: ResourceTexts) => readonly ResourceFault[],
): readonly Result<void, EditFailure>[] {
  const before = errorsOf(texts);
  const start = texts.mark();
  const together = edits.map((edit) => make(texts, edit));
  if (texts.mark() === start || newErrors(before, errorsOf(texts)).length === 0) return together;
  texts.rollback(start);
  let known = before;
  return edits.map((edit) => {
    const mark = texts.mark();
    const made = make(texts, edit);
    if (!made.ok || texts.mark() === mark) return made;
    const errors = errorsOf(texts);
    const worse = newErrors(known, errors);
    if (worse.length > 0) {
      texts.rollback(mark);
      return err({ message: null, faults: worse });
    }
    known = errors;
    return ok(undefined);
  });
}

function make(texts: ResourceTexts, edit: Edit): Result<void, EditFailure> {
  const made = edit(texts);
  return made.ok ? made : err({ message: made.error, faults: [] });
}

/** The errors that were not there before, wherever in their files they stand. */
function newErrors(before: readonly ResourceFault[], after: readonly ResourceFault[]): readonly ResourceFault[] {
  const left = new Map<string, number>();
  for (const fault of before) left.set(subjectOf(fault), (left.get(subjectOf(fault)) ?? 0) + 1);
  return after.filter((fault) => {
    const count = left.get(subjectOf(fault)) ?? 0;
    left.set(subjectOf(fault), count - 1);
    return count <= 0;
  });
}

function subjectOf({ file, kind, name, field, message }: ResourceFault): string {
  return JSON.stringify([file, kind, name, field, message.replace(/:\d+/g, "").replace(/line \d+/g, "line")]);
}
