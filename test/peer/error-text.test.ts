import { expect, test } from "vitest";
import type { SessionEnd } from "../../protocol/fsm/session-end.js";
import { errorText } from "../../src/peer/error-text.js";

const notification = (code: number, subcode: number, ...data: number[]) =>
  ({ type: "notification", code, subcode, data: Uint8Array.from(data) }) as const;

test.each<[string, SessionEnd]>([
  ["Socket: Connection refused", { by: "tcp", detail: "Connection refused" }],
  ["Received: Administrative shutdown", { by: "peer", notification: notification(6, 2, 3, 97, 98, 99) }],
  ["Received: Administrative shutdown", { by: "peer", notification: notification(6, 9, 6, 2) }],
  ["Received: Hard reset", { by: "peer", notification: notification(6, 9) }],
  ["Received: Unknown error 2.99", { by: "peer", notification: notification(2, 99) }],
  ["BGP Error: Bad peer AS", { by: "us", notification: notification(2, 2), detail: "the peer is in AS 1, not 2" }],
  ["BGP Error: Hold timer expired", { by: "us", notification: notification(4, 0), detail: "" }],
  ["Automatic shutdown: Maximum number of prefixes reached", { by: "us", notification: notification(6, 1), detail: "" }],
  ["Error: BFD session down", { by: "us", notification: notification(6, 10), detail: "" }],
])("errorText words it as BIRD does: %s", (text, end) => {
  expect(errorText(end)).toBe(text);
});
