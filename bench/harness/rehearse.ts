import { MessageSplitter } from "./message-splitter.js";
import { type CheckedPrefixes, TableCheck } from "./table-check.js";

const MESSAGES = 100_000;
const DELIVERY_OCTETS = 256 * 1024;

/**
 * Receives the sample over and over, so that what checks UPDATEs is compiled before the clock runs: the load shares its cores
 * with the daemon. (The relay needs 0.055 s for `table6`, 0.099 without this and the guess in `PrefixIndex`: medians of nine.)
 */
export function rehearse(prefixes: CheckedPrefixes): void {
  let expected: Int32Array = new Int32Array(prefixes.count);
  for (let messages = 0; messages < MESSAGES; ) {
    const check = new TableCheck(prefixes, { ownAs: 0, withNextHop: false, own: [0, 0] });
    check.expect(expected);
    receive(check, prefixes.sample, DELIVERY_OCTETS);
    expected = check.held;
    messages += check.messages;
  }
}

/** Has the messages of a stream checked as if a socket delivered them, so many octets at a time. */
export function receive(check: TableCheck, stream: Uint8Array, octets: number): void {
  const delivery = Buffer.allocUnsafe(octets);
  const splitter = new MessageSplitter((bytes, start, end) => check.update(bytes, start, end));
  for (let at = 0; at < stream.length; at += octets) {
    const some = stream.subarray(at, at + octets);
    delivery.set(some);
    splitter.feed(delivery, some.length);
  }
}
