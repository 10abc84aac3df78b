import type { Socket } from "node:dgram";
import { afterEach, expect, test } from "vitest";
import { adoptDatagramSocket } from "../../src/sys/dgram-fd.js";
import { bind, Domain, SocketType, socket } from "../../src/sys/libc.js";
import { SystemdNotifier } from "../../src/sys/sd-notify.js";

const open: { close(): unknown }[] = [];

afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

test("SystemdNotifier sends one datagram a message to an abstract name, which an adopted socket reads", async () => {
  const name = `@peregrine-test-${process.pid}`;
  const receiver = receiverAt(name);
  const notifier = SystemdNotifier.open(name);
  if (!notifier.ok) throw new Error(notifier.error);
  open.push(notifier.value);
  const messages = receivedBy(receiver, 2);
  expect(notifier.value.send("READY=1\nSTATUS=ready")).toEqual({ ok: true, value: undefined });
  notifier.value.send("WATCHDOG=1");
  expect(await messages).toEqual(["READY=1\nSTATUS=ready", "WATCHDOG=1"]);
});

test("SystemdNotifier treats a full queue as no error, and a missing receiver as one", () => {
  const name = `@peregrine-test-full-${process.pid}`;
  const receiver = receiverAt(name);
  const notifier = SystemdNotifier.open(name);
  if (!notifier.ok) throw new Error(notifier.error);
  open.push(notifier.value);
  for (let i = 0; i < 1000; i++) expect(notifier.value.send("WATCHDOG=1").ok).toBe(true);
  open.splice(open.indexOf(receiver), 1);
  receiver.close();
  expect(notifier.value.send("WATCHDOG=1")).toEqual({ ok: false, error: "Connection refused" });
});

function receiverAt(name: string): Socket {
  const fd = socket(Domain.Unix, SocketType.Datagram, 0);
  const address = Buffer.from(`\x01\x00\0${name.slice(1)}`, "latin1");
  expect(bind(fd, address)).toBe(0);
  const adopted = adoptDatagramSocket(fd);
  if (!adopted.ok) throw new Error(adopted.error);
  open.push(adopted.value);
  return adopted.value;
}

function receivedBy(receiver: Socket, count: number): Promise<string[]> {
  return new Promise((resolve) => {
    const messages: string[] = [];
    receiver.on("message", (bytes) => {
      messages.push(bytes.toString());
      if (messages.length === count) resolve(messages);
    });
  });
}
