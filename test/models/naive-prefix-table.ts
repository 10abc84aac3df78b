import type { IpAddress } from "../../protocol/net/ip-address.js";
import type { Prefix } from "../../protocol/net/prefix.js";

/** The twin of PrefixTable: reference counts by text. */
export class NaivePrefixTable {
  readonly references = new Map<string, { prefix: Prefix; count: number }>();

  retain(prefix: Prefix): void {
    const row = this.references.get(prefix.toString()) ?? { prefix, count: 0 };
    row.count++;
    this.references.set(prefix.toString(), row);
  }

  release(prefix: Prefix): void {
    const row = this.references.get(prefix.toString())!;
    if (--row.count === 0) this.references.delete(prefix.toString());
  }

  has(prefix: Prefix): boolean {
    return this.references.has(prefix.toString());
  }

  longestMatch(address: IpAddress): Prefix | undefined {
    const matches = [...this.references.values()].map(({ prefix }) => prefix).filter((prefix) => prefix.containsAddress(address));
    return matches.sort((a, b) => b.length - a.length)[0];
  }
}
