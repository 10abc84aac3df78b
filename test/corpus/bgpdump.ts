import { formatAsPath } from "../../protocol/attributes/as-path.js";
import type { AttributeSet } from "../../protocol/attributes/attribute-set.js";
import type { RoutePrefix } from "../../protocol/messages/update.js";
import { Family } from "../../protocol/net/address-family.js";
import { IpAddress } from "../../protocol/net/ip-address.js";
import type { NlriBlock } from "../../protocol/nlri/nlri-block.js";
import { ByteReader } from "../../protocol/wire/byte-reader.js";

/** The fields behind the prefix of a line of `bgpdump -m`, as that program prints them. */
export function bgpdumpFields(set: AttributeSet): string {
  const { aggregator } = set;
  return [
    set.asPath === undefined ? "" : formatAsPath(set.asPath),
    ["IGP", "EGP", "INCOMPLETE"][set.origin ?? 2],
    nextHopText(set),
    String(set.localPref ?? 0),
    String(set.multiExitDisc ?? 0),
    communityText(set),
    set.atomicAggregate ? "AG" : "NAG",
    aggregator === undefined ? "" : `${aggregator.asNumber} ${aggregator.address}`,
    "",
  ].join("|");
}

/** An absent next hop is printed as all ones. */
function nextHopText({ nextHop }: AttributeSet): string {
  return nextHop === undefined ? "255.255.255.255" : addressText(nextHop);
}

/** As `inet_ntop` of old: even a single zero group becomes "::". */
export function addressText(address: IpAddress): string {
  const text = address.toString();
  if (address.version === 4 || text.includes("::")) return text;
  return text.replace(/(^|:)0(:|$)/, "::");
}

/** A prefix with bgpdump's idea of its address. */
export function prefixLineText({ prefix, pathId }: RoutePrefix): string {
  const text = `${addressText(prefix.address)}/${prefix.length}`;
  return pathId === undefined ? text : `${text}|${pathId}`;
}

/** The prefixes of a block with their host bits, which bgpdump does not clear (RFC 4271 §4.3 calls them irrelevant). */
export function rawPrefixes(block: NlriBlock): string[] {
  const reader = new ByteReader(block.bytes, block.start, block.end);
  const version = block.family === Family.Ipv4Unicast ? 4 : 6;
  const texts: string[] = [];
  while (reader.remaining > 0) {
    const pathId = block.addPath ? `|${reader.u32()}` : "";
    const length = reader.u8();
    const octets = new Uint8Array(16);
    octets.set(reader.view((length + 7) >> 3));
    texts.push(`${addressText(IpAddress.fromBytes(version, octets))}/${length}${pathId}`);
  }
  return texts;
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [0xffffff01, "no-export"],
  [0xffffff02, "no-advertise"],
  [0xffffff03, "local-AS"],
]);

/** COMMUNITIES; the installed bgpdump prints no others. */
export function communityText({ communities = [] }: AttributeSet): string {
  return communities.map((value) => NAMES.get(value) ?? `${value >>> 16}:${value & 0xffff}`).join(" ");
}
