import { fileURLToPath } from "node:url";
import type { Dut } from "./dut.js";

/** No daemon: it forwards. How fast that is, is the load's own limit. */
export const relay: Dut = {
  name: "relay",
  version: () => Promise.resolve(process.version),
  start(host, { peers }) {
    const receivers = peers
      .filter(({ isTold }) => isTold)
      .map(({ address }) => (address.includes(":") ? address : `::ffff:${address}`));
    const child = host.spawn(process.execPath, [fileURLToPath(new URL("../relay.js", import.meta.url)), ...receivers]);
    return Promise.resolve({ pid: child.pid, logTail: (lines) => child.logTail(lines), stop: () => child.stop() });
  },
};
