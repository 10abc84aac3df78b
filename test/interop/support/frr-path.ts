import type { Frr } from "../../../src/lab/frr.js";
import { familyOf } from "../../../src/lab/speaker.js";

/** What FRR has of a path besides its next hop. */
export interface FrrPath {
  readonly asPath: string;
  readonly localPref: number | null;
  readonly communities: string; // standard and large ones, in the order of FRR
}

interface PathJson {
  readonly aspath?: { readonly string?: string };
  readonly community?: { readonly string?: string };
  readonly largeCommunity?: { readonly string?: string };
  readonly locPrf?: number;
}

/** The only path of FRR to a prefix, or null when it has none. */
export async function frrPath(router: Frr, prefix: string): Promise<FrrPath | null> {
  const answer = JSON.parse(await router.show(`bgp ${familyOf(prefix)} unicast ${prefix} json`)) as { paths?: PathJson[] };
  const path = answer.paths?.[0];
  if (path === undefined) return null;
  return {
    asPath: path.aspath?.string ?? "",
    localPref: path.locPrf ?? null,
    communities: [path.community?.string, path.largeCommunity?.string].filter(Boolean).join(" "),
  };
}

/** Makes FRR announce a prefix with what a route-map sets, e.g. "set community 65001:1". */
export function announceWith(router: Frr, asNumber: number, prefix: string, ...sets: readonly string[]): Promise<void> {
  const name = `for-${prefix.replaceAll(/[^0-9a-f]/g, "-")}`;
  return router.configure(
    ...[`route-map ${name} permit 10`, ...sets, "exit"],
    ...[`router bgp ${asNumber}`, `address-family ${familyOf(prefix)} unicast`, `network ${prefix} route-map ${name}`],
  );
}
