import { describe, expect, test } from "vitest";
import { type Direction, detectCollision } from "../../../protocol/fsm/collision.js";
import type { OpenMessage } from "../../../protocol/messages/open.js";
import { asn } from "../../../protocol/net/asn.js";
import { routerId } from "../../../protocol/net/router-id.js";
import { CONFIG, PEER_OPEN, STATES } from "./fixtures.js";

const OURS = CONFIG.open.routerId;
const lower: OpenMessage = { ...PEER_OPEN, routerId: routerId(OURS - 1) };
const higher: OpenMessage = { ...PEER_OPEN, routerId: routerId(OURS + 1) };
const top: OpenMessage = { ...PEER_OPEN, routerId: routerId(0xff000000) }; // above 2^31: identifiers are unsigned

describe("detectCollision (RFC 4271 §6.8)", () => {
  test.each<[string, OpenMessage, Direction, "close-existing" | "close-new"]>([
    ["ours is higher: the connection that the peer opened goes, though it is older", lower, "outgoing", "close-existing"],
    ["ours is higher: the connection that the peer opened goes", lower, "incoming", "close-new"],
    ["ours is lower: the connection that we opened goes", higher, "outgoing", "close-new"],
    ["ours is lower: the connection that we opened goes, though it is older", higher, "incoming", "close-existing"],
    ["identifiers are compared as unsigned numbers", top, "incoming", "close-existing"],
  ])("against OpenConfirm, %s", (_, open, direction, expected) => {
    expect(detectCollision(open, direction, STATES.OpenConfirm, CONFIG)).toBe(expected);
  });

  test("equal identifiers: the larger AS number wins (RFC 6286 §2.3)", () => {
    const same = { ...PEER_OPEN, routerId: OURS };
    const smallerAs = { ...same, myAs: asn(64999), capabilities: [] };
    expect(detectCollision(same, "incoming", STATES.OpenConfirm, CONFIG)).toBe("close-existing");
    expect(detectCollision(smallerAs, "incoming", STATES.OpenConfirm, CONFIG)).toBe("close-new");
  });

  test("both speakers come to the same connection", () => {
    const theirs = {
      ...CONFIG,
      open: { ...CONFIG.open, asNumber: asn(65002), peerAs: asn(65001), routerId: PEER_OPEN.routerId },
    };
    const ourOpen = { ...PEER_OPEN, myAs: asn(65001), routerId: OURS, capabilities: [] };
    for (const direction of ["outgoing", "incoming"] as const) {
      const mirrored = direction === "outgoing" ? "incoming" : "outgoing";
      const here = detectCollision(PEER_OPEN, direction, STATES.OpenConfirm, CONFIG);
      expect(detectCollision(ourOpen, mirrored, STATES.OpenConfirm, theirs)).toBe(here);
    }
  });

  test("an Established session wins, unless CollisionDetectEstablishedState lets the identifiers decide", () => {
    expect(detectCollision(higher, "incoming", STATES.Established, CONFIG)).toBe("close-new");
    const detecting = { ...CONFIG, collisionDetectEstablishedState: true };
    expect(detectCollision(higher, "incoming", STATES.Established, detecting)).toBe("close-existing");
    expect(detectCollision(lower, "incoming", STATES.Established, detecting)).toBe("close-new");
  });

  test.each(["Idle", "Connect", "Active", "OpenSent"] as const)("there is none against %s", (name) => {
    expect(detectCollision(higher, "incoming", STATES[name], CONFIG)).toBe("none");
  });
});
