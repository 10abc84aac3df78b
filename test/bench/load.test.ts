import { describe, expect, test } from "vitest";
import { expectedBestPaths, expectedPaths, noPaths } from "../../bench/harness/expected-paths.js";
import { receive } from "../../bench/harness/rehearse.js";
import type { RouteTable } from "../../bench/harness/route-table.js";
import { syntheticTable } from "../../bench/harness/synthetic-table.js";
import { TableCheck } from "../../bench/harness/table-check.js";
import { checked } from "../../bench/harness/trial.js";
import { type Announcer, UpdateStream } from "../../bench/harness/update-stream.js";
import { IpAddress } from "../../protocol/net/ip-address.js";
import { Prefix } from "../../protocol/net/prefix.js";
import { isOk, messagesOf, prefixesOf } from "./decoded.js";

const DUT_AS = 65000;

describe.each([4, 6] as const)("a synthetic table of IPv%i", (family) => {
  const table = syntheticTable(family, 20_000, 9);
  const announcer = external(family);
  const stream = new UpdateStream().announceAll(table, announcer);

  test("has distinct prefixes, the same ones for the same seed", () => {
    const again = syntheticTable(family, 20_000, 9);
    expect(again.words).toEqual(table.words);
    expect(again.setOf).toEqual(table.setOf);
    expect(new Set(texts(table)).size).toBe(20_000);
  });

  test("shares attribute sets as the Internet does: five to six prefixes an UPDATE", () => {
    expect(table.count / stream.messages).toBeGreaterThan(4.5);
    expect(table.count / stream.messages).toBeLessThan(6.5);
  });

  test("is encoded as UPDATEs that Peregrine's own decoder finds no fault with", () => {
    const messages = messagesOf(stream.bytes);
    expect(messages).toHaveLength(stream.messages);
    expect(messages.filter((message) => !isOk(message))).toEqual([]);
    expect(messages.flatMap(prefixesOf).map(String)).toEqual(texts(table));
  });

  test("is complete at a receiver when the last prefix has come, in whatever pieces the bytes come", () => {
    const check = receiver(table);
    check.expect(expectedPaths(table, announcer));
    receive(check, stream.bytes.subarray(0, -1), 1001);
    expect(check.isComplete).toBe(false);
    const whole = receiver(table);
    whole.expect(expectedPaths(table, announcer));
    receive(whole, stream.bytes, 1001);
    expect(whole.isComplete).toBe(true);
    expect(whole.faults).toBe(0);
  });

  test("is not complete while one path is another, or one prefix is there that should not be", () => {
    const check = receiver(table);
    const expected = expectedPaths(table, announcer);
    receive(check, stream.bytes, 65536);
    check.expect(expected.with(77, expected[77]! ^ 1));
    expect(check.right).toBe(table.count - 1);
    check.expect(expected.with(78, 0));
    expect(check.right).toBe(table.count - 1);
  });

  test("is gone when every prefix has been withdrawn", () => {
    const check = receiver(table);
    receive(check, stream.bytes, 65536);
    check.expect(noPaths(table));
    expect(check.isComplete).toBe(false);
    receive(check, new UpdateStream().withdrawAll(table).bytes, 65536);
    expect(check.isComplete).toBe(true);
  });
});

describe("TableCheck", () => {
  const table = syntheticTable(4, 1000, 3);

  test("takes the daemon's own AS in front of a path for no change", () => {
    const check = receiver(table);
    check.expect(expectedPaths(table, external(4)));
    const forwarded = { ...external(4), nextHop: new Uint8Array([10, 64, 0, 1]) };
    receive(check, throughDut(new UpdateStream().announceAll(table, forwarded).bytes), 4096);
    expect(check.isComplete).toBe(true);
  });

  test("counts prefixes that nobody announced as faults", () => {
    const check = receiver(table);
    receive(check, new UpdateStream().announceAll(syntheticTable(4, 50, 4), external(4)).bytes, 4096);
    expect(check.faults).toBe(50);
  });

  test("knows the best of several paths: the shortest, then that of the first peer", () => {
    const peers = [2, 1, 1].map((prepends, index) => ({ ...external(4), asNumber: 64600 + index, prepends: () => prepends }));
    expect(expectedBestPaths(table, peers)).toEqual(expectedPaths(table, peers[1]!));
  });
});

function external(family: 4 | 6): Announcer {
  return { asNumber: 64600, internal: false, nextHop: new Uint8Array(family === 4 ? 4 : 16).fill(9) };
}

function receiver(table: RouteTable): TableCheck {
  return new TableCheck(checked(table), { ownAs: DUT_AS, withNextHop: false, own: [0, 0] });
}

/** The same UPDATEs with the daemon's AS in front of each AS_PATH, which stands second and is short. */
function throughDut(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + ((bytes[at + 16]! << 8) | bytes[at + 17]!);
    const message = Buffer.alloc(end - at + 4);
    message.set(bytes.subarray(at, at + 32)); // header 19, lengths 4, ORIGIN 4, AS_PATH up to its first number 5
    message.writeUInt32BE(DUT_AS, 32);
    message.set(bytes.subarray(at + 32, end), 36);
    for (const length of [16, 21]) message.writeUInt16BE(message.readUInt16BE(length) + 4, length);
    message[29]! += 4;
    message[31]! += 1;
    out.push(...message);
    at = end;
  }
  return Uint8Array.from(out);
}

/** The prefixes as text, in order. */
function texts({ family, count, words, lengths }: RouteTable): string[] {
  const width = family === 4 ? 1 : 4;
  return Array.from({ length: count }, (_, row) => {
    const address = [...words.subarray(row * width, (row + 1) * width)];
    const ip = family === 4 ? IpAddress.v4(address[0]!) : IpAddress.v6(address[0]!, address[1]!, address[2]!, address[3]!);
    return Prefix.of(ip, lengths[row]!).toString();
  });
}
