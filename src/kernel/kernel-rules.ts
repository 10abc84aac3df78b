import type { IpAddress } from "../../protocol/net/ip-address.js";
import { maskWord, type Prefix } from "../../protocol/net/prefix.js";
import type { PrefixId } from "../../rib/store/ids.js";
import type { PrefixTable } from "../../rib/store/prefix-table.js";
import type { KernelRule } from "../plan/node-plan.js";

/** The first rule whose block holds the prefix; null: program it plainly. */
export function ruleFor(rules: readonly KernelRule[], prefixes: PrefixTable, prefix: PrefixId): KernelRule | null {
  const version = prefixes.family === "ipv4-unicast" ? 4 : 6;
  for (const rule of rules) if (rule.cidr.address.version === version && holds(rule.cidr, prefixes, prefix)) return rule;
  return null;
}

/** Whether a route goes by the tunnel to that next hop. */
export function isTunnelled(rule: KernelRule | null, nextHop: IpAddress): boolean {
  if (rule === null || nextHop.version !== 4) return false; // IPIP is for IPv4
  if (rule.action === "tunnel") return true;
  return rule.action === "tunnel-unless-subnet" && !rule.subnet?.containsAddress(nextHop);
}

function holds(cidr: Prefix, prefixes: PrefixTable, prefix: PrefixId): boolean {
  const { length } = cidr;
  if (prefixes.length(prefix) < length) return false;
  const { w0, w1, w2, w3 } = cidr.address;
  return (
    (prefixes.w0(prefix) & maskWord(length, 0)) === w0 &&
    (prefixes.w1(prefix) & maskWord(length, 1)) === w1 &&
    (prefixes.w2(prefix) & maskWord(length, 2)) === w2 &&
    (prefixes.w3(prefix) & maskWord(length, 3)) === w3
  );
}
