import { readFileSync } from "node:fs";
import { Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { parseIpAddress } from "../../protocol/net/text.js";
import type { Result } from "../../protocol/result.js";
import { type Connection, type DialOptions, dial, WRITE_HIGH_WATER } from "../../src/net/connection.js";
import { applySessionTtl, Listener } from "../../src/net/listener.js";
import { tcpCounter } from "../daemon/support.js";
import { until } from "../setup/until.js";

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

describe("dial", () => {
  test("carries bytes both ways with a listener and knows all four ends", async () => {
    const { client, server, listener } = await pair("127.0.0.1");
    expect([client.remoteAddress.toString(), client.remotePort]).toEqual(["127.0.0.1", listener.port]);
    expect([client.localAddress.toString(), client.localPort]).toEqual([server.remoteAddress.toString(), server.remotePort]);
    expect(await echoed(client, server, "hello")).toBe("hello");
    expect(await echoed(server, client, "back")).toBe("back");
  });

  test("speaks IPv6", async () => {
    const { client, server } = await pair("::1");
    expect(client.remoteAddress.toString()).toBe("::1");
    expect(await echoed(client, server, "six")).toBe("six");
  });

  test("uses the local address that it is given", async () => {
    const { server } = await pair("127.0.0.1", { localAddress: ip("127.0.0.7") });
    expect(server.remoteAddress.toString()).toBe("127.0.0.7");
  });

  test("reports a closed port as Connection refused", async () => {
    const listener = listen("127.0.0.1");
    const port = listener.port;
    await listener.close();
    expect(await dialled({ port })).toEqual({ ok: false, error: "Connection refused" });
  });

  test("reports a local address that is not ours as Cannot assign requested address", async () => {
    expect(await dialled({ port: 1, localAddress: ip("192.0.2.99") })).toEqual({
      ok: false,
      error: "Cannot assign requested address",
    });
  });

  test("refuses a password longer than a TCP-MD5 key", async () => {
    const result = await dialled({ port: 1, md5Key: "x".repeat(81) });
    expect(result).toEqual({ ok: false, error: "the password is longer than 80 octets" });
  });

  test("cancel ends the attempt without a call of done", async () => {
    const listener = listen("127.0.0.1");
    const closed = new Promise<void>((resolve) => {
      listener.onConnection = (connection) => {
        connection.onClose = () => resolve();
      };
    });
    let calls = 0;
    const attempt = dial(options({ port: listener.port }), () => calls++);
    attempt.cancel();
    // A later connection arrives after whatever became of the first.
    const second = await dialled({ port: listener.port });
    if (second.ok) second.value.close();
    await closed;
    expect(calls).toBe(0);
  });
});

describe("TCP-MD5 (RFC 2385)", () => {
  test("equal keys connect, on IPv4 and IPv6", async () => {
    for (const address of ["127.0.0.1", "::1"]) {
      const { client, server } = await pair(address, { md5Key: "secret" }, (l) => l.setMd5Key(ip(address), "secret"));
      expect(await echoed(client, server, "keyed")).toBe("keyed");
    }
  });

  test("another key or none never connects, and the attempt times out", async () => {
    const listener = listen("127.0.0.1");
    expect(listener.setMd5Key(ip("127.0.0.1"), "secret").ok).toBe(true);
    for (const md5Key of ["other", null]) {
      expect(await dialled({ port: listener.port, md5Key, timeoutMs: 300 })).toEqual({
        ok: false,
        error: "Connection timed out",
      });
    }
  });

  test("keys are per peer: one without a key connects beside one with", async () => {
    const listener = listen("127.0.0.1");
    listener.setMd5Key(ip("127.0.0.5"), "secret");
    const plain = await dialled({ port: listener.port, localAddress: ip("127.0.0.6") });
    const keyed = await dialled({ port: listener.port, localAddress: ip("127.0.0.5"), md5Key: "secret" });
    expect([plain.ok, keyed.ok]).toEqual([true, true]);
  });

  test("a key that is removed is asked for no more, and removing none is no error", async () => {
    const listener = listen("127.0.0.1");
    expect(listener.setMd5Key(ip("127.0.0.1"), null).ok).toBe(true);
    listener.setMd5Key(ip("127.0.0.1"), "secret");
    listener.setMd5Key(ip("127.0.0.1"), null);
    expect((await dialled({ port: listener.port })).ok).toBe(true);
  });

  test.each([
    ["127.0.0.1", "first", "second"],
    ["127.0.0.1", null, "second"],
    ["127.0.0.1", "first", null],
    ["::1", "first", "second"],
    ["::1", null, "second"],
    ["::1", "first", null],
  ])(
    "a connection over %s goes on when its key changes from %s to %s, once both ends have changed",
    async (address, before, after) => {
      const dropped = () =>
        ["TCPMD5NotFound", "TCPMD5Unexpected", "TCPMD5Failure"].reduce((sum, name) => sum + tcpCounter(name), 0);
      const { client, server } = await pair(address, { md5Key: before }, (l) => l.setMd5Key(ip(address), before));
      expect(await echoed(client, server, "before")).toBe("before");
      const droppedBefore = dropped();
      expect(client.setMd5Key(after).ok).toBe(true);
      const echo = echoed(client, server, "signed anew");
      await until(() => dropped() > droppedBefore); // by the other end, which has the old key
      expect(server.setMd5Key(after).ok).toBe(true);
      expect(await echo).toBe("signed anew");
    },
  );

  test("a connection does not take a key that is too long, nor one after its end", async () => {
    const { client } = await pair("127.0.0.1");
    expect(client.setMd5Key("x".repeat(81))).toEqual({ ok: false, error: "the password is longer than 80 octets" });
    client.destroy();
    expect(client.setMd5Key("secret")).toEqual({ ok: false, error: "Connection closed" });
  });
});

describe("TTL security (RFC 5082)", () => {
  test("a peer that sends with TTL 255 passes a minimum of 255 on both ends", async () => {
    const { client, server } = await pair("127.0.0.1", { ttl: 255, minTtl: 255 });
    expect(applySessionTtl(server, 255, 255).ok).toBe(true);
    expect(await echoed(client, server, "near")).toBe("near");
  });

  test("segments with TTL 64 do not get through a minimum of 255", async () => {
    const { client, server } = await pair("127.0.0.1", { ttl: 64 });
    expect(applySessionTtl(server, 255, 255).ok).toBe(true);
    let received = "";
    server.onData = (bytes) => {
      received += text(bytes);
    };
    client.write(bytes("far"));
    // The other direction is unaffected: when this has come back, the first bytes had their chance.
    await echoed(server, client, "ping");
    expect(received).toBe("");
    applySessionTtl(server, 255, null);
    await until(() => received === "far"); // TCP sends again
  });
});

describe("Connection", () => {
  test("onClose hears null when the peer ends the connection", async () => {
    const { client, server } = await pair("127.0.0.1");
    const closed = closing(client);
    server.close();
    expect(await closed).toBeNull();
  });

  test("onClose hears the system's words when the peer resets it", async () => {
    const { client, peer } = await pairWithNode();
    const closed = closing(client);
    peer.resetAndDestroy();
    expect(await closed).toBe("Connection reset by peer");
  });

  test("close sends what is queued before the FIN", async () => {
    const { client, server } = await pair("127.0.0.1");
    let length = 0;
    server.onData = (bytes) => {
      length += bytes.length;
    };
    const closed = closing(server);
    client.write(new Uint8Array(300_000));
    client.close();
    expect(await closed).toBeNull();
    expect(length).toBe(300_000);
  });

  test("close resets the connection after a second when the peer takes nothing: no FIN waits behind what is queued", async () => {
    const { client, peer } = await pairWithNode();
    client.write(new Uint8Array(64 * 1024 * 1024));
    const kernels = kernelSocket(client);
    expect(kernels()).not.toBeNull();
    client.close();
    await until(() => kernels() === null);
    expect(peer.bytesRead).toBeLessThan(64 * 1024 * 1024);
  });

  test("close leaves the peer what its kernel has: it may be read later than a second after", async () => {
    const { client, peer } = await pairWithNode();
    client.write(bytes("last words"));
    const kernels = kernelSocket(client);
    client.close();
    await until(() => kernels() === "orphan" || kernels() === null); // past the limit
    let heard = "";
    peer.on("data", (data) => {
      heard += data;
    });
    const ended = new Promise((resolve) => peer.once("end", resolve));
    peer.resume();
    await ended;
    expect(heard).toBe("last words");
  });

  test("no callback is made after destroy", async () => {
    const { client, server } = await pair("127.0.0.1");
    let calls = 0;
    client.onClose = () => calls++;
    client.onData = () => calls++;
    const closed = closing(server);
    client.destroy();
    await closed;
    expect(calls).toBe(0);
  });

  test("flushed is called in order, when the kernel has the bytes", async () => {
    const { client, server } = await pair("127.0.0.1");
    const order: number[] = [];
    const done = new Promise<void>((resolve) => {
      for (let i = 0; i < 100; i++) client.write(bytes("x"), () => order.push(i) === 100 && resolve());
    });
    expect(client.writableLength).toBe(100);
    await done;
    expect(client.writableLength).toBe(0);
    expect(order).toEqual([...Array(100).keys()]);
    expect(await echoed(server, client, "ok")).toBe("ok");
  });

  test("pause stops onData, the writer's queue grows past the high-water mark, and onDrain comes after resume", async () => {
    const { client, server } = await pair("127.0.0.1");
    let received = 0;
    let drains = 0;
    server.onData = (bytes) => {
      received += bytes.length;
    };
    client.onDrain = () => drains++;
    server.pause();
    const chunk = new Uint8Array(WRITE_HIGH_WATER);
    for (let i = 0; i < 16; i++) client.write(chunk);
    await echoed(server, client, "still here");
    expect(client.writableLength).toBeGreaterThan(WRITE_HIGH_WATER);
    expect([received, drains]).toEqual([0, 0]);
    server.resume();
    await until(() => received === 16 * chunk.length);
    await until(() => drains === 1);
    expect(client.writableLength).toBe(0);
  });
});

describe("Listener", () => {
  test("a port in use is an error with a remedy", () => {
    const first = listen("127.0.0.1");
    const second = Listener.open({ address: ip("127.0.0.1"), port: first.port });
    expect(second).toMatchObject({
      ok: false,
      error: { code: "EADDRINUSE", message: `127.0.0.1 port ${first.port}: Address already in use` },
    });
    if (!second.ok) expect(second.error.remedy).toContain("ss -ltnp");
  });

  test("an address that is not ours is an error with a remedy", () => {
    const result = Listener.open({ address: ip("192.0.2.99"), port: 0 });
    expect(result).toMatchObject({ ok: false, error: { code: "EADDRNOTAVAIL" } });
  });

  test("an IPv6 listener leaves IPv4 of the same port to another", () => {
    const six = listen("::");
    const four = Listener.open({ address: ip("0.0.0.0"), port: six.port });
    expect(four.ok).toBe(true);
    if (four.ok) open.push(four.value);
  });

  test("after close the port is free and connections live on", async () => {
    const { client, server, listener } = await pair("127.0.0.1");
    await listener.close();
    expect(await echoed(client, server, "alive")).toBe("alive");
    expect(await dialled({ port: listener.port })).toEqual({ ok: false, error: "Connection refused" });
  });
});

function ip(text: string) {
  const address = parseIpAddress(text);
  if (!address.ok) throw new Error(address.error);
  return address.value;
}

function listen(address: string): Listener {
  const listener = Listener.open({ address: ip(address), port: 0 });
  if (!listener.ok) throw new Error(listener.error.message);
  open.push(listener.value);
  return listener.value;
}

function options(some: Partial<DialOptions>): DialOptions {
  const all = { address: ip("127.0.0.1"), port: 0, localAddress: null, ttl: 64, minTtl: null, md5Key: null, timeoutMs: 5000 };
  return { ...all, ...some };
}

function dialled(some: Partial<DialOptions>): Promise<Result<Connection, string>> {
  return new Promise((resolve) => {
    dial(options(some), (result) => {
      if (result.ok) open.push({ close: () => result.value.destroy() });
      resolve(result);
    });
  });
}

async function pair(address: string, some: Partial<DialOptions> = {}, prepare: (listener: Listener) => unknown = () => {}) {
  const listener = listen(address);
  prepare(listener);
  const accepted = new Promise<Connection>((resolve) => {
    listener.onConnection = resolve;
  });
  const client = await dialled({ ...some, address: ip(address), port: listener.port });
  if (!client.ok) throw new Error(client.error);
  const server = await accepted;
  open.push({ close: () => server.destroy() });
  return { client: client.value, server, listener };
}

/** Our connection, and a plain socket of Node.js as its peer. */
async function pairWithNode(): Promise<{ client: Connection; peer: Socket }> {
  const listener = listen("127.0.0.1");
  const accepted = new Promise<Connection>((resolve) => {
    listener.onConnection = resolve;
  });
  const peer = new Socket().connect(listener.port, "127.0.0.1").pause();
  peer.on("error", () => {});
  const client = await accepted;
  open.push({ close: () => peer.destroy() });
  return { client, peer };
}

/** What the kernel has of a connection's own end: null when nothing is left of it. */
function kernelSocket({ localPort, remotePort }: Connection): () => "owned" | "orphan" | null {
  const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, "0");
  const row = new RegExp(`:${hex(localPort)} [0-9A-F]+:${hex(remotePort)} (.*)`);
  return () => {
    const found = row.exec(readFileSync("/proc/net/tcp", "utf8"));
    if (found === null) return null;
    return found[1]!.trim().split(/ +/)[6] === "0" ? "orphan" : "owned"; // its inode
  };
}

function echoed(from: Connection, to: Connection, message: string): Promise<string> {
  return new Promise((resolve) => {
    let received = "";
    const before = to.onData;
    to.onData = (bytes) => {
      received += text(bytes);
      if (received.length < message.length) return;
      to.onData = before;
      resolve(received);
    };
    from.write(bytes(message));
  });
}

function closing(connection: Connection): Promise<string | null> {
  return new Promise((resolve) => {
    connection.onClose = resolve;
  });
}

const bytes = (message: string) => new TextEncoder().encode(message);
const text = (message: Uint8Array) => new TextDecoder().decode(message);
