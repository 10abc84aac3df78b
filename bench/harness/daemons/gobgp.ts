import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Dut, DutOptions, DutPeer } from "./dut.js";
import { versionOf } from "./version-of.js";

export const gobgp: Dut = {
  name: "gobgp",
  version: () => versionOf("gobgpd", ["--version"], /version (\S+)/),
  start(host, options) {
    const file = (name: string) => join(host.directory, name);
    writeFileSync(file("gobgpd.toml"), configuration(options));
    const api = ["--pprof-disable", "--api-hosts", `unix://${file("gobgpd.sock")}`];
    const child = host.spawn("gobgpd", ["-f", file("gobgpd.toml"), "-p", "-l", "error", ...api]);
    return Promise.resolve({ pid: child.pid, logTail: (lines) => child.logTail(lines), stop: () => child.stop() });
  },
};

function configuration(options: DutOptions): string {
  const { asNumber, address, address6, peers } = options;
  const silent = peers.filter(({ isTold }) => !isTold).map((peer) => `"${peer.address}"`);
  return `[global.config]
as = ${asNumber}
router-id = "${address}"
local-address-list = ["${address}", "${address6}"]
[global.route-selection-options.config]
external-compare-router-id = true
${silent.length === 0 ? "" : exportNothing(silent)}${peers.map((peer) => neighbor(options, peer)).join("")}`;
}

function exportNothing(neighbors: readonly string[]): string {
  return `[global.apply-policy.config]
export-policy-list = ["quiet"]
default-export-policy = "accept-route"
[[defined-sets.neighbor-sets]]
neighbor-set-name = "silent"
neighbor-info-list = [${neighbors.join(", ")}]
[[policy-definitions]]
name = "quiet"
[[policy-definitions.statements]]
name = "nothing"
[policy-definitions.statements.conditions.match-neighbor-set]
neighbor-set = "silent"
match-set-options = "any"
[policy-definitions.statements.actions]
route-disposition = "reject-route"
`;
}

function neighbor({ clusterId }: DutOptions, { address, asNumber, rrClient }: DutPeer): string {
  const reflector = `[neighbors.route-reflector.config]
route-reflector-client = true
route-reflector-cluster-id = "${clusterId}"
`;
  return `[[neighbors]]
[neighbors.config]
neighbor-address = "${address}"
peer-as = ${asNumber}
[neighbors.transport.config]
passive-mode = true
[neighbors.timers.config]
hold-time = 600
keepalive-interval = 60
${rrClient ? reflector : ""}[[neighbors.afi-safis]]
[neighbors.afi-safis.config]
afi-safi-name = "${address.includes(":") ? "ipv6" : "ipv4"}-unicast"
`;
}
