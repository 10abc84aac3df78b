import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Dut, DutOptions, DutPeer } from "./dut.js";
import { versionOf } from "./version-of.js";

export const bird: Dut = {
  name: "bird",
  version: () => versionOf("bird", ["--version"], /BIRD version (\S+)/),
  async start(host, options) {
    const file = (name: string) => join(host.directory, name);
    writeFileSync(file("bird.conf"), configuration(options));
    const child = host.spawn("bird", ["-f", "-c", file("bird.conf"), "-s", file("bird.ctl"), "-P", file("bird.pid")]);
    return { pid: child.pid, logTail: (lines) => child.logTail(lines), stop: () => child.stop() };
  },
};

function configuration(options: DutOptions): string {
  const kernel = options.kernel
    ? "protocol kernel { scan time 3600; ipv4 { import none; export where source = RTS_BGP; }; }\n"
    : "";
  return `log stderr { warning, error, fatal, bug };
router id ${options.address};
protocol device { }
protocol direct { ipv4; ipv6; }
${kernel}${options.peers.map((peer, index) => session(options, peer, index)).join("")}`;
}

function session(options: DutOptions, peer: DutPeer, index: number): string {
  const isV6 = peer.address.includes(":");
  return `protocol bgp p${index} {
  local ${isV6 ? options.address6 : options.address} as ${options.asNumber};
  neighbor ${peer.address} as ${peer.asNumber};
  direct; passive; error wait time 1, 2;
${peer.rrClient ? `  rr client; rr cluster id ${options.clusterId};\n` : ""}  ${isV6 ? "ipv6" : "ipv4"} { import all; export ${peer.isTold ? "where source = RTS_BGP" : "none"}; gateway direct; };
}
`;
}
