import type { SessionConfig } from "../../protocol/fsm/session-config.js";
import type { IpAddress } from "../../protocol/net/ip-address.js";

/** Everything a peer needs to know to hold its session. A change of any of it needs a new session. */
export interface PeerConfig {
  readonly name: string; // unique; e.g. Mesh_10_0_0_12
  readonly remoteAddress: IpAddress;
  readonly remotePort: number; // that we dial
  readonly localAddress: IpAddress | null; // null: the kernel chooses, and connections to any address of ours are taken
  readonly ttl: number; // of what we send
  readonly minTtl: number | null; // lowest accepted (RFC 5082); null: any
  readonly md5Key: string | null; // RFC 2385
  readonly session: SessionConfig;
}
