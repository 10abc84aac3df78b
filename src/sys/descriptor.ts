import type { Socket } from "node:net";

/** The file descriptor of a socket of Node.js, -1 when it has none any more; the one place that looks inside. */
export function descriptorOf(socket: Socket): number {
  return (socket as unknown as { readonly _handle: { readonly fd: number } | null })._handle?.fd ?? -1;
}
