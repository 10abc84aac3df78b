import { once } from "node:events";
import { connect, createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { IpAddress } from "../../protocol/net/ip-address.js";
import { until } from "../../src/lab/until.js";
import type { Connection } from "../../src/net/connection.js";
import { Listeners } from "../../src/net/listeners.js";
import { tcpCounter } from "./support.js";

const LOOPBACK = IpAddress.v4(0x7f000001);
const ANY = IpAddress.v4(0);

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

describe("Listeners", () => {
  const accepted: Connection[] = [];
  const listeners = new Listeners((connection) => accepted.push(connection));
  afterEach(async () => {
    for (const connection of accepted.splice(0)) connection.destroy();
    await listeners.close();
  });

  const reaches = (port: number) =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
      socket.on("connect", () => socket.destroy());
    });

  test("listens on exactly what is wanted: what stays is not opened anew", async () => {
    const first = await freePort();
    expect(listeners.replace([{ address: LOOPBACK, port: first }])).toEqual([]);
    const second = await freePort(); // only now: it may be the same one again
    expect(
      listeners.replace([
        { address: LOOPBACK, port: first },
        { address: LOOPBACK, port: second },
      ]),
    ).toEqual([]);
    expect(listeners.places).toEqual([`127.0.0.1:${first}`, `127.0.0.1:${second}`]);
    expect([await reaches(first), await reaches(second)]).toEqual([true, true]);
    await until("both are accepted", () => accepted.length === 2, { everyMs: 5 });
    listeners.replace([{ address: LOOPBACK, port: second }]);
    expect(listeners.places).toEqual([`127.0.0.1:${second}`]);
    await until("the first port is closed", async () => !(await reaches(first)), { everyMs: 5 });
  });

  test("bindMode may change at the same port: from every address to one, and back", async () => {
    const port = await freePort();
    expect(listeners.replace([{ address: ANY, port }])).toEqual([]);
    expect(listeners.replace([{ address: LOOPBACK, port }])).toEqual([]);
    expect(await reaches(port)).toBe(true);
    expect(listeners.replace([{ address: ANY, port }])).toEqual([]);
    expect(await reaches(port)).toBe(true);
  });

  test("what cannot be opened is told and tried again the next time; the rest is open", async () => {
    const taken = await freePort();
    const holder = createServer().listen(taken, "127.0.0.1");
    await once(holder, "listening");
    const free = await freePort(); // likewise
    const wanted = [taken, free].map((port) => ({ address: LOOPBACK, port }));
    expect(listeners.replace(wanted)).toEqual([expect.objectContaining({ message: expect.stringContaining(`port ${taken}`) })]);
    expect(listeners.places).toEqual([`127.0.0.1:${free}`]);
    await new Promise((resolve) => holder.close(resolve));
    expect(listeners.replace(wanted)).toEqual([]);
    expect(listeners.places).toHaveLength(2);
  });

  test("a TCP-MD5 key holds for listeners opened later, too, until it is taken away", async () => {
    const port = await freePort();
    expect(listeners.setMd5Key(LOOPBACK, null)).toEqual([]); // none to remove
    expect(listeners.setMd5Key(LOOPBACK, "a key")).toEqual([]);
    listeners.replace([{ address: LOOPBACK, port }]);
    const before = tcpCounter("TCPMD5NotFound");
    const socket = connect(port, "127.0.0.1").on("error", () => undefined);
    await until("a segment without a key is dropped", () => tcpCounter("TCPMD5NotFound") > before, { everyMs: 5 });
    expect(accepted).toEqual([]);
    expect(listeners.setMd5Key(LOOPBACK, null)).toEqual([]);
    await once(socket, "connect"); // by a SYN that is sent again
    socket.destroy();
  });
});
