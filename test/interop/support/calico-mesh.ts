import type { Host } from "../../../src/lab/host.js";
import { resource } from "../../../src/lab/resource-directory.js";
import { type Patience, until } from "../../../src/lab/until.js";
import { connectWorkload, forwardPackets } from "../../../src/lab/workload.js";
import { CalicoBird, type CalicoRelease } from "./calico-bird.js";
import { kernelRoutes } from "./kernel-routes.js";
import { Pings } from "./pings.js";
import { RouteWatch } from "./route-watch.js";
import { blockOf, FAMILIES, Site } from "./site.js";

/** BIRD's protocol number in the kernel. */
export const BIRD_PROTOCOL = 12;

const PATIENCE: Patience = { deadlineMs: 40_000 };

/** What a change did to packets and to the routes of every node. */
export interface Harm {
  readonly lostPings: number;
  readonly removedRoutes: ReadonlyMap<number, readonly string[]>; // by octet, as `ip monitor` says it
}

/** Three Calico nodes in a full mesh, a BIRD on each, over IPv4 and IPv6; the first two have a workload. */
export class CalicoMesh {
  readonly site: Site;
  readonly octets: readonly number[];
  readonly #birds: ReadonlyMap<number, CalicoBird>;
  readonly #workloads: readonly Host[];

  private constructor(site: Site, octets: readonly number[], birds: ReadonlyMap<number, CalicoBird>, workloads: readonly Host[]) {
    this.site = site;
    this.octets = octets;
    this.#birds = birds;
    this.#workloads = workloads;
  }

  /** Settles when every node has every block. */
  static async open(octets: readonly number[], release: CalicoRelease, password: string | null = null): Promise<CalicoMesh> {
    const site = await Site.open(octets);
    if (password !== null) setMeshPassword(site, password);
    for (const octet of octets) site.addNode(octet); // the resources; it is BIRD that runs
    const workloads = await Promise.all(octets.slice(0, 2).map((octet) => connect(site, octet)));
    const birds = new Map(
      octets.map((octet) => [octet, new CalicoBird(site.host(octet), { octet, mesh: octets, release, password })]),
    );
    await Promise.all([...birds.values()].map((bird) => bird.start()));
    const mesh = new CalicoMesh(site, octets, birds, workloads);
    await mesh.settled(octets);
    return mesh;
  }

  bird(octet: number): CalicoBird {
    const bird = this.#birds.get(octet);
    if (bird === undefined) throw new Error(`no BIRD ${octet}`);
    return bird;
  }

  /** These BIRDs have every session Established, and every node has every block. */
  async settled(running: readonly number[]): Promise<void> {
    await until(
      "BIRD has every session Established",
      async () => (await Promise.all(running.map((octet) => this.bird(octet).isEstablished()))).every(Boolean),
      PATIENCE,
    );
    await until(
      "every node has every block",
      async () =>
        (await Promise.all(this.octets.map((octet) => this.routesOf(octet)))).every(({ size }) => size === this.blocks.length),
      PATIENCE,
    );
  }

  /** Of every node, both families. */
  get blocks(): readonly string[] {
    return this.octets.flatMap((octet) => FAMILIES.map((family) => blockOf(octet, family)));
  }

  /** Where a node's kernel sends packets to each block: "blackhole", or the gateway and the metric. */
  async routesOf(octet: number, protocol = BIRD_PROTOCOL): Promise<ReadonlyMap<string, string>> {
    const families = await Promise.all(FAMILIES.map((family) => kernelRoutes(this.site.host(octet), family, protocol)));
    const routes = new Map(families.flatMap((all) => [...all]));
    const known = this.blocks.flatMap((block) => routes.get(block) ?? []);
    return new Map(
      known.map(({ prefix, type, nextHops, metric }) => [
        prefix,
        type === "unicast" ? `${nextHops} metric ${metric ?? 0}` : type,
      ]),
    );
  }

  /** Makes the change while workloads ping each other every 50 ms. */
  async harmOf(change: () => Promise<void>): Promise<Harm> {
    const watches = await Promise.all(this.octets.map((octet) => RouteWatch.open(this.site.host(octet))));
    const [first, second] = this.octets as [number, number];
    const pings = await Promise.all([
      Pings.start(this.#workloads[0]!, workloadOf(second)),
      Pings.start(this.#workloads[1]!, workloadOf(first)),
    ]);
    await change();
    const counts = await Promise.all(pings.map((ping) => ping.stop()));
    const removed = await Promise.all(watches.map((watch) => watch.removalsOf(...this.blocks)));
    return {
      lostPings: counts.reduce((sum, { lost }) => sum + lost, 0),
      removedRoutes: new Map(this.octets.map((octet, index) => [octet, removed[index]!])),
    };
  }
}

function setMeshPassword({ resources }: Site, password: string): void {
  const secretKeyRef = { name: "bgp", key: "mesh" };
  resources.put(resource("BGPConfiguration", "default", { nodeMeshPassword: { secretKeyRef } }));
  const metadata = { name: secretKeyRef.name, namespace: "kube-system" };
  const secret = { apiVersion: "v1", kind: "Secret", metadata, stringData: { [secretKeyRef.key]: password } };
  resources.putText("secret.json", JSON.stringify(secret));
}

async function connect(site: Site, octet: number): Promise<Host> {
  await forwardPackets(site.host(octet));
  return connectWorkload(site.network, site.host(octet), `workload-${octet}`, workloadOf(octet));
}

function workloadOf(octet: number): string {
  return `10.244.${octet}.2`;
}
