import { err, ok, type Result } from "../../../protocol/result.js";
import {
  bind,
  close,
  Domain,
  ENOBUFS,
  errorText,
  getsockname,
  MSG_DONTWAIT,
  recv,
  SocketType,
  send,
  setsockoptInt,
  socket,
} from "../../sys/libc.js";
import { MessageType, NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_REQUEST } from "./code-points.js";
import { MessageWriter } from "./message-writer.js";
import { eachMessage } from "./messages.js";
import { type Reply, readReply } from "./reply.js";

const NETLINK_ROUTE = 0;
const SOL_NETLINK = 270;
const SOL_SOCKET = 1;
const RECEIVE_BUFFER = 8 * 1024 * 1024;
const SEND_BUFFER = 4 * 1024 * 1024;
const READ_OCTETS = 64 * 1024;

export interface DumpRequest {
  readonly type: number; // one of the get requests
  readonly family: number; // AF_INET, AF_INET6 or 0 for all
  readonly table: number; // of routes; 0 for everything else
}

/** Gets a message from `start` to `end` whose body begins at `body`. */
export type MessageVisitor = (bytes: Uint8Array, view: DataView, start: number, body: number, end: number) => void;

/** An rtnetlink socket that asks: batches of route changes, and dumps. Every call ends with the kernel's answer. */
export class RequestSocket {
  readonly portId: number; // what the kernel marks the notifications of our changes with
  readonly #fd: number;
  readonly #input = new Uint8Array(READ_OCTETS);
  readonly #view = new DataView(this.#input.buffer);
  #sequence = 0;

  private constructor(fd: number, portId: number) {
    this.#fd = fd;
    this.portId = portId;
  }

  static open(): Result<RequestSocket, string> {
    const fd = openNetlink(0);
    if (fd < 0) return err(errorText(fd));
    setBuffer(fd, 33, 8, RECEIVE_BUFFER);
    setBuffer(fd, 32, 7, SEND_BUFFER);
    for (const option of [10 /* CAP_ACK */, 11 /* EXT_ACK */, 12 /* GET_STRICT_CHK */]) setsockoptInt(fd, SOL_NETLINK, option, 1);
    const address = new Uint8Array(12);
    const named = getsockname(fd, address);
    if (named >= 0) return ok(new RequestSocket(fd, new DataView(address.buffer).getUint32(4, true)));
    close(fd);
    return err(errorText(named));
  }

  /**
   * Sends a batch of requests, whose work the kernel does within the call, and reads the answers.
   *
   * @param onReply called for every refused request, and for the acknowledgements that were asked for
   * @returns 0, or the negative error number: the batch was not taken and none of it done. Answers may be lost for lack of memory.
   */
  exchange(batch: Uint8Array, length: number, onReply: (reply: Reply) => void): number {
    const sent = send(this.#fd, batch, length, MSG_DONTWAIT);
    if (sent < 0) return sent;
    for (;;) {
      const octets = recv(this.#fd, this.#input, MSG_DONTWAIT);
      if (octets === -ENOBUFS) continue; // some were lost; the rest is still there
      if (octets < 0) return 0;
      eachMessage(new DataView(this.#input.buffer, 0, octets), (type, _flags, start, _body, end) => {
        if (type === MessageType.Error) onReply(readReply(this.#input, this.#view, start, end));
      });
    }
  }

  /**
   * Reads everything of one kind.
   *
   * @param visit `bytes` is valid during the call only
   * @returns whether the table held still meanwhile: if not, something may have been missed
   */
  dump(request: DumpRequest, visit: MessageVisitor): Result<boolean, string> {
    const writer = dumpRequest(request, ++this.#sequence);
    const sent = send(this.#fd, writer.bytes, writer.length, 0);
    let errno = Math.min(sent, 0);
    let isDone = errno < 0;
    let isWhole = true;
    while (!isDone) {
      const octets = recv(this.#fd, this.#input, 0);
      if (octets < 0) return err(errorText(octets));
      eachMessage(new DataView(this.#input.buffer, 0, octets), (type, flags, start, body, end) => {
        if ((flags & NLM_F_DUMP_INTR) !== 0) isWhole = false;
        if (type === MessageType.Done || type === MessageType.Error) {
          isDone = true;
          errno = Math.min(this.#view.getInt32(body, true), 0);
        } else visit(this.#input, this.#view, start, body, end);
      });
    }
    return errno < 0 ? err(errorText(errno)) : ok(isWhole);
  }

  close(): void {
    close(this.#fd);
  }
}

/** Opens an rtnetlink socket. @param groups mask of the multicast groups to hear */
export function openNetlink(groups: number): number {
  const fd = socket(Domain.Netlink, SocketType.Raw, NETLINK_ROUTE);
  if (fd < 0) return fd;
  const address = new Uint8Array(12);
  const view = new DataView(address.buffer);
  view.setUint16(0, Domain.Netlink, true);
  view.setUint32(8, groups, true);
  const bound = bind(fd, address);
  if (bound >= 0) return fd;
  close(fd);
  return bound;
}

/** Sets a buffer size beyond the system's limit where we may, else up to it. */
export function setBuffer(fd: number, force: number, ordinary: number, octets: number): void {
  if (setsockoptInt(fd, SOL_SOCKET, force, octets) < 0) setsockoptInt(fd, SOL_SOCKET, ordinary, octets);
}

/** The strict form: `struct rtmsg`, `ifinfomsg` or `ifaddrmsg` of the right length, zero but for family and table. */
function dumpRequest(request: DumpRequest, sequence: number): MessageWriter {
  const writer = new MessageWriter(64);
  const body = request.type === MessageType.GetRoute ? 12 : request.type === MessageType.GetLink ? 16 : 8;
  writer.begin(request.type, NLM_F_REQUEST | NLM_F_DUMP, sequence);
  writer.u8(request.family);
  for (let i = 1; i < body; i++) writer.u8(i === 4 && request.table < 256 ? request.table : 0);
  if (request.table >= 256) writer.u32Attribute(15, request.table);
  writer.end();
  return writer;
}
