import type { Host } from "../../../src/lab/host.js";
import type { FamilyName } from "../../../src/lab/speaker.js";

/** A route of the kernel's main table. */
export interface KernelRoute {
  readonly prefix: string;
  readonly type: string; // "unicast" or "blackhole"
  readonly nextHops: readonly string[]; // sorted
  readonly metric: number | null;
}

interface IpRoute {
  readonly dst: string;
  readonly type?: string;
  readonly gateway?: string;
  readonly metric?: number;
  readonly flags?: readonly string[];
  readonly nexthops?: readonly { readonly gateway?: string }[];
}

/** What the kernel of this host holds of ours, or of another protocol, by prefix. */
export async function kernelRoutes(host: Host, family: FamilyName, protocol = 179): Promise<ReadonlyMap<string, KernelRoute>> {
  const text = await host.ip(family === "ipv4" ? "-4" : "-6", "-json", "-details", "route", "show", "proto", String(protocol));
  const routes = (text.trim() === "" ? [] : JSON.parse(text)) as readonly IpRoute[];
  return new Map(routes.map((route) => readRoute(route, family)).map((route) => [route.prefix, route]));
}

function readRoute(route: IpRoute, family: FamilyName): KernelRoute {
  const gateways = route.nexthops?.map((hop) => hop.gateway) ?? [route.gateway];
  return {
    prefix: withLength(route.dst, family),
    type: route.type ?? "unicast",
    nextHops: gateways.filter((gateway) => gateway !== undefined).sort(),
    metric: route.metric ?? null,
  };
}

/** iproute2 leaves the length of host routes out, and calls ::/0 "default". */
function withLength(destination: string, family: FamilyName): string {
  if (destination === "default") return family === "ipv4" ? "0.0.0.0/0" : "::/0";
  return destination.includes("/") ? destination : `${destination}/${family === "ipv4" ? 32 : 128}`;
}
