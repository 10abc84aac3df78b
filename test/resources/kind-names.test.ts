import { expect, test } from "vitest";
import { kindOfAlias, kindOfResource, nearestAlias } from "../../src/resources/kind-names.js";

test.each([
  ["BGPPeer", "bgppeer bgppeers bgpp bgpps bp bps"],
  ["BGPConfiguration", "bgpconfiguration bgpconfigurations bgpconfig bgpconfigs"],
  ["BGPFilter", "bgpfilter bgpfilters bgpf bgpfs bf bfs"],
  ["Node", "node nodes no nos"],
  ["IPPool", "ippool ippools ipp ipps pool pools"],
  ["IPReservation", "ipreservation ipreservations reservation reservations"],
  ["CalicoNodeStatus", "caliconodestatus caliconodestatuses nodestatus nodestatuses"],
])("%s has the names that calicoctl takes, in any case of letters", (kind, aliases) => {
  for (const alias of aliases.split(" ")) {
    expect(kindOfAlias(alias)?.kind, alias).toBe(kind);
    expect(kindOfAlias(alias.toUpperCase())?.kind, alias).toBe(kind);
  }
});

test("a misspelt name has a near miss, another word none", () => {
  expect(kindOfAlias("bgppeeer")).toBeNull();
  expect(nearestAlias("bgppeeer")).toBe("bgppeer");
  expect(nearestAlias("gibberish")).toBeNull();
});

test.each([
  ["BGPPeer", "projectcalico.org/v3", true],
  ["BGPPeer", "crd.projectcalico.org/v1", true],
  ["BGPPeer", "v1", false],
  ["Node", "v1", true],
  ["Secret", "v1", true],
  ["Secret", "projectcalico.org/v3", false],
  ["Deployment", "apps/v1", false],
])("%s of %s is taken: %s", (kind, apiVersion, taken) => expect(kindOfResource(kind, apiVersion) !== null).toBe(taken));
