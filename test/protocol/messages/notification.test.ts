import { describe, expect, test } from "vitest";
import {
  describeNotification,
  type NotificationMessage,
  readShutdownCommunication,
  shutdownCommunication,
} from "../../../protocol/messages/notification.js";
import { fromHex } from "../../golden/hex.js";

function notification(code: number, subcode: number, data: Uint8Array = new Uint8Array(0)): NotificationMessage {
  return { type: "notification", code, subcode, data };
}

describe("shutdown communication (RFC 9003)", () => {
  test("is read back as it was written, at Administrative Shutdown and Reset", () => {
    const data = shutdownCommunication("Wartung, zurück um 14 Uhr");
    expect(data[0]).toBe(data.length - 1);
    expect(readShutdownCommunication(notification(6, 2, data))).toBe("Wartung, zurück um 14 Uhr");
    expect(readShutdownCommunication(notification(6, 4, data))).toBe("Wartung, zurück um 14 Uhr");
  });

  test("is cut after 255 octets", () => {
    expect(shutdownCommunication("x".repeat(300))).toHaveLength(256);
  });

  test.each([
    ["another subcode", notification(6, 3, shutdownCommunication("no"))],
    ["another code", notification(4, 2, shutdownCommunication("no"))],
    ["a length beyond the data", notification(6, 2, fromHex("05 6162"))],
    ["length 0", notification(6, 2, fromHex("00"))],
    ["no data", notification(6, 2)],
  ])("is none with %s", (_what, message) => {
    expect(readShutdownCommunication(message)).toBeNull();
  });
});

describe("describeNotification", () => {
  test.each([
    [notification(1, 2), "Message Header Error: Bad Message Length"],
    [notification(2, 6), "OPEN Message Error: Unacceptable Hold Time"],
    [notification(3, 0), "UPDATE Message Error"],
    [notification(4, 0), "Hold Timer Expired"],
    [notification(6, 2, shutdownCommunication('say "bye"')), 'Cease: Administrative Shutdown "say \\"bye\\""'],
    [notification(6, 99), "Cease: subcode 99"],
    [notification(6, 9, fromHex("06 02 03 627965")), 'Cease: Hard Reset (Cease: Administrative Shutdown "bye")'],
    [notification(6, 9, fromHex("0609 0609")), "Cease: Hard Reset"],
    [notification(7, 1), "ROUTE-REFRESH Message Error: Invalid Message Length"],
    [notification(99, 3), "error 99/3"],
  ])("%o is %s", (message, text) => {
    expect(describeNotification(message)).toBe(text);
  });
});
