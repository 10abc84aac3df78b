import { getSystemErrorName } from "node:util";
import koffi from "koffi";

// The calls of the C library that Node.js does not offer. Every one answers with its result (0 or more)
// or with the negative error number, as the kernel itself does; nothing here throws.
// A buffer handed to a call is used during that call only.

export const Domain = { Unix: 1, Inet: 2, Inet6: 10, Netlink: 16 } as const;
export const SocketType = { Stream: 1, Datagram: 2, Raw: 3 } as const;

export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
export const MSG_DONTWAIT = 0x40;
export const MSG_NOSIGNAL = 0x4000;

export const EPERM = 1;
export const ENOENT = 2;
export const ESRCH = 3;
export const EINTR = 4;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EBUSY = 16;
export const EEXIST = 17;
export const ENOBUFS = 105;

const c = koffi.load(null);
const cSocket = c.func("int socket(int domain, int type, int protocol)");
const cSocketpair = c.func("int socketpair(int domain, int type, int protocol, void *descriptors)");
const cBind = c.func("int bind(int fd, void *address, uint32_t length)");
const cGetsockname = c.func("int getsockname(int fd, void *address, void *length)");
const cListen = c.func("int listen(int fd, int backlog)");
const cSetsockopt = c.func("int setsockopt(int fd, int level, int name, void *value, uint32_t length)");
const cGetsockopt = c.func("int getsockopt(int fd, int level, int name, void *value, void *length)");
const cSend = c.func("intptr_t send(int fd, void *data, size_t length, int flags)");
const cSendto = c.func("intptr_t sendto(int fd, void *data, size_t length, int flags, void *address, uint32_t addressLength)");
const cRecv = c.func("intptr_t recv(int fd, void *data, size_t length, int flags)");
const cClose = c.func("int close(int fd)");
const cDup = c.func("int fcntl(int fd, int command, int argument)");
const cDup3 = c.func("int dup3(int from, int to, int flags)");
const cMallopt = glibcOnly("int mallopt(int parameter, int value)");
const cFlock = c.func("int flock(int fd, int operation)");
const cStrerror = c.func("const char *strerror(int number)");

/** Opens a socket that is closed on exec and never blocks. */
export function socket(domain: number, type: number, protocol: number): number {
  return outcome(cSocket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
}

/** Opens two stream sockets that are each other's far end, closed on exec; neither ever blocks. @param into both descriptors */
export function socketPair(into: Int32Array): number {
  return outcome(cSocketpair(Domain.Unix, SocketType.Stream | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, into));
}

export function bind(fd: number, address: Uint8Array): number {
  return outcome(cBind(fd, address, address.length));
}

/** Writes the socket's own address to the start of `into`. */
export function getsockname(fd: number, into: Uint8Array): number {
  return outcome(cGetsockname(fd, into, Uint32Array.of(into.length)));
}

export function listen(fd: number, backlog: number): number {
  return outcome(cListen(fd, backlog));
}

export function setsockopt(fd: number, level: number, name: number, value: Uint8Array): number {
  return outcome(cSetsockopt(fd, level, name, value, value.length));
}

/** Writes the option's value to the start of `into`. */
export function getsockopt(fd: number, level: number, name: number, into: Uint32Array): number {
  return outcome(cGetsockopt(fd, level, name, into, Uint32Array.of(into.byteLength)));
}

export function setsockoptInt(fd: number, level: number, name: number, value: number): number {
  return setsockopt(fd, level, name, new Uint8Array(Int32Array.of(value).buffer));
}

/** @param length octets of `data` to send, from its start */
export function send(fd: number, data: Uint8Array, length: number, flags: number): number {
  return outcome(cSend(fd, data, length, flags | MSG_NOSIGNAL));
}

export function sendto(fd: number, data: Uint8Array, address: Uint8Array): number {
  return outcome(cSendto(fd, data, data.length, MSG_NOSIGNAL, address, address.length));
}

/** @returns octets written to the start of `into` */
export function recv(fd: number, into: Uint8Array, flags: number): number {
  return outcome(cRecv(fd, into, into.length, flags));
}

export function close(fd: number): number {
  return outcome(cClose(fd));
}

/** A second descriptor, closed on exec, of the same open socket. */
export function duplicate(fd: number): number {
  const fDupfdCloexec = 1030;
  return outcome(cDup(fd, fDupfdCloexec, 0));
}

/** Makes `to` another descriptor of what `from` is; what `to` was is closed. */
export function replaceDescriptor(from: number, to: number): number {
  return outcome(cDup3(from, to, SOCK_CLOEXEC));
}

/** Memory of at least `octets` is given back to the kernel as soon as it is freed, however large what was freed before. glibc's only. */
export function alwaysMapFrom(octets: number): void {
  const mMmapThreshold = -3;
  cMallopt?.(mMmapThreshold, octets);
}

/** Locks an open file or directory until it is closed (flock); -EAGAIN while another has it. */
export function lockFile(fd: number, kind: "exclusive" | "shared"): number {
  const [lockSh, lockEx, lockNb] = [1, 2, 4];
  return outcome(cFlock(fd, lockNb | (kind === "shared" ? lockSh : lockEx)));
}

/** The C library's words for an error number of either sign, e.g. "Connection refused". */
export function errorText(errno: number): string {
  return cStrerror(Math.abs(errno));
}

/** The symbol of an error number of either sign, e.g. "ECONNREFUSED". */
export function errorCode(errno: number): string {
  return getSystemErrorName(-Math.abs(errno));
}

/** The words for what a Node.js socket or server emitted as 'error'. */
export function describeError(error: NodeJS.ErrnoException): string {
  return typeof error.errno === "number" && error.errno < 0 ? errorText(error.errno) : error.message;
}

/** A function that other C libraries (musl) do not have. */
function glibcOnly(prototype: string): ReturnType<typeof c.func> | null {
  try {
    return c.func(prototype);
  } catch {
    return null;
  }
}

function outcome(result: number): number {
  return result < 0 ? -koffi.errno() : result;
}
