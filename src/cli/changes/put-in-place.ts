import type { ArrivalView } from "../../api/views.js";
import { digestOfFiles, type ResourceFile } from "../../resources/resource-file.js";
import { change } from "../control-client.js";
import { withStore } from "../verbs/place.js";
import type { Following } from "./guard.js";

/**
 * Puts files in the place of all that are in a directory, and waits for the daemon that follows it.
 *
 * @param base digest of the files that must be there; null: any
 * @returns what is in force now, for people; null: other files are there than expected, and nothing was done
 * @throws CommandFailure when they cannot be written, or are not followed
 */
export async function putInPlace(
  directory: string,
  files: readonly ResourceFile[],
  base: string | null,
  following: Following | null,
): Promise<string | null> {
  const isDone = await withStore({ resources: directory }, (store) =>
    store.replaceAll(files, (present) => base === null || digestOfFiles(present) === base),
  );
  if (!isDone) return null;
  if (following === null) return `Written to ${directory}. No daemon follows it now.`;
  const { generation } = await change<ArrivalView>(following.control, `/v1/arrival?digest=${digestOfFiles(files)}`);
  return generation === null ? "In force; no history is kept." : `Generation ${generation} is in force.`;
}
