import { align4, MESSAGE_HEADER } from "./code-points.js";

/**
 * Visits every netlink message of a datagram.
 * @param visit its type, its flags, where it begins, where its body begins (after the 16 octets of `struct nlmsghdr`) and ends
 */
export function eachMessage(
  view: DataView,
  visit: (type: number, flags: number, start: number, body: number, end: number) => void,
): void {
  for (let at = 0; at + MESSAGE_HEADER <= view.byteLength; ) {
    const octets = view.getUint32(at, true);
    if (octets < MESSAGE_HEADER || at + octets > view.byteLength) return;
    visit(view.getUint16(at + 4, true), view.getUint16(at + 6, true), at, at + MESSAGE_HEADER, at + octets);
    at += align4(octets);
  }
}
