import { parseAsn } from "../../../protocol/net/text.js";
import { isValueMap, type Value, type ValueMap, valueAt } from "../../resources/edit/value.js";
import { CommandFailure } from "../fail.js";

/** What cells need beside the resource itself. */
export interface ColumnContext {
  readonly defaultAsNumber: string; // of nodes without their own
}

interface Column {
  readonly heading: string;
  readonly wide?: boolean; // with `-o wide` only
  readonly cell: (resource: ValueMap, context: ColumnContext) => string;
}

const NAME: Column = { heading: "NAME", cell: (resource) => text(valueAt(resource, ["metadata", "name"])) };
const NAMESPACE: Column = { heading: "NAMESPACE", cell: (resource) => field(resource, "metadata.namespace") };

/** The columns of every kind (reference 6.3); those of kinds that calicoctl does not print are ours. */
const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  BGPPeer: [
    NAME,
    { heading: "PEERIP", cell: (peer) => field(peer, "spec.peerIP") },
    { heading: "NODE", cell: (peer) => field(peer, "spec.node") || field(peer, "spec.nodeSelector") || "(global)" },
    { heading: "ASN", cell: (peer) => asText(field(peer, "spec.asNumber")) || "0" },
  ],
  BGPConfiguration: [
    NAME,
    { heading: "LOGSEVERITY", cell: (configuration) => field(configuration, "spec.logSeverityScreen", "-") },
    { heading: "MESHENABLED", cell: (configuration) => field(configuration, "spec.nodeToNodeMeshEnabled", "-") },
    { heading: "ASNUMBER", cell: (configuration) => asText(field(configuration, "spec.asNumber", "-")) },
  ],
  BGPFilter: [NAME, ...["exportV4", "importV4", "exportV6", "importV6"].map(ruleCount)],
  Node: [
    NAME,
    {
      heading: "ASN",
      wide: true,
      cell: (node, { defaultAsNumber }) => asText(bgp(node, "asNumber")) || `(${asText(defaultAsNumber)})`,
    },
    { heading: "IPV4", wide: true, cell: (node) => withLength(bgp(node, "ipv4Address"), 32) },
    { heading: "IPV6", wide: true, cell: (node) => withLength(bgp(node, "ipv6Address"), 128) },
  ],
  IPPool: [
    NAME,
    { heading: "CIDR", cell: (pool) => field(pool, "spec.cidr") },
    { heading: "NAT", wide: true, cell: (pool) => field(pool, "spec.natOutgoing", "false") },
    { heading: "IPIPMODE", wide: true, cell: (pool) => field(pool, "spec.ipipMode", "Never") },
    { heading: "VXLANMODE", wide: true, cell: (pool) => field(pool, "spec.vxlanMode", "Never") },
    { heading: "DISABLED", wide: true, cell: (pool) => field(pool, "spec.disabled", "false") },
    { heading: "DISABLEBGPEXPORT", wide: true, cell: (pool) => field(pool, "spec.disableBGPExport", "false") },
    { heading: "SELECTOR", cell: (pool) => field(pool, "spec.nodeSelector", "all()") },
    { heading: "ASSIGNMENTMODE", wide: true, cell: (pool) => field(pool, "spec.assignmentMode", "Automatic") },
  ],
  IPReservation: [
    NAME,
    { heading: "CIDRS", wide: true, cell: (reservation) => joined(reservation, "spec.reservedCIDRs").slice(0, 80) },
  ],
  BlockAffinity: [
    NAME,
    { heading: "CIDR", cell: (block) => field(block, "spec.cidr") },
    { heading: "NODE", cell: (block) => field(block, "spec.node") },
    { heading: "TYPE", cell: (block) => field(block, "spec.type", "host") },
    { heading: "STATE", wide: true, cell: (block) => field(block, "spec.state", "confirmed") },
  ],
  CalicoNodeStatus: [
    NAME,
    { heading: "NODE", cell: (status) => field(status, "spec.node") },
    { heading: "CLASSES", wide: true, cell: (status) => joined(status, "spec.classes") },
  ],
  Secret: [
    NAME,
    NAMESPACE,
    { heading: "KEYS", cell: (secret) => [...keys(secret, "data"), ...keys(secret, "stringData")].join(",") },
  ],
  Service: [NAME, NAMESPACE, { heading: "TYPE", cell: (service) => field(service, "spec.type", "ClusterIP") }],
  EndpointSlice: [NAME, NAMESPACE, { heading: "ADDRESSTYPE", cell: (slice) => field(slice, "addressType") }],
};

