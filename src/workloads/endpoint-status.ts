import type { IpAddress, IpVersion } from "../../protocol/net/ip-address.js";
import { parseIpAddress } from "../../protocol/net/text.js";
import { err, ok, type Result } from "../../protocol/result.js";

/** What Felix tells of a workload of this node that is a BGP peer (reference 4.7). */
export interface WorkloadEndpoint {
  readonly file: string;
  readonly bgpPeer: string; // the BGPPeer whose localWorkloadSelector selects it
  readonly ipv4: IpAddress | null; // its first address of each version
  readonly ipv6: IpAddress | null;
}

const LONGEST_NAME = 253;

/**
 * Reads one of Felix' endpoint-status files. Fields that we have no use for may be there.
 *
 * @returns null for a workload that is no BGP peer; an error names the field, what was found and what is allowed
 */
export function parseEndpointStatus(file: string, text: string): Result<WorkloadEndpoint | null, string> {
  const status = parseObject(text);
  if (!status.ok) return status;
  const bgpPeer = readName(status.value["bgpPeerName"]);
  if (!bgpPeer.ok) return bgpPeer;
  const ipv4 = readAddress(status.value, 4);
  if (!ipv4.ok) return ipv4;
  const ipv6 = readAddress(status.value, 6);
  if (!ipv6.ok) return ipv6;
  return ok(bgpPeer.value === "" ? null : { file, bgpPeer: bgpPeer.value, ipv4: ipv4.value, ipv6: ipv6.value });
}

function parseObject(text: string): Result<Readonly<Record<string, unknown>>, string> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return ok(value as Record<string, unknown>);
  } catch {
    return err("is no JSON; one object is allowed");
  }
  return err("is no JSON object");
}

function readName(value: unknown): Result<string, string> {
  if (value === undefined || value === null) return ok("");
  if (typeof value === "string" && value.length <= LONGEST_NAME) return ok(value);
  return err(`bgpPeerName is ${shown(value)}; the name of a BGPPeer is allowed`);
}

/** The first of `ipv4Nets` or `ipv6Nets`: the address of a host, with or without its length. */
function readAddress(status: Readonly<Record<string, unknown>>, version: IpVersion): Result<IpAddress | null, string> {
  const field = `ipv${version}Nets`;
  const nets = status[field] ?? [];
  if (!Array.isArray(nets)) return err(`${field} is ${shown(nets)}; a list is allowed`);
  if (nets.length === 0) return ok(null);
  const first: unknown = nets[0];
  const [text, length, ...more] = typeof first === "string" ? first.split("/") : [];
  const address = parseIpAddress(text ?? "");
  const isHost = address.ok && more.length === 0 && (length === undefined || length === String(address.value.bits));
  if (address.ok && isHost && address.value.version === version && isOfOneHost(address.value)) return address;
  const allowed =
    version === 4 ? "the IPv4 address of a host, such as 10.1.0.5/32," : "the IPv6 address of a host, such as fd00::5/128,";
  return err(`${field}[0] is ${shown(first)}; ${allowed} is allowed`);
}

/** Nobody can dial in from an address that is unspecified, of the loopback, link-local without its link, or multicast. */
function isOfOneHost({ version, w0, w1, w2, w3, isLinkLocal }: IpAddress): boolean {
  const first = w0 >>> 24;
  if (version === 4) return first !== 0 && first !== 127 && first < 224;
  return first !== 0xff && !isLinkLocal && ((w0 | w1 | w2) !== 0 || w3 >>> 0 > 1);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
