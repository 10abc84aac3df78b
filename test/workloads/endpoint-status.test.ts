import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseEndpointStatus } from "../../src/workloads/endpoint-status.js";

const parse = (status: unknown) => parseEndpointStatus("pod", JSON.stringify(status));
const texts = (status: unknown) => {
  const parsed = parse(status);
  if (!parsed.ok) return parsed.error;
  return parsed.value && [parsed.value.bgpPeer, `${parsed.value.ipv4}`, `${parsed.value.ipv6}`];
};

type Row = readonly [text: string, error: RegExp];
const MALFORMED: readonly Row[] = [
  ["", /is no JSON/],
  ["{", /is no JSON/],
  ["[]", /is no JSON object/],
  ["null", /is no JSON object/],
  ['{"bgpPeerName": 1}', /bgpPeerName is 1; the name of a BGPPeer is allowed/],
  [`{"bgpPeerName": "${"x".repeat(254)}"}`, /bgpPeerName is "x+…/],
  ['{"ipv4Nets": "10.1.0.5/32"}', /ipv4Nets is "10.1.0.5\/32"; a list is allowed/],
  ['{"ipv4Nets": [5]}', /ipv4Nets\[0\] is 5; the IPv4 address of a host, such as 10.1.0.5\/32, is allowed/],
  ['{"ipv4Nets": ["fd00::5/128"]}', /ipv4Nets\[0\]/],
  ['{"ipv6Nets": ["10.1.0.5/32"]}', /ipv6Nets\[0\]/],
  ...["10.1.0.0/24", "10.1.0.5/32/32", "10.1.0.5/", "0.0.0.0/32", "127.0.0.1/32", "224.0.0.5/32", "255.255.255.255/32"].map(
    (net): Row => [`{"ipv4Nets": ["${net}"]}`, /ipv4Nets\[0\] is/],
  ),
  ...["::/128", "::1/128", "ff02::1/128", "fe80::1/128", "fe80::1%eth0/128", "fd00::/64"].map(
    (net): Row => [`{"ipv6Nets": ["${net}"]}`, /ipv6Nets\[0\] is/],
  ),
];

describe("parseEndpointStatus (Calico reference 4.7)", () => {
  test("reads whose peer a workload is, and the first address of each version", () => {
    const status = {
      ifaceName: "cali1",
      mac: "ee:ee:ee:ee:ee:ee",
      ipv4Nets: ["10.1.0.5/32", "10.1.0.6/32"],
      ipv6Nets: ["FD00:0::5/128"],
    };
    expect(texts({ ...status, bgpPeerName: "w" })).toEqual(["w", "10.1.0.5", "fd00::5"]);
    expect(texts({ bgpPeerName: "w", ipv4Nets: ["10.1.0.5"], later: { versions: ["may", "add"] } })).toEqual([
      "w",
      "10.1.0.5",
      "null",
    ]);
    expect(texts({ bgpPeerName: "w", ipv4Nets: null, ipv6Nets: [] })).toEqual(["w", "null", "null"]);
  });

  test.each([[{}], [{ bgpPeerName: "" }], [{ bgpPeerName: null, ipv4Nets: ["10.1.0.5/32"] }]])("%j is no BGP peer", (status) => {
    expect(parse(status)).toEqual({ ok: true, value: null });
  });

  test.each(MALFORMED)("%s: an error that says what is wrong", (text, error) => {
    expect(parseEndpointStatus("pod", text)).toEqual({ ok: false, error: expect.stringMatching(error) });
  });

  test("answers whatever it is given", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        expect(typeof parseEndpointStatus("pod", text).ok).toBe("boolean");
      }),
    );
  });
});
