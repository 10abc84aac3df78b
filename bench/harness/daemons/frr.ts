import { chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Dut, DutOptions, DutPeer } from "./dut.js";
import { versionOf } from "./version-of.js";

const BGPD = "/usr/lib/frr/bgpd";

/** FRR's bgpd alone: no zebra (`-Z`), no routes to the kernel (`-n`). */
export const frr: Dut = {
  name: "frr",
  version: () => versionOf(BGPD, ["--version"], /version (\S+)/),
  async start(host, options) {
    const directory = join(host.directory, "frr");
    mkdirSync(directory);
    chownSync(directory, ...idsOf("frr")); // it drops root before it opens its sockets
    const file = (name: string) => join(directory, name);
    writeFileSync(file("bgpd.conf"), configuration(options));
    const files = ["-f", file("bgpd.conf"), "-i", file("bgpd.pid"), "-z", file("zserv.api"), "--vty_socket", directory];
    const child = host.spawn(BGPD, ["-Z", "-n", ...files, "-P", "0", "--log", "stdout", "--log-level", "warnings"]);
    return { pid: child.pid, logTail: (lines) => child.logTail(lines), stop: () => child.stop() };
  },
};

function configuration(options: DutOptions): string {
  const { asNumber, address, peers, clusterId } = options;
  const family = peers.some((peer) => peer.address.includes(":")) ? "ipv6" : "ipv4";
  const lines = [
    "frr defaults datacenter", // no advertisement delay
    "route-map nothing deny 1",
    `router bgp ${asNumber}`,
    ` bgp router-id ${address}`,
    " no bgp ebgp-requires-policy",
    " no bgp default ipv4-unicast",
    " bgp bestpath compare-routerid", // the best path must not depend on who came first
    " coalesce-time 0",
    ...(clusterId === null ? [] : [` bgp cluster-id ${clusterId}`]),
    ...peers.flatMap(neighborLines),
    ` address-family ${family} unicast`,
    ...peers.flatMap(activationLines),
    " exit-address-family",
  ];
  return `${lines.join("\n")}\n`;
}

function neighborLines({ address, asNumber }: DutPeer): readonly string[] {
  const words = [`remote-as ${asNumber}`, "passive", "advertisement-interval 0", "disable-connected-check", "timers 60 600"];
  return words.map((word) => ` neighbor ${address} ${word}`);
}

function activationLines({ address, rrClient, isTold }: DutPeer): readonly string[] {
  return [
    `  neighbor ${address} activate`,
    ...(rrClient ? [`  neighbor ${address} route-reflector-client`] : []),
    ...(isTold ? [] : [`  neighbor ${address} route-map nothing out`]),
  ];
}

function idsOf(user: string): [uid: number, gid: number] {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith(`${user}:`));
  const [, , uid, gid] = line?.split(":") ?? [];
  return [Number(uid), Number(gid)];
}
