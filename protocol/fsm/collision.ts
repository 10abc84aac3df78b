import { peerAsOf } from "../capabilities/negotiate.js";
import type { OpenMessage } from "../messages/open.js";
import type { SessionConfig } from "./session-config.js";
import type { State } from "./state.js";

/** Who opened a connection: we ("outgoing") or the peer ("incoming"). */
export type Direction = "outgoing" | "incoming";

/**
 * Connection collision detection (RFC 4271 §6.8).
 *
 * @param open the OPEN that came over a connection of ours with the peer
 * @param direction who opened that connection; another one, opened by the other side, is in state `existing`
 * @returns "none" while the other connection may still fail; else which of the two has to go
 */
export function detectCollision(
  open: OpenMessage,
  direction: Direction,
  existing: State,
  config: SessionConfig,
): "none" | "close-existing" | "close-new" {
  switch (existing.name) {
    case "OpenConfirm":
      return survivor(open, config) === direction ? "close-existing" : "close-new";
    case "Established":
      if (!config.collisionDetectEstablishedState) return "close-new";
      return survivor(open, config) === direction ? "close-existing" : "close-new";
    default:
      return "none"; // OpenSent: the OPEN that is still to come over it will decide
  }
}

/** The connection opened by the speaker with the higher BGP Identifier lives; equal ones: with the larger AS (RFC 6286 §2.3). */
function survivor(open: OpenMessage, { open: local }: SessionConfig): Direction {
  const difference = local.routerId - open.routerId || local.asNumber - peerAsOf(open);
  return difference > 0 ? "outgoing" : "incoming";
}
