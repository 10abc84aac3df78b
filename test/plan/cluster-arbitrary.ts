import fc from "fast-check";
import { asn } from "../../protocol/net/asn.js";
import { ip, type NodeDescription, prefix, type SetDescription, selector } from "./typed-set.js";

const asNumber = fc.option(fc.constantFrom(64512, 64513, 65001), { freq: 2 });

/** Up to eight nodes; no two share an address. */
export const nodesArbitrary: fc.Arbitrary<readonly NodeDescription[]> = fc
  .uniqueArray(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 8 })
  .chain((hosts) => fc.tuple(...hosts.map(nodeArbitrary)));

function nodeArbitrary(host: number): fc.Arbitrary<NodeDescription> {
  return fc
    .record({
      hasIpv4: fc.boolean(),
      hasIpv6: fc.boolean(),
      asNumber,
      clusterId: fc.option(fc.constantFrom(0xf4000001, 0xf4000002), { freq: 2 }),
      rack: fc.constantFrom("a", "b"),
      isReflector: fc.boolean(),
    })
    .map(({ hasIpv4, hasIpv6, rack, isReflector, ...rest }) => ({
      name: `node-${host}`,
      ipv4: hasIpv4 ? `10.0.0.${host}/24` : null,
      ipv6: hasIpv6 ? `fd00::${host.toString(16)}/64` : null,
      labels: isReflector ? { rack, rr: "" } : { rack },
      ...rest,
    }));
}

/** A cluster with BGPPeers of every sort, some of which dispute the same address. */
export const clusterArbitrary: fc.Arbitrary<SetDescription> = nodesArbitrary.chain((nodes) => {
  const addresses = nodes
    .flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6].filter((text) => text != null))
    .map((text) => text.split("/")[0]!);
  const local = fc.oneof(
    fc.constant({}),
    fc.constantFrom(...nodes).map(({ name }) => ({ node: name })),
    fc.constantFrom("all()", "rack == 'a'", "!has(rr)").map((text) => ({ nodeSelector: selector(text) })),
  );
  const byAddress = fc.record({
    peerIp: fc.record({
      address: fc.constantFrom("192.0.2.1", "2001:db8::1", ...addresses).map(ip),
      port: fc.option(fc.constantFrom(179, 1179)),
    }),
    asNumber: fc.option(fc.constantFrom(64512, 65001).map(asn)),
    localAsNumber: fc.option(fc.constant(asn(65002)), { freq: 2 }),
  });
  const bySelector = fc.constantFrom("all()", "has(rr)", "rack != 'b'").map((text) => ({ peerSelector: selector(text) }));
  const peer = fc
    .tuple(local, fc.oneof(byAddress, bySelector), fc.constantFrom("Auto" as const, "Manual" as const), fc.nat(3))
    .map(([here, there, reversePeering, keepalive]) => ({
      ...here,
      ...there,
      reversePeering,
      keepaliveTimeSeconds: keepalive || null,
    }));
  return fc.record({
    nodes: fc.constant(nodes),
    peers: fc.array(peer, { maxLength: 4 }).map((peers) => peers.map((spec, index) => ({ name: `p${index}`, ...spec }))),
    configurations: fc
      .record({
        nodeToNodeMeshEnabled: fc.boolean(),
        listenPort: fc.option(fc.constantFrom(179, 1790)),
        asNumber: asNumber.map((n) => (n ? asn(n) : null)),
      })
      .map((spec) => [{ name: "default", ...spec }]),
    pools: fc
      .record({ disableBgpExport: fc.boolean(), vxlanMode: fc.constantFrom("Never" as const, "Always" as const) })
      .map((spec) => [{ name: "pool", cidr: prefix("10.244.0.0/16"), ...spec }]),
  });
});
