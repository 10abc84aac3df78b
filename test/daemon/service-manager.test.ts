import type { Socket } from "node:dgram";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../src/lab/until.js";
import type { Logger } from "../../src/observe/logger.js";
import { ServiceManager } from "../../src/service-manager.js";
import { adoptDatagramSocket } from "../../src/sys/dgram-fd.js";
import { bind, Domain, SocketType, socket } from "../../src/sys/libc.js";
import { Cluster, DaemonProcess, QUICKLY } from "./support.js";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Stands for systemd: what it is told, at an abstract name of its own. */
function notifySocket(name: string): string[] {
  const fd = socket(Domain.Unix, SocketType.Datagram, 0);
  expect(bind(fd, Buffer.from(`\x01\x00\0${name.slice(1)}`, "latin1"))).toBe(0);
  const adopted = adoptDatagramSocket(fd);
  if (!adopted.ok) throw new Error(adopted.error);
  const receiver: Socket = adopted.value;
  const messages: string[] = [];
  receiver.on("message", (bytes) => messages.push(bytes.toString()));
  closing.push(() => receiver.close());
  return messages;
}

describe("under systemd (sd_notify(3))", () => {
  test("a daemon says READY once it listens, gives signs of life, and says STOPPING", async () => {
    const name = `@peregrine-service-${process.pid}`;
    const messages = notifySocket(name);
    const cluster = new Cluster();
    closing.push(() => cluster.close());
    cluster.putNode(1);
    const environment = { NOTIFY_SOCKET: name, WATCHDOG_USEC: "600000" }; // a sign of life each 200 ms
    const daemon = new DaemonProcess(cluster.runWords(1), cluster.control(1), environment);
    closing.unshift(() => daemon.stop());
    await until("READY", () => messages[0], QUICKLY);
    expect(messages[0]).toBe("READY=1\nSTATUS=node n1");
    expect((await daemon.status()).listen).toEqual([`${cluster.address(1)}:2179`]);
    await until("signs of life", () => messages.filter((message) => message === "WATCHDOG=1").length >= 3, QUICKLY);
    daemon.signal("SIGTERM");
    expect(await daemon.exit).toBe(0);
    await until("STOPPING", () => messages.includes("STOPPING=1"), QUICKLY);
  });

  test("a start that fails never says READY", async () => {
    const name = `@peregrine-service-fails-${process.pid}`;
    const messages = notifySocket(name);
    const cluster = new Cluster();
    closing.push(() => cluster.close());
    const daemon = new DaemonProcess(cluster.runWords(1), cluster.control(1), { NOTIFY_SOCKET: name });
    expect(await daemon.exit).toBe(1);
    expect(messages).toEqual([]);
  });

  test.each([{}, { NOTIFY_SOCKET: "" }, { NOTIFY_SOCKET: "@nobody-is-there", WATCHDOG_USEC: "soon" }])(
    "without systemd, or with none at the place it names, nothing breaks: %j",
    (environment) => {
      const manager = ServiceManager.fromEnvironment(environment, { warn: () => {} } as unknown as Logger);
      manager.ready("node a");
      manager.stopping();
      manager.close();
    },
  );
});
