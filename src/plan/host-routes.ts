import { Prefix } from "../../protocol/net/prefix.js";
import type { Peering } from "./explicit-peerings.js";
import { warning } from "./fault.js";
import type { HostRoute, PlanFault } from "./node-plan.js";

/** The routes to peers that are reached by a gateway (reference 4.12): one an address, as the first peering says. */
export function hostRoutes(peerings: readonly Peering[], faults: PlanFault[]): readonly HostRoute[] {
  const routes = new Map<string, HostRoute>();
  for (const { peer, end } of peerings) {
    const gateway = peer.spec.reachableBy;
    if (gateway === null) continue;
    const known = routes.get(end.text);
    if (known === undefined) {
      routes.set(end.text, { prefix: Prefix.of(end.address, end.address.bits), gateway, cause: peer.cause });
    } else if (!known.gateway.equals(gateway)) {
      const message = `BGPPeer ${peer.name}: ${end.text} is reached by ${known.gateway}, as BGPPeer ${known.cause.name} says, not by ${gateway}`;
      faults.push(warning(message, peer.cause));
    }
  }
  return [...routes.values()];
}
