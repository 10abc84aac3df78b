import type { Socket } from "node:dgram";
import { err, ok, type Result } from "../../../protocol/result.js";
import { adoptDatagramSocket } from "../../sys/dgram-fd.js";
import { errorText } from "../../sys/libc.js";
import { attachFilter, DELIVER, DROP, loadWord, requireEqual } from "../../sys/socket-filter.js";
import { openNetlink, setBuffer } from "./request-socket.js";

/** RTMGRP_LINK, IPV4_IFADDR, IPV4_ROUTE, IPV6_IFADDR, IPV6_ROUTE */
const GROUPS = 0x551;

/** Offset of nlmsg_pid in `struct nlmsghdr`. */
const PORT_ID_OFFSET = 12;

export interface MonitorOptions {
  /** Changes made through this port are not reported: we know what we did, and a million notifications would cost seconds. */
  readonly ignorePortId: number;
  readonly bufferOctets: number;
  readonly onMessages: (datagram: Uint8Array) => void;
  /** Notifications were lost: what is known must be read anew. */
  readonly onLoss: () => void;
  readonly onFailure: (reason: string) => void;
}

/** Hears what others change in links, addresses and routes. */
export class Monitor {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static open(options: MonitorOptions): Result<Monitor, string> {
    const fd = openNetlink(GROUPS);
    if (fd < 0) return err(errorText(fd));
    setBuffer(fd, 33, 8, options.bufferOctets);
    attachFilter(fd, [loadWord(PORT_ID_OFFSET), requireEqual(swapOctets(options.ignorePortId), 1), DROP, DELIVER]);
    const socket = adoptDatagramSocket(fd);
    if (!socket.ok) return socket;
    socket.value.on("message", options.onMessages);
    socket.value.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOBUFS") options.onLoss();
      else options.onFailure(error.message);
    });
    return ok(new Monitor(socket.value));
  }

  close(): void {
    this.#socket.close();
  }
}

/** The filter reads in network order what the kernel writes in the host's. */
function swapOctets(value: number): number {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setUint32(0, value, true);
  return bytes.getUint32(0);
}
