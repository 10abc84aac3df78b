import { createSocket, type Socket } from "node:dgram";
import { err, ok, type Result } from "../../protocol/result.js";
import { close, Domain, errorText, replaceDescriptor, SocketType, socket } from "./libc.js";

/**
 * Makes a `dgram.Socket` read a datagram socket of any kind (netlink, for one): one 'message' event is one datagram.
 * Lost datagrams are an 'error' event with code ENOBUFS, after which reading goes on.
 *
 * The dgram socket is opened on a UDP descriptor, which `fd` then replaces before libuv has looked at it.
 *
 * @param fd an open, non-blocking datagram socket; closed here in any case, the dgram socket owns its own descriptor
 */
export function adoptDatagramSocket(fd: number): Result<Socket, string> {
  const placeholder = socket(Domain.Inet, SocketType.Datagram, 0);
  if (placeholder < 0) {
    close(fd);
    return err(errorText(placeholder));
  }
  const adopted = createSocket("udp4");
  adopted.bind({ fd: placeholder });
  const replaced = replaceDescriptor(fd, placeholder);
  close(fd);
  if (replaced >= 0) return ok(adopted);
  adopted.close();
  return err(errorText(replaced));
}
