import { resolve } from "node:path";
import { Generations } from "../../generations/generations.js";
import { loadFiles } from "../../resources/load.js";
import { renderFaults } from "../../resources/render-fault.js";
import type { ResourceFile } from "../../resources/resource-file.js";
import { calicoEnvironment } from "../calico-environment.js";
import { CommandFailure } from "../fail.js";
import { daemonOf, guard, previewOf } from "./guard.js";
import { putInPlace } from "./put-in-place.js";

export interface RollbackArguments {
  readonly generation: number;
  readonly control: string;
  readonly resources: string;
  readonly state: string;
  readonly force: boolean;
}

/** `peregrine rollback N`: its files are those of the directory again, and become the newest generation. */
export async function rollback({ generation, control, resources, state, force }: RollbackArguments): Promise<number> {
  const directory = resolve(resources);
  const opened = await new Generations(resolve(state)).open(generation);
  if (!opened.ok) throw new CommandFailure(opened.error);
  const { files } = opened.value;
  const following = await daemonOf(control, directory);
  if (following === null) await assertValid(files, generation);
  else guard(await previewOf(following, files, `generation ${generation}`), force);
  process.stdout.write(`${await putInPlace(directory, files, null, following)}\n`);
  return 0;
}

async function assertValid(files: readonly ResourceFile[], generation: number): Promise<void> {
  const { faults } = await loadFiles(files, `generation ${generation}`, calicoEnvironment());
  if (faults.some(({ severity }) => severity === "error")) throw new CommandFailure(renderFaults(faults));
}
