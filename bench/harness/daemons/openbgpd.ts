import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Dut, DutOptions, DutPeer } from "./dut.js";
import { versionOf } from "./version-of.js";

/** Where its processes lock themselves in; on a machine that systemd booted it is there. */
const PRISON = "/run/openbgpd";

export const openbgpd: Dut = {
  name: "openbgpd",
  version: () => versionOf("bgpd", ["-V"], /OpenBGPD (\S+)/),
  start(host, options) {
    mkdirSync(PRISON, { recursive: true });
    const file = join(host.directory, "bgpd.conf");
    writeFileSync(file, configuration(options, join(host.directory, "bgpd.sock")), { mode: 0o600 }); // it refuses a file that others read
    const child = host.spawn("bgpd", ["-d", "-f", file]);
    return Promise.resolve({ pid: child.pid, logTail: (lines) => child.logTail(lines), stop: () => child.stop() });
  },
};

function configuration(options: DutOptions, socket: string): string {
  const { asNumber, address, address6, peers, kernel } = options;
  return `AS ${asNumber}
router-id ${address}
listen on ${address}
listen on ${address6}
socket "${socket}"
fib-update ${kernel ? "yes" : "no"}
${peers.map((peer) => neighbor(options, peer)).join("")}allow from any
allow to any
`;
}

function neighbor({ clusterId }: DutOptions, { address, asNumber, rrClient, isTold }: DutPeer): string {
  return `neighbor ${address} {
  remote-as ${asNumber}
  passive
  holdtime 600
  announce IPv4 ${address.includes(":") ? "none" : "unicast"}
  announce IPv6 ${address.includes(":") ? "unicast" : "none"}
${rrClient ? `  route-reflector ${clusterId}\n` : ""}${isTold ? "" : "  export none\n"}}
`;
}
