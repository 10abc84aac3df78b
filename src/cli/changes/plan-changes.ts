import { resolve } from "node:path";
import type { PreviewView, StatusView } from "../../api/views.js";
import { Generations } from "../../generations/generations.js";
import { clusterDiff, type NodeDiff } from "../../plan/cluster-diff.js";
import { loadFiles } from "../../resources/load.js";
import { renderFaults } from "../../resources/render-fault.js";
import type { ResourceSet } from "../../resources/resource-set.js";
import { calicoEnvironment } from "../calico-environment.js";
import { ask } from "../control-client.js";
import { CommandFailure } from "../fail.js";
import { type Output, structured } from "../render.js";
import { previewOf } from "./guard.js";
import { previewText } from "./preview-text.js";
import { workingSet } from "./working-set.js";

interface RunningArguments {
  readonly control: string;
  readonly resources: string;
  readonly output: Output;
}

/** `peregrine plan --running`: what the running daemon would do, were these its resources. */
export async function planRunning({ control, resources, output }: RunningArguments): Promise<number> {
  const status = await ask<StatusView>(control, "/v1/status");
  const { files } = await workingSet(resolve(resources));
  const preview: PreviewView = await previewOf({ control, status }, files, resolve(resources));
  process.stdout.write(`${output === "json" || output === "yaml" ? structured(output, preview) : previewText(preview)}\n`);
  return 0;
}

interface AllNodesArguments {
  readonly resources: string;
  readonly against: string; // a directory, or the number of a generation
  readonly state: string;
  readonly output: Output;
  readonly strictSecrets: boolean;
  readonly routePriorities: "on" | "off";
}

/** `peregrine plan --all-nodes --against DIR|GENERATION` */
export async function planAllNodes(args: AllNodesArguments): Promise<number> {
  const options = { strictSecrets: args.strictSecrets, routePriorities: args.routePriorities === "on", ...calicoEnvironment() };
  const before = await formerSet(args.against, args.state);
  const { set: after } = await workingSet(resolve(args.resources));
  const diffs = [...clusterDiff(before, after, options)];
  process.stdout.write(
    `${args.output === "json" || args.output === "yaml" ? structured(args.output, diffs) : diffText(diffs, after)}\n`,
  );
  return 0;
}

async function formerSet(against: string, state: string): Promise<ResourceSet> {
  if (!/^\d+$/.test(against)) return (await workingSet(resolve(against))).set;
  const opened = await new Generations(resolve(state)).open(Number(against));
  if (!opened.ok) throw new CommandFailure(opened.error);
  const { set, faults } = await loadFiles(opened.value.files, `generation ${against}`, calicoEnvironment());
  if (faults.some(({ severity }) => severity === "error")) throw new CommandFailure(renderFaults(faults));
  return set;
}

function diffText(diffs: readonly NodeDiff[], after: ResourceSet): string {
  const counts = `${diffs.length} of ${after.nodes.size} nodes would have something to do.`;
  return [...diffs.flatMap(({ node, fate, steps }) => [`${node} (${fate}):`, ...steps.map((step) => `  ${step}`)]), counts].join(
    "\n",
  );
}
