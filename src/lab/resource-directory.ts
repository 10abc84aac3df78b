import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A resource as it stands in a file. */
export interface ResourceDocument {
  readonly apiVersion: "projectcalico.org/v3";
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** A directory of resources, one a file, that any number of nodes read and watch. */
export class ResourceDirectory {
  readonly path: string;

  constructor(path: string, documents: readonly ResourceDocument[] = []) {
    this.path = path;
    mkdirSync(path, { recursive: true });
    for (const document of documents) this.put(document);
  }

  /** Writes a resource, or replaces it. */
  put(document: ResourceDocument): void {
    this.putText(fileOf(document.kind, document.metadata.name), JSON.stringify(document, null, 2));
  }

  remove(kind: string, name: string): void {
    rmSync(join(this.path, fileOf(kind, name)));
  }

  /** Any file, e.g. a broken one. It appears whole: readers never see half of it. */
  putText(file: string, text: string): void {
    const next = join(this.path, `.${file}.next`);
    writeFileSync(next, text);
    renameSync(next, join(this.path, file));
  }
}

export interface NodeFacts {
  readonly ipv4?: string;
  readonly ipv6?: string;
  readonly asNumber?: number;
  readonly clusterId?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export function node(name: string, facts: NodeFacts): ResourceDocument {
  const { ipv4: ipv4Address, ipv6: ipv6Address, asNumber, clusterId: routeReflectorClusterID, labels } = facts;
  const bgp = { ipv4Address, ipv6Address, asNumber, routeReflectorClusterID };
  return { apiVersion: "projectcalico.org/v3", kind: "Node", metadata: { name, ...(labels && { labels }) }, spec: { bgp } };
}

export function resource(kind: string, name: string, spec: Readonly<Record<string, unknown>>): ResourceDocument {
  return { apiVersion: "projectcalico.org/v3", kind, metadata: { name }, spec };
}

/** A block of addresses that belongs to a node; the node announces it. */
export function blockAffinity(nodeName: string, cidr: string): ResourceDocument {
  return resource("BlockAffinity", blockName(nodeName, cidr), { cidr, node: nodeName, state: "confirmed" });
}

export function blockName(nodeName: string, cidr: string): string {
  return `${nodeName}-${cidr.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`;
}

/** A filter that lets everything through in both directions and families, which makes the peer a transit peer. */
export function acceptAllFilter(name: string): ResourceDocument {
  const all = [{ action: "Accept" }];
  return resource("BGPFilter", name, { exportV4: all, importV4: all, exportV6: all, importV6: all });
}

function fileOf(kind: string, name: string): string {
  return `${kind.toLowerCase()}-${name}.json`;
}
