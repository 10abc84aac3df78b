import type { KernelRouteView, RouteView, SessionView, StatusView } from "../../api/views.js";
import type { Value, ValueMap } from "../../resources/edit/value.js";
import { valueAt } from "../../resources/edit/value.js";
import { ask, askLines } from "../control-client.js";
import { CommandFailure } from "../fail.js";
import { since } from "../status.js";

/** A table may have a million routes; a status shows the first of each family. */
const MOST_ROUTES = 1000;

const FAMILIES = [
  { family: "ipv4-unicast", suffix: "V4" },
  { family: "ipv6-unicast", suffix: "V6" },
] as const;

/**
 * A CalicoNodeStatus with the `status` that its node's daemon gives (reference section 7): the classes asked for, all or nothing.
 * Any other resource as it is. Without such a daemon there is no status, which is said on stderr.
 */
export async function withNodeStatus(resource: ValueMap, control: string): Promise<ValueMap> {
  if (resource["kind"] !== "CalicoNodeStatus") return resource;
  const { status: _, ...rest } = resource;
  const node = String(valueAt(resource, ["spec", "node"]) ?? "");
  try {
    const status = await ask<StatusView>(control, "/v1/status");
    if (status.node === node) return { ...rest, status: await statusOf(status, classesOf(resource), control) };
    explain(resource, `the daemon at ${control} is that of node ${status.node}, not of ${node}`);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    explain(resource, error.message);
  }
  return rest;
}

function explain(resource: ValueMap, why: string): void {
  process.stderr.write(`no status of CalicoNodeStatus ${valueAt(resource, ["metadata", "name"])}: ${why}\n`);
}

function classesOf(resource: ValueMap): readonly Value[] {
  const classes = valueAt(resource, ["spec", "classes"]);
  return Array.isArray(classes) ? classes : [];
}

async function statusOf(status: StatusView, classes: readonly Value[], control: string): Promise<ValueMap> {
  const now = new Date();
  return {
    lastUpdated: now.toISOString().replace(/\.\d+Z$/, "Z"),
    ...(classes.includes("Agent") ? { agent: agentOf(status) } : {}),
    ...(classes.includes("BGP") ? { bgp: bgpOf(status, now.getTime()) } : {}),
    ...(classes.includes("Routes") ? { routes: await routesOf(status, control) } : {}),
  };
}

/** One daemon speaks both families. */
function agentOf({ version, routerId, startedAt, resources }: StatusView): ValueMap {
  const speaker = {
    state: "Ready",
    version,
    routerID: routerId,
    lastBootTime: timeText(startedAt),
    lastReconfigurationTime: timeText(resources.acceptedAt),
  };
  return { birdV4: speaker, birdV6: speaker };
}

/** YYYY-MM-DD HH:MM:SS, as BIRD prints it: local time. */
function timeText(iso: string): string {
  const date = new Date(iso);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

function bgpOf({ sessions }: StatusView, nowMs: number): ValueMap {
  const fields = FAMILIES.flatMap(({ family, suffix }) => {
    const ours = sessions.filter((session) => session.family === family);
    const up = ours.filter(({ state }) => state === "up").length;
    return [
      [`numberEstablished${suffix}`, up],
      [`numberNotEstablished${suffix}`, ours.length - up],
      [`peers${suffix}`, ours.map((session) => peerOf(session, nowMs))],
    ] as const;
  });
  return Object.fromEntries(fields);
}

const TYPES = { mesh: "NodeMesh", global: "GlobalPeer", node: "NodePeer", workload: "NodePeer" } as const;

function peerOf({ address, type, bgpState, since: changed }: SessionView, nowMs: number): ValueMap {
  return { peerIP: address, type: TYPES[type], state: bgpState, since: since(changed, nowMs) };
}

async function routesOf(status: StatusView, control: string): Promise<ValueMap> {
  const meshPeers = new Set(status.sessions.filter(({ type }) => type === "mesh").map(({ address }) => address));
  const hops = await kernelHops(control);
  const fields: [string, Value][] = [];
  for (const { family, suffix } of FAMILIES) {
    const routes: ValueMap[] = [];
    for await (const route of askLines<RouteView>(control, `/v1/routes?all=1&family=${family}`)) {
      if (routes.length === MOST_ROUTES) {
        warnOfMore(suffix);
        break;
      }
      if (route.accepted) routes.push(routeOf(route, meshPeers, hops));
    }
    fields.push([`routes${suffix}`, routes]);
  }
  return Object.fromEntries(fields);
}

/** How many more is not said: the table may have changed since its size was asked for. */
function warnOfMore(suffix: string): void {
  process.stderr.write(
    `status.routes.routes${suffix} holds the first ${MOST_ROUTES} paths, and there are more; "peregrine routes --all" prints them all\n`,
  );
}

/** Where the kernel sends what is for a prefix: the first of several ways. */
interface KernelHop {
  readonly gateway: string | null; // null: there is none
  readonly interface: string;
}

/** Of each prefix that is in the kernel, as far as routes are shown. */
async function kernelHops(control: string): Promise<ReadonlyMap<string, KernelHop>> {
  const found = new Map<string, KernelHop>();
  for await (const { prefix, type, hops } of askLines<KernelRouteView>(control, "/v1/routes?kernel=1")) {
    if (found.size === 10 * MOST_ROUTES) break;
    const [, gateway, device] = /^(?:via (\S+) )?dev (\S+)/.exec(hops[0] ?? "") ?? [];
    const name = type === "blackhole" ? type : device;
    if (name) found.set(prefix, { gateway: gateway ?? null, interface: name });
  }
  return found;
}

/** A gateway is the neighbour that packets go to, as in BIRD's `via`, where the kernel knows it; else the next hop of the route. */
function routeOf(route: RouteView, meshPeers: ReadonlySet<string>, hops: ReadonlyMap<string, KernelHop>): ValueMap {
  const { prefix, best, source, peer, attributes } = route;
  const hop = hops.get(prefix);
  const gateway = (best ? hop?.gateway : null) ?? attributes.nextHop ?? "N/A";
  const known = attributes.interface ?? hop?.interface ?? (source === "static" ? "blackhole" : "N/A");
  const from = {
    static: { sourceType: "Static" },
    service: { sourceType: "Static" },
    direct: { sourceType: "Direct" },
    kernel: { sourceType: "Kernel" },
    bgp: { sourceType: meshPeers.has(peer) ? "NodeMesh" : "BGPPeer", peerIP: peer },
  };
  return { type: best ? "FIB" : "RIB", destination: prefix, gateway, interface: known, learnedFrom: from[source] };
}