/** A table of resources of one kind: headings, then a row each. */
export interface ResourceTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** @param headings those asked for, in any case; null: the usual ones @throws CommandFailure for a heading that does not exist */
export function tableOf(
  kind: string,
  resources: readonly ValueMap[],
  context: ColumnContext,
  { wide, headings }: { readonly wide: boolean; readonly headings: readonly string[] | null },
): ResourceTable {
  const columns = headings === null ? usual(kind, wide) : headings.map((heading) => columnNamed(kind, heading));
  return {
    head: columns.map(({ heading }) => heading),
    rows: resources.map((resource) => columns.map(({ cell }) => cell(resource, context))),
  };
}

function usual(kind: string, wide: boolean): readonly Column[] {
  return COLUMNS[kind]!.filter((column) => wide || !column.wide);
}

function columnNamed(kind: string, heading: string): Column {
  const column = COLUMNS[kind]!.find((candidate) => candidate.heading === heading.trim().toUpperCase());
  if (column) return column;
  const allowed = COLUMNS[kind]!.map((candidate) => candidate.heading).join(", ");
  throw new CommandFailure(`unknown heading '${heading.trim()}' for ${kind}; allowed: ${allowed}`);
}

function ruleCount(list: string): Column {
  return {
    heading: `NUM${list.toUpperCase()}`,
    cell: (filter) => {
      const rules = valueAt(filter, ["spec", list]);
      return String(Array.isArray(rules) ? rules.length : 0);
    },
  };
}

/** A BGP setting of a Node; Kubernetes has it in an annotation. */
function bgp(node: ValueMap, name: string): string {
  if (node["apiVersion"] !== "v1") return field(node, `spec.bgp.${name}`);
  const annotation = `projectcalico.org/${{ asNumber: "ASNumber", ipv4Address: "IPv4Address", ipv6Address: "IPv6Address" }[name]}`;
  return text(valueAt(node, ["metadata", "annotations", annotation]));
}

/** As one number, however it is written. */
function asText(written: string): string {
  const parsed = parseAsn(written);
  return parsed.ok ? String(parsed.value) : written;
}

function withLength(address: string, bits: number): string {
  return address === "" || address.includes("/") ? address : `${address}/${bits}`;
}

function field(resource: ValueMap, path: string, unset = ""): string {
  return text(valueAt(resource, path.split("."))) || unset;
}

function joined(resource: ValueMap, path: string): string {
  const list = valueAt(resource, path.split("."));
  return Array.isArray(list) ? list.map(text).join(",") : "";
}

function keys(resource: ValueMap, name: string): string[] {
  const map = resource[name];
  return isValueMap(map) ? Object.keys(map) : [];
}

function text(value: Value | undefined): string {
  return value === undefined || value === null || typeof value === "object" ? "" : String(value);
}

const LEAST_WIDTH = 5;
const GAP = 3;

/** As calicoctl prints it: every column as wide as its widest cell and three spaces, the last one, too; a blank line at the end. */
export function tableText({ head, rows }: ResourceTable): string {
  const widths = head.map((heading, column) => {
    const widest = rows.reduce((most, row) => Math.max(most, lengthOf(row[column]!)), lengthOf(heading));
    return Math.max(LEAST_WIDTH, widest + GAP);
  });
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => cell + " ".repeat(widths[column]! - lengthOf(cell))).join("");
  return `${[head, ...rows].map(line).join("\n")}\n\n`;
}

function lengthOf(cell: string): number {
  return [...cell].length;
}
