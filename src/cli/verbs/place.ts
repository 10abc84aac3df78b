import { ResourceStore } from "../../resources/store/resource-store.js";
import { calicoEnvironment } from "../calico-environment.js";
import { CommandFailure } from "../fail.js";

/** Where the verbs find the resources. */
export interface Place {
  readonly resources: string;
  readonly namespace?: string | undefined;
}

/** The node agent's namespace: a Secret without one is in it. */
export const AGENT_NAMESPACE = calicoEnvironment().namespace;

/** @throws CommandFailure for what the file system, or another command that holds the lock, does not allow */
export async function withStore<T>(place: Place, work: (store: ResourceStore) => Promise<T>): Promise<T> {
  try {
    return await work(await ResourceStore.open(place.resources, AGENT_NAMESPACE));
  } catch (error) {
    throw error instanceof CommandFailure ? error : new CommandFailure(wordsOf(error, place.resources));
  }
}

function wordsOf(error: unknown, directory: string): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EACCES" || code === "EPERM") return `No permission to change ${directory}: ${message}. Run as root.`;
  if (code === undefined) return message;
  return `Cannot change ${directory}: ${message}`;
}
