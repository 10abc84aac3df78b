import type { Asn } from "../net/asn.js";

/** An AFI/SAFI pair as it stands on the wire; families we do not carry included. */
export interface AfiSafi {
  readonly afi: number;
  readonly safi: number;
}

/** RFC 7911 §4: what the sender of the capability wants to do with path identifiers. */
export type AddPathMode = "receive" | "send" | "both";

/** RFC 9234 §4.1 */
export type Role = "provider" | "route-server" | "route-server-client" | "customer" | "peer";

/** A capability of the OPEN message (RFC 5492 §4); what we do not know is kept as bytes. */
export type Capability =
  | ({ readonly type: "multiprotocol" } & AfiSafi) // RFC 4760 §8
  | { readonly type: "route-refresh" } // RFC 2918
  | { readonly type: "enhanced-route-refresh" } // RFC 7313
  | { readonly type: "four-octet-as"; readonly asNumber: Asn } // RFC 6793
  | { readonly type: "extended-message" } // RFC 8654
  | GracefulRestartCapability
  | { readonly type: "add-path"; readonly families: readonly (AfiSafi & { readonly mode: AddPathMode })[] } // RFC 7911
  | { readonly type: "extended-next-hop"; readonly families: readonly (AfiSafi & { readonly nextHopAfi: number })[] } // RFC 8950
  | { readonly type: "role"; readonly role: Role } // RFC 9234
  | { readonly type: "fqdn"; readonly hostname: string; readonly domain: string } // draft-walton-bgp-hostname-capability
  | { readonly type: "software-version"; readonly version: string } // draft-ietf-idr-software-version
  | { readonly type: "unknown"; readonly code: number; readonly value: Uint8Array };

/** RFC 4724 §3, with the N bit of RFC 8538 §2. */
export interface GracefulRestartCapability {
  readonly type: "graceful-restart";
  readonly restarting: boolean; // R
  readonly notification: boolean; // N
  readonly restartTimeSeconds: number; // 0..4095
  readonly families: readonly (AfiSafi & { readonly forwardingPreserved: boolean })[];
}
