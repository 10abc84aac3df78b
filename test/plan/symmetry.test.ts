import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NodePlan, SessionPlan } from "../../src/plan/node-plan.js";
import { resolve } from "../../src/plan/resolve.js";
import type { ResourceSet } from "../../src/resources/resource-set.js";
import { clusterArbitrary, nodesArbitrary } from "./cluster-arbitrary.js";
import { must, selector, typedSet } from "./typed-set.js";

function plansOf(set: ResourceSet): readonly NodePlan[] {
  return Array.from(set.nodes.keys(), (name) => must(resolve(set, name, { routerId: "hash" })));
}

interface Ends {
  readonly here: SessionPlan;
  readonly there: SessionPlan | undefined;
}

/** Each session with the one that its far end plans towards it. */
function bothEnds(plans: readonly NodePlan[]): readonly Ends[] {
  const byAddresses = new Map<string, SessionPlan>();
  const sessions = plans.flatMap((plan) => plan.sessions);
  for (const session of sessions) byAddresses.set(`${session.sourceAddress} ${session.address}`, session);
  return sessions.map((here) => ({ here, there: byAddresses.get(`${here.address} ${here.sourceAddress}`) }));
}

describe("resolve: both ends of a session", () => {
  it("agree in a mesh of any nodes: each plans the other, AS numbers cross, exactly one dials, the port is the listener's", () => {
    fc.assert(
      fc.property(nodesArbitrary, fc.option(fc.integer({ min: 1, max: 65535 })), (nodes, listenPort) => {
        const set = typedSet({ nodes, configurations: [{ name: "default", listenPort }] });
        for (const { here, there } of bothEnds(plansOf(set))) {
          expect(there).toBeDefined();
          expect(there!.localAsNumber).toBe(here.asNumber);
          expect(there!.asNumber).toBe(here.localAsNumber);
          expect(there!.passive).toBe(!here.passive);
          expect(here.port).toBe(listenPort ?? 179);
          expect(here.type).toBe("mesh");
        }
      }),
    );
  });

  it("hold a mesh between all nodes of a family that are no route reflectors", () => {
    fc.assert(
      fc.property(nodesArbitrary, (nodes) => {
        const sessions = plansOf(typedSet({ nodes })).flatMap((plan) => plan.sessions);
        const members = (has: (node: (typeof nodes)[number]) => unknown) => nodes.filter((n) => has(n) && !n.clusterId).length;
        const [v4, v6] = [members((node) => node.ipv4), members((node) => node.ipv6)];
        expect(sessions).toHaveLength(v4 * (v4 - 1) + v6 * (v6 - 1));
      }),
    );
  });

  it("agree on a BGPPeer between selected nodes: the automatic reverse peering carries its options", () => {
    fc.assert(
      fc.property(nodesArbitrary, fc.option(fc.integer({ min: 1, max: 255 })), (nodes, ttlSecurity) => {
        const peer = { name: "p", nodeSelector: selector("rack == 'a'"), peerSelector: selector("has(rr)"), ttlSecurity };
        const set = typedSet({ nodes, peers: [peer], configurations: [{ name: "default", nodeToNodeMeshEnabled: false }] });
        for (const { here, there } of bothEnds(plansOf(set))) {
          expect(there).toMatchObject({
            ttlSecurity,
            asNumber: here.localAsNumber,
            localAsNumber: here.asNumber,
            passive: false,
          });
        }
      }),
    );
  });
});

describe("resolve", () => {
  it("names every session once, in order, and never plans one with the node itself or in a family it has no address in", () => {
    fc.assert(
      fc.property(clusterArbitrary, (description) => {
        for (const plan of plansOf(typedSet(description))) {
          const names = plan.sessions.map((session) => session.name);
          expect(names).toEqual([...new Set(names)].sort());
          const node = description.nodes.find(({ name }) => name === plan.node)!;
          for (const { address } of plan.sessions) {
            const own = address.version === 4 ? node.ipv4 : node.ipv6;
            expect(own).toBeTruthy();
            expect(own!.startsWith(`${address}/`)).toBe(false);
          }
        }
      }),
    );
  });

  it("is deterministic: the same set gives the same plan", () => {
    fc.assert(
      fc.property(clusterArbitrary, (description) => {
        expect(plansOf(typedSet(description))).toEqual(plansOf(typedSet(description)));
      }),
    );
  });
});
