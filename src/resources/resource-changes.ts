import type { Resource, ResourceSet } from "./resource-set.js";
import { SecretValue } from "./secret-value.js";

/** What became of one resource from one set to the next. */
export interface ResourceChange {
  readonly type: "added" | "removed" | "changed";
  readonly kind: string;
  readonly name: string;
}

const MOST_NAMED = 3; // changes told one by one; of more, their number

/** What differs between two sets in meaning: not where it stands, nor how it is written. */
export function resourceChanges(before: ResourceSet, after: ResourceSet): readonly ResourceChange[] {
  return (Object.keys(after) as (keyof ResourceSet)[]).flatMap((kinds) => changesOf(before[kinds], after[kinds]));
}

/** The changes in a line, e.g. "BGPPeer tor changed, BlockAffinity: 12 added". */
export function summaryOf(changes: readonly ResourceChange[]): string {
  if (changes.length === 0) return "nothing but where or how it is written";
  if (changes.length <= MOST_NAMED) return changes.map(({ kind, name, type }) => `${kind} ${name} ${type}`).join(", ");
  const counts = new Map<string, Map<string, number>>();
  for (const { kind, type } of changes) {
    const ofKind = counts.get(kind) ?? new Map<string, number>();
    counts.set(kind, ofKind.set(type, (ofKind.get(type) ?? 0) + 1));
  }
  return [...counts].map(([kind, types]) => `${kind}: ${[...types].map(([type, n]) => `${n} ${type}`).join(", ")}`).join("; ");
}

type OfKind = ReadonlyMap<string, Resource<unknown> & { readonly kind: string }>;

function changesOf(before: OfKind, after: OfKind): readonly ResourceChange[] {
  const changes: ResourceChange[] = [];
  for (const [name, { kind }] of before) if (!after.has(name)) changes.push({ type: "removed", kind, name });
  for (const [name, resource] of after) {
    const was = before.get(name);
    if (was === undefined) changes.push({ type: "added", kind: resource.kind, name });
    else if (was !== resource && meaning(was) !== meaning(resource)) changes.push({ type: "changed", kind: resource.kind, name });
  }
  return changes;
}

function meaning({ labels, spec }: Resource<unknown>): string {
  return JSON.stringify([labels, spec], function (this: Record<string, unknown>, key, value: unknown) {
    const original = this[key]; // before its toJSON
    if (key === "cause") return undefined;
    if (original instanceof SecretValue) return original.digest();
    if (original instanceof Map) return [...original].sort(([a], [b]) => (a < b ? -1 : 1));
    return isPlain(original) ? value : String(original);
  });
}

/** Values of our own (addresses, prefixes, selectors) are told apart by their text. */
function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
