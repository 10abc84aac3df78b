import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AttributeSet } from "../../../protocol/attributes/attribute-set.js";
import { decodeCanonical } from "../../../protocol/attributes/decode-attributes.js";
import { encodeAttributes } from "../../../protocol/attributes/encode-attributes.js";
import { Family } from "../../../protocol/net/address-family.js";
import { type Asn, asn } from "../../../protocol/net/asn.js";
import { AttributeList } from "../../../rib/policy/attribute-list.js";
import { modify } from "../../../rib/policy/modify.js";
import type { Modification } from "../../../rib/policy/policy.js";
import { ip, path } from "../../models/export-world.js";

const list = new AttributeList(); // one for all, as in ModifiedSets

function modified(set: AttributeSet, ...modifications: Modification[]): AttributeSet {
  const bytes = encodeAttributes(set, Family.Ipv4Unicast, { fourOctetAs: true });
  list.load(new DataView(bytes.buffer, bytes.byteOffset), 0, bytes.length);
  for (const modification of modifications) modify(list, modification);
  const result = list.bytes.slice(0, list.length);
  const back = decodeCanonical(result, 0, result.length);
  // What comes out is as canonical as what an encoder makes, or equal sets would get two ids.
  expect(encodeAttributes(back, Family.Ipv4Unicast, { fourOctetAs: true })).toEqual(result);
  return back;
}

const BASE: AttributeSet = { origin: 0, asPath: path(1, 2), nextHop: ip("192.0.2.1") };

describe("modify", () => {
  it("set-local-pref puts LOCAL_PREF in its place, or replaces it", () => {
    expect(modified(BASE, { type: "set-local-pref", value: 4294967295 })).toEqual({ ...BASE, localPref: 4294967295 });
    expect(modified({ ...BASE, localPref: 7 }, { type: "set-local-pref", value: 8 })).toEqual({ ...BASE, localPref: 8 });
  });

  it("add-communities adds without duplicates and sorts as unsigned numbers", () => {
    const add: Modification = { type: "add-communities", communities: [0xffff0001, 5, 5] };
    expect(modified(BASE, add).communities).toEqual([5, 0xffff0001]);
    expect(modified({ ...BASE, communities: [9, 5] }, add).communities).toEqual([5, 9, 0xffff0001]);
  });

  it("add-large-communities adds without duplicates and sorts by all three parts", () => {
    const add: Modification = {
      type: "add-large-communities",
      communities: [
        [4294967295, 0, 0],
        [1, 2, 3],
      ],
    };
    const set: AttributeSet = {
      ...BASE,
      largeCommunities: [
        [1, 3, 0],
        [1, 2, 3],
      ],
    };
    expect(modified(set, add).largeCommunities).toEqual([
      [1, 2, 3],
      [1, 3, 0],
      [4294967295, 0, 0],
    ]);
  });

  it("prepend-as-path keeps the order listed, and starts a segment where it must (RFC 4271 §5.1.2)", () => {
    const prepend: Modification = { type: "prepend-as-path", asns: [asn(8), asn(4200000000)] };
    expect(modified(BASE, prepend).asPath).toEqual(path(8, 4200000000, 1, 2));
    expect(modified({ ...BASE, asPath: [] }, prepend).asPath).toEqual(path(8, 4200000000));
    const set = { type: "set", asns: [asn(5)] } as const;
    expect(modified({ ...BASE, asPath: [set] }, prepend).asPath).toEqual([...path(8, 4200000000), set]);
    const full = Array.from({ length: 254 }, (_, i) => i + 1);
    expect(modified({ ...BASE, asPath: path(...full) }, prepend).asPath).toEqual([...path(8, 4200000000), ...path(...full)]);
  });

  it("keeps every other attribute, whatever its length", () => {
    const asns = fc.array(fc.integer({ min: 1, max: 70000 }), { minLength: 1, maxLength: 90 });
    fc.assert(
      fc.property(asns, fc.uniqueArray(fc.nat(), { maxLength: 90 }), fc.nat(), (numbers, communities, value) => {
        const set: AttributeSet = {
          ...{ ...BASE, asPath: path(...numbers), multiExitDisc: 3 },
          ...(communities.length > 0 && { communities }),
          unknown: [{ code: 99, flags: 0xc0, value: new Uint8Array(300) }],
        };
        const result = modified(set, { type: "add-communities", communities: [value] }, { type: "set-local-pref", value });
        const wanted = [...new Set([...communities, value])].sort((a, b) => a - b);
        expect(result).toEqual({ ...set, communities: wanted, localPref: value });
        expect(result.asPath?.[0]?.asns as readonly Asn[]).toEqual(numbers);
      }),
    );
  });
});
