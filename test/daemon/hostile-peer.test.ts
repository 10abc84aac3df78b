import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resource } from "../../src/lab/resource-directory.js";
import { until } from "../../src/lab/until.js";
import { Cluster, type DaemonProcess, fetchText, PORT, QUICKLY } from "./support.js";

const MARKER = new Array<number>(16).fill(255);
const message = (type: number, ...body: number[]) => Buffer.from([...MARKER, 0, 19 + body.length, type, ...body]);
const KEEPALIVE = message(4);
const ATTRIBUTES = [0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, 0, 0, 0xfd, 0xea, 0x40, 3, 4, 127, 9, 9, 9]; // of AS 65002
const update = (attributes: readonly number[], ...nlri: number[]) =>
  message(2, 0, 0, 0, attributes.length, ...attributes, ...nlri);

/** n1 with a peer at host 2 that these tests play themselves, byte by byte. */
describe("a peer that does not keep to the protocol", () => {
  let cluster: Cluster;
  let daemon: DaemonProcess;
  let peer: string;
  let api: string;
  let socket: Socket;
  const heard: Buffer[] = [];

  beforeAll(async () => {
    cluster = new Cluster();
    cluster.putNode(1);
    peer = cluster.address(2);
    cluster.resources.put(resource("BGPPeer", "rogue", { peerIP: `${peer}:${PORT}`, asNumber: 65002 }));
    api = `${cluster.address(1)}:9179`;
    daemon = await cluster.start(1, "--api", api);
    socket = connect({ port: PORT, host: cluster.address(1), localAddress: peer }).on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => heard.push(chunk));
    await once(socket, "connect");
    socket.write(Buffer.concat([open(), KEEPALIVE]));
    await daemon.established(peer);
  });
  afterAll(async () => {
    socket.destroy();
    await cluster.close();
  });

  const open = () => {
    const capabilities = [1, 4, 0, 1, 0, 1, 65, 4, 0, 0, 0xfd, 0xea];
    const parameters = [2, capabilities.length, ...capabilities];
    return message(1, 4, 0xfd, 0xea, 0, 90, ...peer.split(".").map(Number), parameters.length, ...parameters);
  };
  /** Code and subcode of the last message heard, which must be a NOTIFICATION. */
  const notification = () => {
    const bytes = Buffer.concat(heard);
    const at = bytes.lastIndexOf(Buffer.from(MARKER));
    return bytes[at + 18] === 3 ? `${bytes[at + 19]}/${bytes[at + 20]}` : "none";
  };

  test("a malformed attribute takes the route away and leaves the session: status and metrics count it (RFC 7606)", async () => {
    socket.write(update(ATTRIBUTES, 24, 198, 51, 100));
    await until("the route is there", () => daemon.hasRoute("198.51.100.0/24"), QUICKLY);
    socket.write(update([0x40, 1, 1, 9, ...ATTRIBUTES.slice(4)], 24, 198, 51, 100));
    await until("the route is gone", async () => !(await daemon.hasRoute("198.51.100.0/24")), QUICKLY);
    const session = await daemon.session(peer);
    expect(session).toMatchObject({ state: "up", resets: 0, faults: { "treat-as-withdraw": 1 } });
    const { body } = await fetchText(`http://${api}/metrics`);
    expect(body).toMatch(/^peregrine_session_faults_total\{.*action="treat-as-withdraw"\} 1$/m);
    expect((await daemon.command("peer", peer)).stdout).toMatch(/^Faults: .*treat-as-withdraw.*1$/m);
    expect(daemon.log).toContain("malformed UPDATE: ORIGIN 9 is not 0, 1 or 2");
  });

  test("prefixes that cannot be read end the session with 3/10; status says what the error was, and the routes are gone", async () => {
    socket.write(update(ATTRIBUTES, 24, 203, 0, 113));
    await until("the route is there", () => daemon.hasRoute("203.0.113.0/24"), QUICKLY);
    socket.write(update(ATTRIBUTES, 33, 1, 2, 3, 4, 5));
    await once(socket, "close");
    expect(notification()).toBe("3/10");
    const session = await daemon.session(peer);
    expect(session.info).toContain("BGP Error: Invalid network field");
    expect(session.faults["session-reset"]).toBe(1);
    expect(await daemon.hasRoute("203.0.113.0/24")).toBe(false);
  });
});
