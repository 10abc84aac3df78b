import { expect, it } from "vitest";
import { ExportReceiver } from "../models/export-receiver.js";
import { ExportWorld, ip, path, peerFacts, profileOf } from "../models/export-world.js";

const VIA = { origin: 0, asPath: path(65001), nextHop: ip("10.0.0.99"), localPref: 100 } as const;

it("UpdateGroups tell non-clients the routes of a peer that has become a client, and take them back (RFC 4456 §6)", () => {
  const world = new ExportWorld();
  const internal = { internal: true, name: "from" } as const;
  const from = world.addPeer(internal);
  world.announce(from, "192.0.2.0/24", VIA);
  const profile = profileOf({ internal: true, clusterId: 1 });
  const receiver = new ExportReceiver(world.addPeer({ internal: true, name: "to" }), profile);
  world.groups.join(receiver, profile);
  world.settle();
  expect([...receiver.routes.keys()]).toEqual([]);

  world.rib.updatePeer(from, peerFacts({ ...internal, rrClient: true }));
  world.settle();
  expect([...receiver.routes.keys()]).toEqual(["192.0.2.0/24"]);

  world.rib.updatePeer(from, peerFacts(internal));
  world.settle();
  expect([...receiver.routes.keys()]).toEqual([]);
});
