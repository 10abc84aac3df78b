import { homeNamespace, type ResourceId } from "../../resources/edit/resource-texts.js";
import { CommandFailure, UsageError } from "../fail.js";
import { runBatch } from "./batch.js";
import { deleteEdit } from "./edits.js";
import { type InputArguments, readInput } from "./input.js";
import { kindArgument } from "./kind-argument.js";
import { AGENT_NAMESPACE, type Place } from "./place.js";
import { refusalsOf } from "./report.js";

interface DeleteArguments extends Place, InputArguments {
  readonly kind?: string | undefined;
  readonly names?: readonly string[] | undefined;
  readonly skipNotExists: boolean;
}

/** `peregrine delete KIND NAME…` or `-f FILE` */
export async function remove(args: DeleteArguments): Promise<number> {
  if (args.kind === undefined && !args.filename) throw new UsageError("Name a kind, or a file with -f.");
  const ids = args.kind === undefined ? (await readInput(args)).map(({ id }) => id) : namedIds(args.kind, args);
  const steps = ids.map((id) => {
    const along: string[] = [];
    return { id, value: null, errors: [], along, edit: deleteEdit(id, args.skipNotExists, along) };
  });
  const results = await runBatch(args, steps);
  const refusals = refusalsOf(results);
  const kind = new Set(ids.map((id) => id.kind)).size === 1 ? ` '${ids[0]!.kind}'` : "";
  const done = ids.length - refusals.length;
  if (ids.length === 0) process.stdout.write("No resources specified\n");
  else if (done > 0) process.stdout.write(`Successfully deleted ${done}${kind} resource(s)\n`);
  const along = steps.flatMap((step, index) => (results[index]!.ok ? step.along : []));
  for (const name of along) process.stderr.write(`${name} concerned a deleted Node alone and is deleted, too\n`);
  if (refusals.length === 0) return 0;
  throw new CommandFailure(
    refusals.flatMap(({ summary, details }) => [`Failed to delete${kind} resource: ${summary}`, ...details]).join("\n"),
  );
}

/** What a kind and names on the command line mean. @throws CommandFailure for an unknown kind, UsageError without a name */
export function namedIds(
  word: string,
  { names = [], namespace }: { readonly names?: readonly string[] | undefined; readonly namespace?: string | undefined },
): ResourceId[] {
  const { kind, namespaced } = kindArgument(word);
  if (names.length === 0) throw new UsageError("Name at least one resource.");
  const placed = namespaced && namespace !== homeNamespace(kind, AGENT_NAMESPACE) ? (namespace ?? null) : null;
  return names.map((name) => ({ kind, name, namespace: placed, fromKubernetes: false }));
}
