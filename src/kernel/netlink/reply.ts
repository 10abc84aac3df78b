import { errorText } from "../../sys/libc.js";
import { ATTRIBUTE_HEADER, align4, MESSAGE_HEADER, NLM_F_ACK_TLVS, NLM_F_CAPPED } from "./code-points.js";

/** What the kernel answers to one request of a batch (NLMSG_ERROR). */
export interface Reply {
  readonly errno: number; // 0: done; else positive
  readonly sequence: number; // of the request
  readonly text: string; // the kernel's own explanation where it gives one, else the system's words
}

const EXTENDED_ACK_MESSAGE = 1; // NLMSGERR_ATTR_MSG

/**
 * Reads an NLMSG_ERROR message that begins at `at`:
 *
 *   i32 -errno, the request's nlmsghdr, [the request's payload unless CAPPED], [TLVs when ACK_TLVS]
 */
export function readReply(bytes: Uint8Array, view: DataView, at: number, end: number): Reply {
  const flags = view.getUint16(at + 6, true);
  const errno = 0 - view.getInt32(at + MESSAGE_HEADER, true);
  const request = at + MESSAGE_HEADER + 4;
  const sequence = view.getUint32(request + 8, true);
  if (errno === 0) return { errno, sequence, text: "" };
  const echoed = (flags & NLM_F_CAPPED) === 0 ? align4(view.getUint32(request, true)) : MESSAGE_HEADER;
  const explanation = (flags & NLM_F_ACK_TLVS) === 0 ? null : explanationIn(bytes, view, request + echoed, end);
  return { errno, sequence, text: explanation ?? errorText(errno) };
}

function explanationIn(bytes: Uint8Array, view: DataView, start: number, end: number): string | null {
  for (let at = start; at + ATTRIBUTE_HEADER <= end; ) {
    const octets = Math.max(view.getUint16(at, true), ATTRIBUTE_HEADER);
    if ((view.getUint16(at + 2, true) & 0x3fff) === EXTENDED_ACK_MESSAGE) {
      return new TextDecoder().decode(bytes.subarray(at + ATTRIBUTE_HEADER, at + octets)).replace(/[\0.]+$/, "");
    }
    at += align4(octets);
  }
  return null;
}
