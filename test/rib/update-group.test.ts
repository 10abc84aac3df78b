import { describe, expect, it } from "vitest";
import { routerId } from "../../protocol/net/router-id.js";
import { ExportReceiver } from "../models/export-receiver.js";
import { ExportWorld, ip, path, profileOf } from "../models/export-world.js";

const VIA = { origin: 0, asPath: path(65001), nextHop: ip("10.0.0.99") } as const;

describe("UpdateGroup", () => {
  it("tells a member what there is, then End-of-RIB (RFC 4724 §2)", () => {
    const world = new ExportWorld();
    const from = world.addPeer();
    world.announce(from, "192.0.2.0/24", VIA);
    world.announce(from, "198.51.100.0/24", VIA);
    const profile = profileOf();
    const receiver = new ExportReceiver(world.addPeer({ routerId: routerId(9) }), profile);
    world.groups.join(receiver, profile);
    world.settle();
    expect([...receiver.routes.keys()].sort()).toEqual(["192.0.2.0/24", "198.51.100.0/24"]);
    expect(receiver.routes.get("192.0.2.0/24")).toBe("asPath=({asns:(65000 65001),type:sequence}) nextHop=10.0.0.1 origin=0");
    expect(receiver.messages).toBe(2);
    expect(receiver.markers).toEqual(["End-of-RIB"]);
  });
});
