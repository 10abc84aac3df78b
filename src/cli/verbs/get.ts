import { homeNamespace, type ResourceTexts, type StoredResource } from "../../resources/edit/resource-texts.js";
import { isValueMap, type Value, type ValueMap, valueAt } from "../../resources/edit/value.js";
import { Selector } from "../../resources/selector.js";
import { straighten } from "../../resources/typographic-quotes.js";
import { CommandFailure, UsageError } from "../fail.js";
import { tableOf, tableText } from "./columns.js";
import { namedIds } from "./delete.js";
import { findNamed, missing, resourceVersion } from "./edits.js";
import { type InputArguments, type InputResource, readInput } from "./input.js";
import { kindArgument } from "./kind-argument.js";
import { withNodeStatus } from "./node-status.js";
import { AGENT_NAMESPACE, type Place, withStore } from "./place.js";
import { type GetOutput, shown, structuredText } from "./printed.js";

interface GetArguments extends Place, InputArguments {
  readonly kind?: string | undefined;
  readonly names?: readonly string[] | undefined;
  readonly output: string;
  readonly selector?: string | undefined;
  readonly export: boolean;
  readonly control: string;
}

/** What was found: a whole kind, or resources asked for one by one. */
interface Found {
  readonly listOf: string | null; // the kind, when it was asked for as a whole
  readonly resources: readonly StoredResource[];
  readonly missing: readonly string[]; // a message each
  readonly context: { readonly defaultAsNumber: string };
}

/** `peregrine get KIND [NAME…]` or `-f FILE` */
export async function get(args: GetArguments): Promise<number> {
  if (args.kind === undefined && !args.filename) throw new UsageError("Name a kind, or a file with -f.");
  const output = parseOutput(args.output);
  const selector = parseSelector(args.selector);
  const inputs = args.kind === undefined ? await readInput(args) : [];
  const found = await withStore(args, async (store) => select(await store.read(), args, inputs, selector));
  if (args.kind === undefined || found.resources.length > 0 || found.listOf !== null) await print(found, output, args);
  if (found.missing.length > 0) throw new CommandFailure(found.missing.join("\n"));
  return 0;
}

/** @throws CommandFailure in calicoctl's words */
export function parseOutput(output: string): GetOutput {
  switch (output) {
    case "table":
    case "ps":
      return { type: "table", wide: false, headings: null };
    case "wide":
      return { type: "table", wide: true, headings: null };
    case "yaml":
    case "yml":
      return { type: "yaml" };
    case "json":
    case "name":
      return { type: output };
  }
  const [form, value] = [output.split("=", 1)[0]!, output.slice(output.indexOf("=") + 1)];
  if (form === "custom-columns" && output.includes("=") && value !== "")
    return { type: "table", wide: false, headings: value.split(",") };
  if (form === "custom-columns") throw new CommandFailure("need to specify at least one column");
  if (form === "go-template" || form === "go-template-file")
    throw new CommandFailure(`${form} is not supported: it is a language of its own. Use -o json and jq.`);
  throw new CommandFailure(
    `unrecognized output format '${output}'; allowed: ps (or table), wide, yaml, json, name, custom-columns=HEADING,…`,
  );
}

function select(texts: ResourceTexts, args: GetArguments, inputs: readonly InputResource[], selector: Selector | null): Found {
  const asNumber = valueAt(defaultConfiguration(texts), ["spec", "asNumber"]);
  const context = { defaultAsNumber: String(asNumber ?? 64512) };
  if (args.kind !== undefined && !args.names?.length) {
    const { kind } = kindArgument(args.kind);
    return { listOf: kind, resources: texts.list(kind).filter(filterOf(args, selector, texts)), missing: [], context };
  }
  const ids = args.kind === undefined ? inputs.map(({ id }) => id) : namedIds(args.kind, args);
  const stored = ids.map((id) => ({ id, resource: findNamed(texts, id) }));
  return {
    listOf: null,
    resources: stored.flatMap(({ resource }) => (resource === null ? [] : [resource])).filter(filterOf(args, selector, texts)),
    missing: stored.flatMap(({ id, resource }) => (resource === null ? [missing(id)] : [])),
    context,
  };
}

function defaultConfiguration(texts: ResourceTexts): ValueMap | undefined {
  return texts.find({ kind: "BGPConfiguration", name: "default", namespace: null, fromKubernetes: false })?.value;
}

function parseSelector(written: string | undefined): Selector | null {
  if (written === undefined) return null;
  const parsed = Selector.parse(straighten(written));
  if (!parsed.ok) throw new UsageError(`--selector: ${parsed.error.message} (position ${parsed.error.at + 1})`);
  return parsed.value;
}

function filterOf(
  { namespace }: GetArguments,
  selector: Selector | null,
  texts: ResourceTexts,
): (resource: StoredResource) => boolean {
  return (resource) => {
    if (namespace !== undefined && (resource.namespace ?? homeNamespace(resource.kind, AGENT_NAMESPACE)) !== namespace)
      return false;
    const isShadowed =
      resource.apiVersion === "v1" &&
      resource.kind === "Node" &&
      texts.find({ ...resource, namespace: null, fromKubernetes: false });
    return !isShadowed && (selector === null || selector.matches(labelsOf(resource.value)));
  };
}

function labelsOf(resource: ValueMap): ReadonlyMap<string, string> {
  const labels = valueAt(resource, ["metadata", "labels"]);
  return new Map(isValueMap(labels) ? Object.entries(labels).map(([key, value]) => [key, String(value ?? "")]) : []);
}

async function print(found: Found, output: GetOutput, args: GetArguments): Promise<void> {
  if (output.type === "table") return printTables(found, output);
  if (output.type === "name") {
    for (const { kind, name } of found.resources) process.stdout.write(`${kind.toLowerCase()}/${name}\n`);
    return;
  }
  const values: ValueMap[] = [];
  for (const resource of found.resources) values.push(await withNodeStatus(printable(resource, found, args), args.control));
  process.stdout.write(structuredText(output.type, whole(found, values)));
}

/** With the version that an edit is compared with; `--export` leaves it and the namespace out where a name was given. */
function printable({ value }: StoredResource, { listOf }: Found, args: GetArguments): ValueMap {
  const resource = shown(value);
  const metadata = resource["metadata"] as ValueMap;
  if (!args.export || listOf !== null) return { ...resource, metadata: { ...metadata, resourceVersion: resourceVersion(value) } };
  const { namespace: _, uid: __, resourceVersion: ___, creationTimestamp: ____, ...kept } = metadata;
  return { ...resource, metadata: kept };
}

function whole({ listOf, resources }: Found, values: readonly ValueMap[]): Value {
  if (listOf !== null) {
    const apiVersion = kindArgument(listOf).apiVersion;
    return { kind: `${listOf}List`, apiVersion, metadata: {}, items: values };
  }
  return resources.length === 1 ? values[0]! : values;
}

/** A whole kind is one table; resources asked for one by one have one each. */
function printTables({ listOf, resources, context }: Found, output: Extract<GetOutput, { type: "table" }>): void {
  const groups =
    listOf === null
      ? resources.map((resource) => ({ kind: resource.kind, resources: [resource] }))
      : [{ kind: listOf, resources }];
  for (const group of groups) {
    const values = group.resources.map(({ value }) => value);
    process.stdout.write(tableText(tableOf(group.kind, values, context, output)));
  }
}
