import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IpAddress } from "../../../protocol/net/ip-address.js";
import { Prefix } from "../../../protocol/net/prefix.js";
import { BlockSet } from "../../../rib/policy/block-set.js";
import { cidr } from "../../models/export-world.js";

const holds = (blocks: readonly Prefix[], { address: { w0, w1, w2, w3 }, length }: Prefix) =>
  new BlockSet(blocks).holds(w0, w1, w2, w3, length);

/** Few distinct words, the sign bit among them, so that blocks hold, touch and precede each other. */
const word = fc.constantFrom(0, 1, 0x40000000, -0x80000000, -1);
const prefixes4 = fc.tuple(word, fc.nat(32)).map(([w0, length]) => Prefix.of(IpAddress.v4(w0), length));
const prefixes6 = fc
  .tuple(word, word, word, word, fc.nat(128))
  .map(([w0, w1, w2, w3, length]) => Prefix.of(IpAddress.v6(w0, w1, w2, w3), length));

describe("BlockSet", () => {
  it.each([
    ["IPv4", prefixes4],
    ["IPv6", prefixes6],
  ])("holds what lies in one of its blocks, in any order and however they lie in each other: %s", (_name, prefixes) => {
    fc.assert(
      fc.property(fc.array(prefixes, { maxLength: 12 }), prefixes, (blocks, prefix) => {
        expect(holds(blocks, prefix)).toBe(blocks.some((block) => block.contains(prefix)));
        for (const block of blocks) expect(holds(blocks, block)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("holds each of ten thousand addresses, and none between them", () => {
    const at = (index: number) => Prefix.of(IpAddress.v4(0x7ffffff0 + 2 * index), 32);
    const blocks = Array.from({ length: 10_000 }, (_, index) => at(index));
    const set = new BlockSet(blocks);
    const found = (prefix: Prefix) => set.holds(prefix.address.w0, 0, 0, 0, prefix.length);
    expect(blocks.every(found)).toBe(true);
    expect(blocks.map(({ address }) => Prefix.of(IpAddress.v4(address.w0 + 1), 32)).some(found)).toBe(false);
    expect(found(cidr("127.255.255.240/31"))).toBe(false);
  });

  it("of no block holds nothing", () => expect(holds([], cidr("10.0.0.0/8"))).toBe(false));
});
