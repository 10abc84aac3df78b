import type { FieldReader } from "../field-reader.js";
import type { FilterOperation, FilterRule } from "../resource-set.js";
import { asNumber } from "../values/as-number.js";
import { filterCommunity } from "../values/community.js";
import { routePriority } from "../values/route-priority.js";

const MOST_OPERATIONS = 10;
const MOST_PREPENDED = 10;

/** Each entry of the list has exactly one of these. */
const READERS: Readonly<Record<FilterOperation["type"], (operation: FieldReader) => FilterOperation | null>> = {
  addCommunity(operation) {
    const community = operation.required("value", filterCommunity);
    return community === null ? null : { type: "addCommunity", community };
  },
  prependASPath(operation) {
    const asns = operation.list("prefix", asNumber("refuse"));
    operation.checkCount("prefix", 1, MOST_PREPENDED);
    return { type: "prependASPath", asns };
  },
  setPriority(operation) {
    const priority = operation.required("value", routePriority);
    return priority === null ? null : { type: "setPriority", priority };
  },
};
const TYPES = Object.keys(READERS) as FilterOperation["type"][];

/** Reads `operations` of a rule: what it changes in the routes that it accepts. */
export function readFilterOperations(rule: FieldReader, action: FilterRule["action"] | null): FilterOperation[] {
  if (!rule.has("operations")) return [];
  const entries = rule.objects("operations");
  rule.checkCount("operations", 1, MOST_OPERATIONS);
  if (action === "Reject")
    rule.complain("operations", { message: "are for action Accept only", remedy: "remove them, or use action: Accept" });
  return entries.flatMap((entry) => readOperation(entry) ?? []);
}

function readOperation(entry: FieldReader): FilterOperation | null {
  const given = TYPES.filter((type) => entry.has(type));
  entry.finish();
  if (given.length !== 1) {
    const message = given.length === 0 ? "names no operation" : `has ${given.join(" and ")} in one entry`;
    entry.complain(null, { message, allowed: `exactly one of ${TYPES.join(", ")}` });
    return null;
  }
  const operation = entry.object(given[0]!);
  const read = operation && READERS[given[0]!](operation);
  operation?.finish();
  return read;
}
