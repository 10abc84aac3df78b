import type { ResourceId } from "../../resources/edit/resource-texts.js";
import type { EditFailure } from "../../resources/edit/run-edits.js";
import { type ValueMap, valueAt } from "../../resources/edit/value.js";
import { renderFault } from "../../resources/render-fault.js";
import type { ResourceFault } from "../../resources/resource-fault.js";

/** A resource as calicoctl names it in errors. */
export function nameOf({ kind, name, namespace }: Pick<ResourceId, "kind" | "name" | "namespace">): string {
  return `${kind}(${namespace === null ? name : `${namespace}/${name}`})`;
}

/** Why one resource was refused: calicoctl's one line, and our loader's words with place and remedy. */
export interface Refusal {
  readonly summary: string;
  readonly details: readonly string[];
}

/** @param value of the refused resource, to quote from */
export function refusalOf({ message, faults }: EditFailure, value: ValueMap | null): Refusal {
  if (message !== null) return { summary: message, details: [] };
  return { summary: faultSummary(faults, value), details: faults.map(renderFault) };
}

function faultSummary(faults: readonly ResourceFault[], value: ValueMap | null): string {
  const [first] = faults;
  if (faults.length === 1)
    return first!.message === "unknown field" ? unknownField(first!) : `error with field ${fieldText(first!, value)}`;
  const lines = faults.map((fault) => `-  ${fault.message === "unknown field" ? unknownField(fault) : fieldText(fault, value)}`);
  return ["error with the following fields:", ...lines].join("\n");
}

function unknownField({ field }: ResourceFault): string {
  return `field in document is not recognized or is in the wrong location: ${field?.split(".").at(-1)}`;
}

function fieldText({ field, message, excerpt }: ResourceFault, value: ValueMap | null): string {
  const found = field === null || value === null ? undefined : valueAt(value, stepsOf(field));
  const shown =
    found === undefined || excerpt === null ? "" : ` = '${typeof found === "object" ? JSON.stringify(found) : found}'`;
  return `${field ?? "document"}${shown} (${message})`;
}

/** The steps of a field's path as faults write it: `spec.exportV4[1].cidr`, `metadata.labels["a/b"]`. */
function stepsOf(field: string): (string | number)[] {
  return [...field.matchAll(/\["([^"]*)"\]|\[(\d+)\]|[^.[\]]+/g)].map(([step, quoted, index]) => {
    if (index !== undefined) return Number(index);
    return quoted ?? step;
  });
}
