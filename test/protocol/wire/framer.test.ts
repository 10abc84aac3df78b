import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeMessage } from "../../../protocol/messages/message.js";
import { Framer } from "../../../protocol/wire/framer.js";
import { anyMessage } from "../../arbitraries.js";
import { messageOf, toHex } from "../../golden/hex.js";
import { EXTERNAL } from "../../golden/options.js";

const KEEPALIVE = messageOf(4, []);

function framesOf(chunks: readonly Uint8Array[], maxLength: 4096 | 65535 = 4096): string[] {
  const framer = new Framer();
  framer.maxLength = maxLength;
  const frames: string[] = [];
  for (const chunk of chunks) {
    framer.push(chunk);
    let next = framer.next();
    while (next === true) {
      frames.push(toHex(framer.bytes.subarray(framer.start, framer.end)));
      next = framer.next();
    }
    if (next !== false) return [...frames, `${next.code}/${next.subcode} ${toHex(next.data)}`];
    chunk.fill(0xee); // the caller may reuse it
  }
  return frames;
}

describe("Framer", () => {
  test("yields messages that lie wholly in a chunk as views into it", () => {
    const framer = new Framer();
    const chunk = Uint8Array.from([...KEEPALIVE, ...KEEPALIVE]);
    framer.push(chunk);
    expect(framer.next()).toBe(true);
    expect(framer.bytes).toBe(chunk);
    expect([framer.start, framer.end]).toEqual([0, 19]);
    expect(framer.next()).toBe(true);
    expect([framer.start, framer.end]).toEqual([19, 38]);
    expect(framer.next()).toBe(false);
  });

  test("finds the same messages however the stream is cut", () => {
    const stream = fc.array(anyMessage(EXTERNAL), { maxLength: 6 });
    fc.assert(
      fc.property(stream, fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }), (messages, sizes) => {
        const encoded = messages.map((message) => encodeMessage(message, EXTERNAL));
        const bytes = Uint8Array.from(encoded.flatMap((message) => [...message]));
        const chunks: Uint8Array[] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = sizes[i % sizes.length]!;
          chunks.push(bytes.slice(at, at + size));
          at += size;
        }
        expect(framesOf(chunks, 65535)).toEqual(encoded.map(toHex));
      }),
    );
  });

  test("answers any bytes with messages or an error, never an exception", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), fc.boolean(), (chunks, marked) => {
        framesOf(marked ? [new Uint8Array(16).fill(0xff), ...chunks] : chunks);
      }),
    );
  });

  test.each([
    ["a marker that is not all ones", [...KEEPALIVE.slice(0, 15), 0, ...KEEPALIVE.slice(16)], "1/1 "],
    ["a length below 19", [...KEEPALIVE.slice(0, 16), 0, 18, 4], "1/2 0012"],
    ["a length above 4096", [...KEEPALIVE.slice(0, 16), 0x10, 0x01, 2], "1/2 1001"],
    ["an OPEN shorter than 29", messageOf(1, new Array(9).fill(0)), "1/2 001c"],
    ["an UPDATE shorter than 23", messageOf(2, [0, 0, 0]), "1/2 0016"],
    ["a NOTIFICATION shorter than 21", messageOf(3, [6]), "1/2 0014"],
    ["a KEEPALIVE that is not 19 long", messageOf(4, [0]), "1/2 0014"],
    ["an unknown type, with the type as data", messageOf(6, []), "1/3 06"],
    ["type 0", messageOf(0, []), "1/3 00"],
  ])("refuses %s (RFC 4271 §6.1)", (_what, bytes, expected) => {
    const [whole, cut] = [Uint8Array.from(bytes), Uint8Array.from(bytes)];
    expect(framesOf([whole])).toEqual([expected]);
    expect(framesOf([cut.slice(0, 10), cut.slice(10)])).toEqual([expected]);
  });

  test("stays in error once the stream is lost", () => {
    const framer = new Framer();
    framer.push(new Uint8Array(19));
    expect(framer.next()).toMatchObject({ code: 1, subcode: 1 });
    framer.push(KEEPALIVE);
    expect(framer.next()).toMatchObject({ code: 1, subcode: 1 });
  });

  test("takes messages of up to 65535 octets once they are agreed on, but no such OPEN (RFC 8654 §4)", () => {
    const long = messageOf(2, [0, 0, 0, 0, ...new Array(60_000).fill(0)]);
    expect(framesOf([long.slice()])).toEqual(["1/2 ea77"]);
    expect(framesOf([long.slice(0, 30_000), long.slice(30_000)], 65535)).toEqual([toHex(long)]);
    expect(framesOf([messageOf(1, new Array(5000).fill(0))], 65535)).toEqual(["1/2 139b"]);
  });
});
