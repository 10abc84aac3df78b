import { join } from "node:path";
import { Network } from "../../../src/lab/network.js";
import { PeregrineNode } from "../../../src/lab/peregrine-node.js";
import { ResourceDirectory, type ResourceDocument } from "../../../src/lab/resource-directory.js";

let used = 0;

/** A /16 of 127.0.0.0/8 that no other worker of this run uses, and hardly another run, as text up to the last dot. */
function ownSubnet(): string {
  used += 1;
  const worker = Number(process.env["VITEST_POOL_ID"]) % 5;
  return `127.${1 + worker * 50 + ((process.pid + used) % 50)}.`;
}

/** Peregrines on this machine's loopback, with the kernel off: no root and no namespaces needed. */
export class LoopbackSite {
  readonly port = 1790;
  readonly network = new Network("loopback");
  readonly resources: ResourceDirectory;
  readonly #subnet = ownSubnet();

  constructor(documents: (site: LoopbackSite) => readonly ResourceDocument[]) {
    this.resources = new ResourceDirectory(join(this.network.directory, "resources"));
    for (const document of documents(this)) this.resources.put(document);
  }

  /** Addresses of the same third octet sort by their last one as text; `third` above 1 sorts after all of those. */
  address(octet: number, third = 1): string {
    return `${this.#subnet}${third}.${octet}`;
  }

  async node(name: string, octet: number, options: readonly string[] = []): Promise<PeregrineNode> {
    const host = await this.network.host(name);
    const where = ["--listen", this.address(octet), "--port", String(this.port), ...options];
    return new PeregrineNode(host, { node: name, resources: this.resources, kernel: "off", arguments: where });
  }

  close(): Promise<void> {
    return this.network.close();
  }
}
