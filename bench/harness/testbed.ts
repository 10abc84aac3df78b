import { mustRun } from "../../src/lab/command.js";
import type { Host } from "../../src/lab/host.js";
import { Network } from "../../src/lab/network.js";

export const DUT_AS = 65000;
export const DUT_ADDRESS = "10.64.0.1";
export const DUT_ADDRESS6 = "fd00:64::1";

/** IPv6 peers there may be; IPv4 ones have half of 10.64.0.0/16. */
const IPV6_PEERS = 64;

/** A namespace for the daemon under test, on a cable to this process's own namespace, where the load lives. */
export class Testbed {
  readonly #network: Network;
  readonly host: Host;

  private constructor(network: Network, host: Host) {
    this.#network = network;
    this.host = host;
  }

  /** @param name tells its namespace from those of other rounds */
  static async create(name: string): Promise<Testbed> {
    const network = new Network();
    try {
      const host = await network.host(name);
      await cable(host);
      return new Testbed(network, host);
    } catch (error) {
      await network.close();
      throw error;
    }
  }

  /** Stops what runs in it and removes it, the cable with it. */
  close(): Promise<void> {
    return this.#network.close();
  }
}

async function cable(dut: Host): Promise<void> {
  await dut.ip("link", "add", "dut0", "type", "veth", "peer", "name", "load0", "netns", String(process.pid));
  await dut.ip("address", "add", `${DUT_ADDRESS}/16`, "dev", "dut0");
  await dut.ip("address", "add", `${DUT_ADDRESS6}/64`, "dev", "dut0", "nodad");
  await dut.ip("link", "set", "dut0", "up");
  const addresses6 = Array.from({ length: IPV6_PEERS }, (_, index) => `address add ${peerAddress6(index)}/64 dev load0 nodad`);
  const commands = [
    "link set lo up",
    "address add 10.64.0.2/16 dev load0",
    "link set load0 up",
    "route replace local 10.64.128.0/17 dev lo", // any peer's address can be bound to and is answered for
    ...addresses6,
  ];
  await mustRun("ip", ["-batch", "-"], { input: `${commands.join("\n")}\n` });
}

export function peerAddress(index: number): string {
  const host = index + 1;
  return `10.64.${128 + (host >> 8)}.${host & 255}`;
}

export function peerAddress6(index: number): string {
  return `fd00:64::1:${(index + 1).toString(16)}`;
}

/** The octets of an address of these. */
export function octetsOf(address: string): Uint8Array {
  if (!address.includes(":")) return Uint8Array.from(address.split("."), Number);
  const octets = new Uint8Array(16);
  octets.set([0xfd, 0x00, 0x00, 0x64]);
  octets.set([0, 1], 12);
  const last = Number.parseInt(address.split(":").at(-1) ?? "0", 16);
  octets.set([last >> 8, last & 255], 14);
  return octets;
}
