import { renderFaults } from "../../resources/render-fault.js";
import { digestOfFiles, type ResourceFile } from "../../resources/resource-file.js";
import { ResourceLoader } from "../../resources/resource-loader.js";
import type { ResourceSet } from "../../resources/resource-set.js";
import { calicoEnvironment } from "../calico-environment.js";
import { CommandFailure } from "../fail.js";

/** The files of a directory, and what they mean. */
export interface WorkingSet {
  readonly set: ResourceSet;
  readonly files: readonly ResourceFile[];
  readonly digest: string; // of the files
}

/** @throws CommandFailure with the faults when it is not valid */
export async function workingSet(directory: string): Promise<WorkingSet> {
  const { loaded, files } = await new ResourceLoader(directory, calicoEnvironment()).load();
  if (loaded.faults.some(({ severity }) => severity === "error")) throw new CommandFailure(renderFaults(loaded.faults));
  return { set: loaded.set, files, digest: digestOfFiles(files) };
}
