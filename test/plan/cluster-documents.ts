import fc from "fast-check";
import { Document, visit } from "yaml";
import { formatRouterId, type RouterId } from "../../protocol/net/router-id.js";
import type { NodeDescription, SetDescription } from "./typed-set.js";

/** A resource as it stands in a file. */
export type ResourceDocument = Readonly<Record<string, unknown>>;

/** A described set as the documents that its author would have written. */
export function documentsOf({ nodes, peers = [], configurations = [], pools = [] }: SetDescription): readonly ResourceDocument[] {
  return [
    ...nodes.map((node) => document("Node", node.name, { bgp: bgpOf(node) }, node.labels)),
    ...peers.map(({ name, peerIp, nodeSelector, peerSelector, localAsNumber, ...spec }) =>
      document("BGPPeer", name, {
        ...spec,
        localASNumber: localAsNumber ?? null,
        ...(peerIp && {
          peerIP: peerIp.port === null ? `${peerIp.address}` : `${bracketed(`${peerIp.address}`)}:${peerIp.port}`,
        }),
        ...(nodeSelector && { nodeSelector: `${nodeSelector}` }),
        ...(peerSelector && { peerSelector: `${peerSelector}` }),
        keepaliveTime: spec.keepaliveTimeSeconds ? `${spec.keepaliveTimeSeconds}s` : null,
        keepaliveTimeSeconds: null,
      }),
    ),
    ...configurations.map(({ name, ...spec }) => document("BGPConfiguration", name, spec)),
    ...pools.map(({ name, cidr, vxlanMode, disableBgpExport }) =>
      document("IPPool", name, { cidr: `${cidr}`, vxlanMode, disableBGPExport: disableBgpExport }),
    ),
  ];
}

/** Null: a node without BGP; the loader refuses one with nothing in it. */
function bgpOf({ ipv4, ipv6, asNumber, clusterId }: NodeDescription): object | null {
  if (!ipv4 && !ipv6) return null;
  const routeReflectorClusterID = clusterId ? formatRouterId(clusterId as RouterId) : null;
  return defined({ ipv4Address: ipv4, ipv6Address: ipv6, asNumber, routeReflectorClusterID });
}

/** The same documents, spread over files in any order, as YAML or JSON of any style, with comments. */
export function writtenAnyhow(documents: readonly ResourceDocument[]): fc.Arbitrary<Readonly<Record<string, string>>> {
  return fc
    .shuffledSubarray([...documents], { minLength: documents.length })
    .chain((order) => fc.tuple(...order.map((each) => fc.tuple(textArbitrary(each), fc.nat(2)))))
    .map((texts) => {
      const files: Record<string, string> = {};
      for (const [text, file] of texts) files[`${file}.yaml`] = `${files[`${file}.yaml`] ?? "# head\n"}---\n${text}\n`;
      return files;
    });
}

function textArbitrary(value: ResourceDocument): fc.Arbitrary<string> {
  const style = fc.record({
    shuffled: fc.infiniteStream(fc.nat()),
    flow: fc.boolean(),
    indent: fc.constantFrom(2, 4),
    comment: fc.boolean(),
  });
  const yaml = style.map(({ shuffled, flow, indent, comment }) => {
    const document = new Document(reordered(value, shuffled));
    visit(document, {
      Map: (_, node) => {
        node.flow = flow;
      },
      Scalar: (key, node) => {
        if (comment && key === "value" && !flow) node.comment = " why";
      },
    });
    return document.toString({ indent });
  });
  return fc.oneof(
    yaml,
    fc.constantFrom(0, 1, 4).map((indent) => JSON.stringify(value, null, indent)),
  );
}

function reordered(value: unknown, order: Iterator<number>): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const fields = Object.entries(value).map(([key, field]) => ({
    key,
    field: reordered(field, order),
    at: order.next().value as number,
  }));
  return Object.fromEntries(fields.sort((a, b) => a.at - b.at).map(({ key, field }) => [key, field]));
}

function document(kind: string, name: string, spec: object, labels?: object): ResourceDocument {
  return { apiVersion: "projectcalico.org/v3", kind, metadata: { name, ...(labels && { labels }) }, spec: defined(spec) };
}

function defined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}

function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
