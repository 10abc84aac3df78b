import { describe, expect, test } from "vitest";
import { dangersOf } from "../../src/plan/dangers.js";
import { diffPlans } from "../../src/plan/diff.js";
import { resolve } from "../../src/plan/resolve.js";
import { loadGiven } from "./given.js";
import { must } from "./typed-set.js";

const BLOCK = "BlockAffinity b: {cidr: 10.244.1.0/26, node: node-a, state: confirmed}\n";
const MESH_OFF = "BGPConfiguration default: {nodeToNodeMeshEnabled: false}\n";
const tor = (host: number, asNumber: number) => `BGPPeer tor-${host}: {peerIP: 192.0.2.${host}, asNumber: ${asNumber}}\n`;

function dangers(before: string, after: string): readonly string[] {
  const [was, is] = [before, after].map((given) => must(resolve(loadGiven({ nodes: "F3", given }).set, "node-a")));
  return dangersOf(was!, is!, diffPlans(was!, is!));
}

describe("a change needs force when", () => {
  const both = MESH_OFF + tor(1, 65001) + tor(2, 65001);
  test.each([
    ["every session is reset", both, MESH_OFF + tor(1, 65002) + tor(2, 65002), "every session goes down: 2 reset, 0 removed"],
    ["every session is reset or removed", both, MESH_OFF + tor(1, 65002), "every session goes down: 1 reset, 1 removed"],
    ["no session is left", both, MESH_OFF, "no session is left of 2"],
    ["others take the place of all sessions", both, MESH_OFF + tor(3, 65001), "every session goes down: 0 reset, 2 removed"],
    ["nothing is announced any more", both + BLOCK, both, "none of this node's 1 blocks is announced any more"],
  ])("%s", (_, before, after, danger) => {
    expect(dangers(before, after)).toEqual([danger]);
  });

  test.each([
    ["one session stays as it is", both, MESH_OFF + tor(1, 65002) + tor(2, 65001)],
    ["there was no session before", MESH_OFF, both],
    ["blocks come", both, both + BLOCK],
    ["nothing changes", both + BLOCK, both + BLOCK],
  ])("not when %s", (_, before, after) => {
    expect(dangers(before, after)).toEqual([]);
  });
});
