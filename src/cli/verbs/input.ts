import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { ResourceText, type WrittenResource } from "../../resources/edit/resource-text.js";
import { idOf, type NewResource, type ResourceId } from "../../resources/edit/resource-texts.js";
import { isValueMap, type ValueMap } from "../../resources/edit/value.js";
import { findFiles, whyUnreadable } from "../../resources/find-files.js";
import { KIND_NAMES, kindOfResource } from "../../resources/kind-names.js";
import { decodeText, parseFile } from "../../resources/parse-file.js";
import { renderFault } from "../../resources/render-fault.js";
import type { ResourceFault } from "../../resources/resource-fault.js";
import { CommandFailure } from "../fail.js";
import { AGENT_NAMESPACE } from "./place.js";

/** `-f` and its companions. */
export interface InputArguments {
  readonly filename?: readonly string[] | undefined;
  readonly recursive?: boolean | undefined;
  readonly skipEmpty?: boolean | undefined;
  readonly namespace?: string | undefined;
}

/** One resource that a command was given. */
export interface InputResource extends NewResource {
  readonly id: ResourceId;
  readonly resourceVersion: string | null; // that it is meant to change
  readonly errors: readonly ResourceFault[]; // what the loader finds wrong with it alone
}

/** Set by an API server, or by us when we print: not the author's. */
const SERVER_MANAGED = ["creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"];

/** @throws CommandFailure when a file cannot be read as resources at all */
export async function readInput(args: InputArguments): Promise<readonly InputResource[]> {
  const found: InputResource[] = [];
  for (const name of args.filename ?? []) {
    const before = found.length;
    for (const [file, text] of await textsOf(name, args.recursive ?? false))
      found.push(...resourcesOf(file, text, args.namespace));
    if (found.length === before && !args.skipEmpty) throw new CommandFailure(`no resources specified in file ${name}`);
  }
  return found;
}

async function textsOf(name: string, recursive: boolean): Promise<(readonly [file: string, text: string])[]> {
  if (name === "-") return [["stdin", await standardInput()]];
  const stats = await stat(name).catch((error: unknown) => {
    throw new CommandFailure(`failed to execute command: ${name} ${whyUnreadable(error)}`);
  });
  if (!stats.isDirectory()) return [[name, await fileText(name)]];
  const { files } = await findFiles(name);
  const wanted = files.filter(({ path }) => recursive || dirname(path) === dirname(`${name.replace(/\/+$/, "")}/x`));
  return Promise.all(wanted.map(async ({ path }) => [path, await fileText(path)] as const));
}

async function standardInput(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) text += chunk;
  return text;
}

async function fileText(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new CommandFailure(`failed to execute command: ${file} ${whyUnreadable(error)}`);
  });
  const text = decodeText(bytes);
  if (text === null) throw new CommandFailure(`failed to execute command: ${file} is not text in UTF-8`);
  return text;
}

function resourcesOf(file: string, text: string, namespace: string | undefined): InputResource[] {
  const written = ResourceText.parse(text);
  const errors = parseFile(file, text).faults.filter(({ severity }) => severity === "error");
  const resources = written.resources.map((resource) => inputResource(written, resource, errors, namespace));
  const owned = new Set(resources.flatMap((resource) => resource.errors));
  const rest = errors.filter((error) => !owned.has(error));
  if (rest.length > 0) throw new CommandFailure(`failed to execute command: ${rest.map(renderFault).join("\n")}`);
  return resources;
}

function inputResource(
  file: ResourceText,
  resource: WrittenResource,
  errors: readonly ResourceFault[],
  namespace: string | undefined,
): InputResource {
  const { kind, apiVersion, name } = resource;
  const known = kindOfResource(kind, apiVersion);
  if (!known) {
    const taken = KIND_NAMES.map((candidate) => `${candidate.kind} of ${candidate.apiVersion}`).join(", ");
    throw new CommandFailure(
      `failed to execute command: unknown resource type (${kind}) and/or version (${apiVersion})\n  allowed: ${taken}`,
    );
  }
  const metadata = resource.value["metadata"] as ValueMap;
  const placed = known.namespaced && resource.namespace === null && namespace !== undefined;
  const value = ownFields(resource.value, placed ? { ...metadata, namespace } : metadata);
  const id = idOf({ ...resource, namespace: placed ? namespace : resource.namespace }, AGENT_NAMESPACE);
  const version = metadata["resourceVersion"];
  return {
    id,
    value,
    text: textOf(file, resource, value),
    json: file.isJson(resource),
    resourceVersion: version === undefined || version === null ? null : String(version),
    errors: errors.filter((error) => error.kind === kind && error.name === name),
  };
}

function ownFields(value: ValueMap, metadata: ValueMap): ValueMap {
  const fields = Object.entries({ ...value, metadata: without(metadata, SERVER_MANAGED) });
  return Object.fromEntries(fields.filter(([field]) => field !== "status" || value["kind"] !== "CalicoNodeStatus"));
}

function without(value: ValueMap, fields: readonly string[]): ValueMap {
  return isValueMap(value) ? Object.fromEntries(Object.entries(value).filter(([field]) => !fields.includes(field))) : value;
}

/** What its author wrote, as far as it is kept; null for an item of a list. */
function textOf(file: ResourceText, resource: WrittenResource, value: ValueMap): string | null {
  if (resource.path.length > 0) return null;
  const kept = file.with(resource, value);
  return kept.documentOf(kept.resources.find((other) => other.part === resource.part)!);
}
