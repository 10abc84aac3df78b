import { err, ok, type Result } from "../../../protocol/result.js";
import { parsePatch } from "../../resources/edit/parse-patch.js";
import type { ResourceId, StoredResource } from "../../resources/edit/resource-texts.js";
import type { Edit } from "../../resources/edit/run-edits.js";
import { strategicMerge } from "../../resources/edit/strategic-merge.js";
import { sameValue, type ValueMap, valueAt } from "../../resources/edit/value.js";
import { CommandFailure } from "../fail.js";
import { runBatch } from "./batch.js";
import { namedIds } from "./delete.js";
import { findNamed, missing } from "./edits.js";
import type { Place } from "./place.js";
import { structuredText } from "./printed.js";

interface PatchArguments extends Place {
  readonly kind: string;
  readonly name: string;
  readonly patch: string;
}

/** `peregrine patch KIND NAME -p PATCH` */
export async function patch(args: PatchArguments): Promise<number> {
  const [id] = namedIds(args.kind, { names: [args.name], namespace: args.namespace });
  const parsed = parsePatch(args.patch);
  if (!parsed.ok) throw new CommandFailure(`hit error: performing strategic merge patch: ${parsed.error}`);
  for (const warning of parsed.value.warnings) process.stderr.write(`warning: ${warning}\n`);
  const [result] = await runBatch(args, [
    { id: id!, value: parsed.value.patch, errors: [], edit: patchEdit(id!, parsed.value.patch) },
  ]);
  if (!result!.ok) throw new CommandFailure([`hit error: ${result!.error.summary}`, ...result!.error.details].join("\n"));
  process.stdout.write(`Successfully patched 1 '${id!.kind}' resource\n`);
  return 0;
}

function patchEdit(id: ResourceId, change: ValueMap): Edit {
  return (texts) => {
    const stored = findNamed(texts, id);
    if (!stored) return err(`${missing(id)}${creationHint(id, change)}`);
    const merged = patched(stored, change);
    if (!merged.ok) return merged;
    if (!sameValue(stored.value, merged.value)) texts.replace(stored, merged.value);
    return ok(undefined);
  };
}

/** The cluster's BGPConfiguration is the one resource that people change before it exists: what to type, with what they asked for. */
function creationHint({ kind, name }: ResourceId, change: ValueMap): string {
  if (kind !== "BGPConfiguration" || name !== "default") return "";
  const merged = strategicMerge({ apiVersion: "projectcalico.org/v3", kind, metadata: { name }, spec: {} }, change);
  if (!merged.ok) return "";
  return `; create it first:\nperegrine create -f - <<'EOF'\n${structuredText("yaml", merged.value)}EOF`;
}

function patched(stored: StoredResource, change: ValueMap): Result<ValueMap, string> {
  const { kind, apiVersion, name, value } = stored;
  if (kind === "Node" && apiVersion === "v1" && Object.keys(change).some((field) => field !== "metadata")) {
    const example = `{"metadata": {"annotations": {"projectcalico.org/ASNumber": "64513"}}}`;
    return err(
      `${stored.file}:${stored.line} is a Node of Kubernetes, whose BGP settings are annotations; patch those, e.g. ${example}`,
    );
  }
  const merged = strategicMerge(value, change);
  if (!merged.ok) return merged;
  for (const path of [["kind"], ["apiVersion"], ["metadata", "name"], ["metadata", "namespace"]]) {
    if (!sameValue(valueAt(merged.value, path) ?? null, valueAt(value, path) ?? null))
      return err(`${path.join(".")} of ${kind} ${name} cannot be changed; create a resource and delete this one`);
  }
  return merged;
}
