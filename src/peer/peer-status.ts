import type { Negotiated } from "../../protocol/capabilities/negotiate.js";
import type { StateName } from "../../protocol/fsm/state.js";
import type { IpAddress } from "../../protocol/net/ip-address.js";
import type { RouterId } from "../../protocol/net/router-id.js";

/** Messages of a peer by type, over all its sessions. */
export interface MessageCounts {
  open: number;
  update: number;
  notification: number;
  keepalive: number;
  routeRefresh: number;
}

/** How a peer stands now. Plain data, made on demand. */
export interface PeerStatus {
  readonly state: StateName; // of the connection that has come furthest
  readonly phase: "up" | "start" | "down"; // Established; trying; stopped
  readonly since: number; // ms since the epoch: last change of `phase`
  readonly stateSince: number; // ms since the epoch: last change of `state`
  readonly info: string; // state word and last error: "Active Socket: Connection refused", "Passive", "Established"
  readonly lastError: string | null; // "BGP Error: Bad peer AS"; null while Established
  readonly negotiated: Negotiated | null; // while OpenConfirm or Established
  readonly remoteRouterId: RouterId | null;
  readonly localAddress: IpAddress | null; // of the connection, while there is one
  readonly localPort: number | null;
  readonly remotePort: number | null;
  readonly uptimeSeconds: number | null; // while Established
  readonly messagesIn: Readonly<MessageCounts>;
  readonly messagesOut: Readonly<MessageCounts>;
  readonly established: number; // sessions that came up
  readonly resets: number; // sessions that went down again
}
