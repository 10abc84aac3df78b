import { err, ok } from "../../../protocol/result.js";
import type { ResourceId, StoredResource } from "../../resources/edit/resource-texts.js";
import type { Edit } from "../../resources/edit/run-edits.js";
import { isValueMap, type ValueMap, valueAt } from "../../resources/edit/value.js";
import { hasTypographicQuotes, straighten } from "../../resources/typographic-quotes.js";
import { CommandFailure, UsageError } from "../fail.js";
import { runBatch } from "./batch.js";
import { namedIds } from "./delete.js";
import { findNamed, missing } from "./edits.js";
import type { Place } from "./place.js";

interface LabelArguments extends Place {
  readonly kind: string;
  readonly name: string;
  readonly label: string;
  readonly overwrite: boolean;
  readonly remove: boolean;
}

/** What is asked for: a label with a value, or (null) one to be removed. */
interface LabelChange {
  readonly key: string;
  readonly value: string | null;
}

/** `peregrine label KIND NAME KEY=VALUE [--overwrite]`, `peregrine label KIND NAME KEY --remove` */
export async function label(args: LabelArguments): Promise<number> {
  if (args.overwrite && args.remove) throw new UsageError("--overwrite and --remove exclude each other.");
  const [id] = namedIds(args.kind, { names: [args.name], namespace: args.namespace });
  const change = parseLabel(args);
  const subject = `${args.kind} ${args.name}`;
  const outcome = { text: "" };
  const value = { metadata: { labels: { [change.key]: change.value } } };
  const [result] = await runBatch(args, [{ id: id!, value, errors: [], edit: labelEdit(id!, change, args, outcome) }]);
  if (!result!.ok) {
    const { summary, details } = result!.error;
    if (details.length === 0) throw new CommandFailure(summary);
    throw new CommandFailure([`failed to update ${subject}, label not changed: ${summary}`, ...details].join("\n"));
  }
  process.stdout.write(`Successfully ${outcome.text} ${subject}\n`);
  return 0;
}

function parseLabel({ label: written, remove }: LabelArguments): LabelChange {
  const text = hasTypographicQuotes(written) ? straighten(written) : written;
  const [key, value, ...rest] = text.split("=");
  if (remove && value === undefined) return { key: key!, value: null };
  if (remove) throw new CommandFailure(`invalid label key '${text}': with --remove write the key alone`);
  if (value === undefined) throw new CommandFailure(`invalid label key '${text}': write KEY=VALUE, or KEY --remove`);
  if (rest.length > 0 || key === "") throw new CommandFailure(`invalid label ${text}: write KEY=VALUE`);
  return { key: key!, value };
}

/** @param outcome gets the words for what was done */
function labelEdit(id: ResourceId, { key, value }: LabelChange, args: LabelArguments, outcome: { text: string }): Edit {
  const subject = `${args.kind} ${args.name}`;
  return (texts) => {
    const stored = findNamed(texts, id);
    if (!stored) return err(`failed to get ${subject}, error ${missing(id)}`);
    const before = valueAt(stored.value, ["metadata", "labels", key]);
    if (value === null) {
      if (before === undefined) return err(`cannot remove label of ${subject}, key ${key} does not exist`);
      outcome.text = `removed label ${key} from`;
      texts.replace(stored, withLabel(stored, key, undefined));
      return ok(undefined);
    }
    const same = before !== undefined && String(before ?? "") === value;
    if (before !== undefined && !same && !args.overwrite) {
      return err(
        `failed to update label of ${subject}, key ${key} is already present. please use '--overwrite' to set a new value.`,
      );
    }
    outcome.text = before === undefined ? `set label ${key} on` : `updated label ${key} on`;
    if (!same) texts.replace(stored, withLabel(stored, key, value));
    return ok(undefined);
  };
}

function withLabel({ value }: StoredResource, key: string, label: string | undefined): ValueMap {
  const metadata = isValueMap(value["metadata"]) ? value["metadata"] : {};
  const labels = isValueMap(metadata["labels"]) ? metadata["labels"] : {};
  const entries = Object.entries(labels).filter(([other]) => other !== key);
  const changed = label === undefined ? entries : Object.entries({ ...labels, [key]: label });
  const { labels: _, ...rest } = metadata;
  return { ...value, metadata: changed.length === 0 ? rest : { ...metadata, labels: Object.fromEntries(changed) } };
}
