import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BgpError } from "../../protocol/wire/bgp-error.js";
import { Intake } from "../../src/peer/intake.js";
import { type FakeConnection, FakeNetwork } from "../fakes/fake-network.js";
import { FakeTurns } from "../fakes/fake-turns.js";
import { address } from "./lab.js";

/** A message of a type and a length, filled with `fill`. */
function message(type: number, length: number, fill = 0): Uint8Array {
  const bytes = new Uint8Array(length).fill(fill);
  bytes.fill(0xff, 0, 16);
  bytes.set([length >>> 8, length & 0xff, type], 16);
  return bytes;
}

function intake() {
  const network = new FakeNetwork();
  const turns = new FakeTurns();
  const got: string[] = [];
  let accepted!: FakeConnection;
  network.listen(address(1), (connection) => {
    accepted = connection;
  });
  const remote = network.connect(address(2), address(1));
  const onMessage = { run: () => {} };
  const intake = new Intake(accepted, turns, {
    onMessage: (bytes, start, end) => {
      got.push(`${bytes[start + 18]}:${end - start}:${bytes[end - 1]}`);
      onMessage.run();
    },
    onChunkRead: () => {},
    onFramingError: (error: BgpError) => got.push(`error ${error.code}/${error.subcode}`),
    onEnd: (error) => got.push(`end ${error}`),
  });
  return { network, turns, got, accepted, remote, intake, onMessage };
}

describe("Intake", () => {
  test("delivers whole messages, then the end", () => {
    const { network, got, remote } = intake();
    remote.write(message(2, 30, 7));
    remote.write(message(4, 19).subarray(0, 10));
    remote.write(message(4, 19).subarray(10));
    remote.close();
    network.run();
    expect(got).toEqual(["2:30:7", "4:19:4", "end null"]);
  });

  test("a stream that cannot be framed is reported", () => {
    const { network, got, remote } = intake();
    remote.write(new Uint8Array(19));
    network.run();
    expect(got).toEqual(["error 1/1"]);
  });

  test("pause() stops the socket; what arrives all the same waits, in order, until resume()", () => {
    const { network, turns, got, accepted, remote, intake: reader } = intake();
    reader.pause();
    expect(accepted.isPaused).toBe(true);
    const chunk = message(2, 23, 1);
    accepted.onData(chunk); // was on its way
    chunk.fill(9); // the socket's buffer is reused after the call
    remote.write(message(2, 23, 2));
    network.run();
    expect(got).toEqual([]);
    expect(reader.isBehind).toBe(true);
    reader.resume();
    turns.next();
    network.run();
    expect(got).toEqual(["2:23:1", "2:23:2"]);
    expect(reader.isBehind).toBe(false);
  });

  test("reading waits for the next turn when this one's time is spent", () => {
    const { network, turns, got, accepted, remote } = intake();
    turns.isSpent = true;
    remote.write(message(2, 23, 1));
    remote.write(message(2, 23, 2));
    network.run();
    expect(got).toEqual([]);
    expect(accepted.isPaused).toBe(true);
    turns.next();
    network.run();
    expect(got).toEqual(["2:23:1", "2:23:2"]);
    expect(accepted.isPaused).toBe(false);
  });

  test("the end comes after what the peer sent before it, though that still waits", () => {
    const { turns, got, accepted } = intake();
    turns.isSpent = true;
    accepted.onData(message(3, 21, 5));
    accepted.onClose("Connection reset by peer");
    expect(got).toEqual([]);
    turns.next();
    expect(got).toEqual(["3:21:5", "end Connection reset by peer"]);
  });

  test("close() within a message ends the chunk", () => {
    const { network, got, remote, intake: reader, onMessage } = intake();
    onMessage.run = () => reader.close();
    remote.write(Uint8Array.of(...message(3, 21), ...message(4, 19)));
    network.run();
    expect(got).toHaveLength(1);
  });

  test("a turn whose time is spent within a chunk ends there: the rest comes in the next, before what came after it", () => {
    const { turns, got, accepted, intake: reader, onMessage } = intake();
    const chunk = Uint8Array.from([1, 2, 3, 4, 5, 6].flatMap((fill) => [...message(2, 4096, fill)]));
    onMessage.run = () => {
      turns.isSpent = true;
    };
    accepted.onData(chunk);
    chunk.fill(9); // the buffer is reused
    expect(got).toEqual(["2:4096:1", "2:4096:2", "2:4096:3", "2:4096:4"]);
    expect([reader.isBehind, accepted.isPaused]).toEqual([true, true]);
    accepted.onData(message(4, 19)); // was on its way
    onMessage.run = () => {};
    turns.next();
    expect(got.slice(4)).toEqual(["2:4096:5", "2:4096:6", "4:19:4"]);
    expect([reader.isBehind, accepted.isPaused]).toEqual([false, false]);
  });

  test("chunks, pauses and spent turns never change the messages", () => {
    const step = fc.constantFrom("run", "pause", "resume", "spend", "turn");
    const chunk = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 200, max: 65_536 }));
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 23, max: 300 }), fc.integer({ min: 300, max: 4096 })), { maxLength: 40 }),
        fc.array(fc.tuple(chunk, step)),
        fc.integer({ min: 1, max: 20 }),
        (lengths, steps, spentEvery) => {
          const { network, turns, got, remote, intake: reader, onMessage } = intake();
          onMessage.run = () => {
            if (got.length % spentEvery === 0) turns.isSpent = true;
          };
          const stream = Uint8Array.from(lengths.flatMap((length, i) => [...message(2, length, i)]));
          let at = 0;
          for (const [size, action] of steps) {
            remote.write(stream.subarray(at, at + size));
            at = Math.min(stream.length, at + size);
            if (action === "pause") reader.pause();
            if (action === "resume") reader.resume();
            if (action === "spend") turns.isSpent = true;
            if (action === "turn") turns.next();
            network.run();
          }
          remote.write(stream.subarray(at));
          reader.resume();
          for (let i = 0; i < lengths.length + 3; i++) {
            network.run();
            turns.next();
          }
          network.run();
          expect(got).toEqual(lengths.map((length, i) => `2:${length}:${i}`));
        },
      ),
    );
  });
});
