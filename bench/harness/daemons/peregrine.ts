import { join } from "node:path";
import { mainFile, PeregrineNode } from "../../../src/lab/peregrine-node.js";
import {
  acceptAllFilter,
  node,
  ResourceDirectory,
  type ResourceDocument,
  resource,
} from "../../../src/lab/resource-directory.js";
import type { Dut, DutOptions, DutPeer } from "./dut.js";
import { versionOf } from "./version-of.js";

const NODE = "dut";

/** As users run it: resources on disk, the default configuration plus the peers. */
export const peregrine: Dut = {
  name: "peregrine",
  version: () => versionOf(process.execPath, [mainFile(), "--version"], /(\S+)/),
  async start(host, options) {
    const resources = new ResourceDirectory(join(host.directory, "resources"), documents(options));
    const kernel = options.kernel ? "on" : "off";
    const daemon = new PeregrineNode(host, { node: NODE, resources, kernel, arguments: ["--api", `${options.address}:9179`] });
    await daemon.start();
    return { pid: daemon.pid, logTail: (lines) => daemon.logTail(lines), stop: () => daemon.stop() };
  },
};

function documents(options: DutOptions): readonly ResourceDocument[] {
  const { address, address6, asNumber, clusterId } = options;
  const facts = { ipv4: `${address}/16`, ipv6: `${address6}/64`, asNumber, ...(clusterId !== null && { clusterId }) };
  const nothing = resource("BGPFilter", "nothing-out", {
    ...{ importV4: [{ action: "Accept" }], importV6: [{ action: "Accept" }] },
    ...{ exportV4: [{ action: "Reject" }], exportV6: [{ action: "Reject" }] },
  });
  return [node(NODE, facts), acceptAllFilter("all"), nothing, ...options.peers.map(bgpPeer)];
}

function bgpPeer({ address, asNumber, isTold }: DutPeer): ResourceDocument {
  const name = `peer-${address.replaceAll(/[.:]+/g, "-")}`;
  return resource("BGPPeer", name, { node: NODE, peerIP: address, asNumber, filters: [isTold ? "all" : "nothing-out"] });
}
