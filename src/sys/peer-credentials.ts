import type { Socket } from "node:net";
import { descriptorOf } from "./descriptor.js";
import { getsockopt } from "./libc.js";

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;

/**
 * The user at the other end of a Unix socket, as the kernel knows it since the connection was made; null: not to be had.
 * `struct ucred` is pid, uid and gid, four octets each.
 */
export function peerUser(socket: Socket): number | null {
  const credentials = new Uint32Array(3);
  return getsockopt(descriptorOf(socket), SOL_SOCKET, SO_PEERCRED, credentials) < 0 ? null : credentials[1]!;
}
