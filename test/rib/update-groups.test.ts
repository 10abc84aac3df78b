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

it("UpdateGroups that are held tell nothing; released, all there is, and End-of-RIB after it (RFC 4724 §4.1)", () => {
  const world = new ExportWorld();
  const profile = profileOf({});
  const receiver = new ExportReceiver(world.addPeer({ name: "to" }), profile);
  world.groups.hold();
  world.groups.join(receiver, profile);
  const from = world.addPeer({ name: "from" });
  for (let net = 0; net < 1000; net++) world.announce(from, `10.${net >> 8}.${net & 255}.0/24`, VIA);
  world.settle();
  expect([receiver.routes.size, receiver.markers]).toEqual([0, []]);
  world.groups.release();
  let isMore = true;
  for (let told = 0; isMore && told < 1000; told = receiver.routes.size) {
    expect(receiver.markers).toEqual([]);
    isMore = world.groups.work(1);
  }
  expect([receiver.routes.size, receiver.markers]).toEqual([1000, ["End-of-RIB"]]);
});
