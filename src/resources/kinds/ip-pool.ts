import type { Prefix } from "../../../protocol/net/prefix.js";
import { parsePrefix } from "../../../protocol/net/text.js";
import type { FieldReader } from "../field-reader.js";
import type { IpPoolSpec } from "../resource-set.js";
import { cidr, overlaps } from "../values/addresses.js";
import { boolean, integer, oneOf } from "../values/scalars.js";
import { selector } from "../values/selector-text.js";
import { CALICO_API_VERSIONS, type KindReader, requiredSpec } from "./kind-reader.js";

const TUNNEL_MODES = ["Never", "Always", "CrossSubnet"] as const;
const BLOCK_SIZES = { 4: { least: 20, most: 32, usual: 26 }, 6: { least: 116, most: 128, usual: 122 } } as const;
const LINK_LOCAL = ["169.254.0.0/16", "fe80::/10"].flatMap((text) => {
  const prefix = parsePrefix(text);
  return prefix.ok ? [prefix.value] : [];
});

export const ipPool: KindReader<"IPPool"> = {
  kind: "IPPool",
  apiVersions: CALICO_API_VERSIONS,
  namespaced: false,
  read(resource, _metadata, scope) {
    const errors = scope.errors;
    resource.ignore("status");
    const spec = requiredSpec(resource);
    if (!spec) return null;
    const block = spec.required("cidr", cidr());
    const pool = block && readSpec(spec, block);
    spec.mark("cidr");
    if (block) checkCidr(spec, block);
    readAddressManagement(spec);
    spec.finish();
    return scope.errors === errors ? pool : null;
  },
};

function readSpec(spec: FieldReader, block: Prefix): IpPoolSpec {
  const sizes = BLOCK_SIZES[block.address.version];
  const pool: IpPoolSpec = {
    cidr: block,
    ipipMode: spec.optional("ipipMode", oneOf(...TUNNEL_MODES)) ?? "Never",
    vxlanMode: spec.optional("vxlanMode", oneOf(...TUNNEL_MODES)) ?? "Never",
    disableBgpExport: spec.optional("disableBGPExport", boolean) ?? false,
    disabled: spec.optional("disabled", boolean) ?? false,
    blockSize: spec.optional("blockSize", integer(sizes.least, sizes.most)) ?? sizes.usual,
  };
  if (pool.ipipMode !== "Never" && block.address.version === 6)
    spec.complain("ipipMode", { message: "IPIP carries IPv4 only", remedy: "use Never" });
  if (pool.ipipMode !== "Never" && pool.vxlanMode !== "Never")
    spec.complain("vxlanMode", { message: "excludes ipipMode", remedy: "set one of them to Never" });
  if (block.length > pool.blockSize && !pool.disabled) {
    const remedy = `use a larger cidr or a blockSize of ${block.length} or more`;
    spec.complain("cidr", { message: `${block} is smaller than one block of /${pool.blockSize}`, remedy });
  }
  return pool;
}

function checkCidr(spec: FieldReader, block: Prefix): void {
  const linkLocal = LINK_LOCAL.find((range) => overlaps(range, block));
  if (linkLocal) spec.complain("cidr", { message: `${block} overlaps the link-local range ${linkLocal}` });
}

/** Who gets which address is not our business; that these fields are sound still is. */
function readAddressManagement(spec: FieldReader): void {
  spec.optional("natOutgoing", boolean);
  spec.optional("assignmentMode", oneOf("Automatic", "Manual"));
  const nodes = spec.optional("nodeSelector", selector);
  const namespaces = spec.optional("namespaceSelector", selector);
  if (nodes?.usesGlobal) spec.complain("nodeSelector", { message: "global() cannot be used here", remedy: "write all()" });
  if (namespaces?.usesGlobal)
    spec.complain("namespaceSelector", { message: "global() cannot be used here", remedy: "write all()" });
  const uses = spec.list("allowedUses", oneOf("Workload", "Tunnel", "LoadBalancer"));
  if (uses.includes("LoadBalancer")) checkLoadBalancer(spec, uses, nodes?.toString() ?? "all()");
  if (namespaces && uses.includes("Tunnel")) spec.complain("namespaceSelector", { message: "excludes the allowed use Tunnel" });
}

function checkLoadBalancer(spec: FieldReader, uses: readonly string[], nodes: string): void {
  if (uses.length > 1) spec.complain("allowedUses", { message: "LoadBalancer excludes the other uses" });
  if (nodes !== "all()") spec.complain("nodeSelector", { message: "must be all() in a pool for LoadBalancer" });
  for (const mode of ["ipipMode", "vxlanMode"]) {
    if ((spec.optional(mode, oneOf(...TUNNEL_MODES)) ?? "Never") !== "Never")
      spec.complain(mode, { message: "must be Never in a pool for LoadBalancer" });
  }
  if (spec.optional("disableBGPExport", boolean))
    spec.complain("disableBGPExport", { message: "cannot be true in a pool for LoadBalancer" });
}
