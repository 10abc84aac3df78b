import { err, ok, type Result } from "../../../protocol/result.js";
import { nodesWithoutPeer } from "../../plan/nodes-without-peer.js";
import type { ResourceId } from "../../resources/edit/resource-texts.js";
import { type Edit, runEdits } from "../../resources/edit/run-edits.js";
import { SetCheck } from "../../resources/edit/set-check.js";
import type { ValueMap } from "../../resources/edit/value.js";
import type { Loaded } from "../../resources/load.js";
import { renderFault } from "../../resources/render-fault.js";
import type { ResourceFault } from "../../resources/resource-fault.js";
import { type Refusal, refusalOf } from "./error-text.js";
import { AGENT_NAMESPACE, type Place, withStore } from "./place.js";

/** One resource's part in a command. */
export interface Step {
  readonly id: ResourceId;
  readonly value: ValueMap | null; // to quote from when it is refused
  readonly errors: readonly ResourceFault[]; // known before anything is tried
  readonly edit: Edit;
}

/** Makes the steps on disk, those that can be made; prints the loader's warnings for what was changed. */
export async function runBatch(place: Place, steps: readonly Step[]): Promise<readonly Result<void, Refusal>[]> {
  return withStore(place, (store) =>
    store.edit((texts) => {
      const check = new SetCheck(AGENT_NAMESPACE);
      const before = check.load(texts);
      const edits = steps.map(({ errors, edit }): Edit => (errors.length > 0 ? () => err("") : edit));
      const results = runEdits(texts, edits, () => check.load(texts).faults.filter(({ severity }) => severity === "error"));
      if (texts.changes().size > 0) warnAbout(before, check.load(texts), steps);
      return results.map((result, index) => {
        const { errors, value } = steps[index]!;
        if (result.ok) return ok(undefined);
        return err(refusalOf(errors.length > 0 ? { message: null, faults: errors } : result.error, value));
      });
    }),
  );
}

function warnAbout(before: Loaded, after: Loaded, steps: readonly Step[]): void {
  const touched = new Set(steps.map(({ id }) => `${id.kind} ${id.name}`));
  for (const fault of after.faults) {
    if (fault.severity === "warning" && touched.has(`${fault.kind} ${fault.name}`))
      process.stderr.write(`${renderFault(fault)}\n`);
  }
  if (!hasMesh(before) || hasMesh(after)) return;
  const alone = nodesWithoutPeer(after.set);
  if (alone.length === 0) return;
  const names = `${alone.slice(0, 5).join(", ")}${alone.length > 5 ? `, … (${alone.length} nodes)` : ""}`;
  process.stderr.write(`warning: the node-to-node mesh is off now, and no BGPPeer concerns ${names}: no sessions there\n`);
}

function hasMesh({ set }: Loaded): boolean {
  return set.bgpConfigurations.get("default")?.spec.nodeToNodeMeshEnabled ?? true;
}
