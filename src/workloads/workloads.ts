import { join } from "node:path";
import { DirectoryWatch } from "../directory-watch.js";
import { EndpointStatusLoader, type WorkloadEndpoints, type WorkloadLoad } from "./endpoint-status-loader.js";

const RESCAN_MS = 30_000; // as Calico does

/** Where Felix writes the statuses, below CALICO_ENDPOINT_STATUS_PATH_PREFIX. */
export function endpointStatusDirectory(prefix: string): string {
  return join(prefix, "endpoint-status");
}

/** The workloads of this node that are BGP peers, as they are now. */
export class Workloads {
  /** They are others than before. */
  onChange: () => void = () => {};
  #current: WorkloadEndpoints = { endpoints: [], faults: [] };
  readonly #watch: DirectoryWatch<WorkloadLoad>;

  /** @param prefix the directory in which Felix has its endpoint-status @returns once they are known for the first time */
  static async follow(prefix: string): Promise<Workloads> {
    const workloads = new Workloads(endpointStatusDirectory(prefix));
    await workloads.#watch.first;
    return workloads;
  }

  private constructor(directory: string) {
    this.#watch = new DirectoryWatch(new EndpointStatusLoader(directory), RESCAN_MS, (load) => {
      this.#current = load.workloads;
      this.onChange();
    });
  }

  get current(): WorkloadEndpoints {
    return this.#current;
  }

  close(): void {
    this.#watch.close();
  }
}
