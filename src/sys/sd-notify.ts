import { err, ok, type Result } from "../../protocol/result.js";
import { close, Domain, EAGAIN, errorText, SocketType, sendto, socket } from "./libc.js";

/**
 * Tells systemd about the state of the service (sd_notify(3)): "READY=1", "WATCHDOG=1", "STATUS=…", "STOPPING=1".
 * A full queue of the receiver is no error: the next message will do.
 */
export class SystemdNotifier {
  readonly #fd: number;
  readonly #address: Uint8Array;

  private constructor(fd: number, address: Uint8Array) {
    this.#fd = fd;
    this.#address = address;
  }

  /** @param path the value of NOTIFY_SOCKET: a path, or a name in the abstract namespace that starts with "@" */
  static open(path: string): Result<SystemdNotifier, string> {
    const fd = socket(Domain.Unix, SocketType.Datagram, 0);
    return fd < 0 ? err(errorText(fd)) : ok(new SystemdNotifier(fd, unixAddress(path)));
  }

  /** @param lines assignments, one a line */
  send(lines: string): Result<void, string> {
    const result = sendto(this.#fd, new TextEncoder().encode(lines), this.#address);
    return result >= 0 || result === -EAGAIN ? ok(undefined) : err(errorText(result));
  }

  close(): void {
    close(this.#fd);
  }
}

/** A `struct sockaddr_un`: a path ends with a NUL; an abstract name begins with one and its length says where it ends. */
function unixAddress(path: string): Uint8Array {
  const isAbstract = path.startsWith("@");
  const name = new TextEncoder().encode(isAbstract ? `\0${path.slice(1)}` : `${path}\0`);
  const bytes = new Uint8Array(2 + name.length);
  new DataView(bytes.buffer).setUint16(0, Domain.Unix, true);
  bytes.set(name, 2);
  return bytes;
}
