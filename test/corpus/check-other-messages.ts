import { readShutdownCommunication } from "../../protocol/messages/notification.js";
import { formatRouterId } from "../../protocol/net/router-id.js";
import type { Answer } from "./answer.js";
import { fieldOf, type Vector } from "./vectors.js";

/** Fields of OPEN, NOTIFICATION and ROUTE-REFRESH by tshark and by the source. */
export function compareOther({ message }: Answer, { expect }: Vector): readonly string[] {
  const tshark = expect.tshark ?? {};
  const problems: string[] = [];
  const same = (field: string, actual: unknown) => {
    const expected = fieldOf(tshark, field);
    const got = Array.isArray(actual) ? actual.map(String) : [String(actual)];
    const isSame = expected.length === 0 || JSON.stringify(expected) === JSON.stringify(got.slice(0, expected.length));
    if (!isSame) problems.push(`tshark ${field}: expected ${expected}, got ${got}`);
  };
  if (message?.type === "open") {
    const { capabilities } = message;
    same("open.version", message.version);
    same("open.myas", message.myAs);
    same("open.holdtime", message.holdTimeSeconds);
    same("open.identifier", formatRouterId(message.routerId));
    same(
      "cap.mp.afi",
      capabilities.flatMap((c) => (c.type === "multiprotocol" ? [c.afi] : [])),
    );
    same(
      "cap.mp.safi",
      capabilities.flatMap((c) => (c.type === "multiprotocol" ? [c.safi] : [])),
    );
    same(
      "cap.4as",
      capabilities.flatMap((c) => (c.type === "four-octet-as" ? [c.asNumber] : [])),
    );
    same(
      "cap.gr.timers.restart_time",
      capabilities.flatMap((c) => (c.type === "graceful-restart" ? [c.restartTimeSeconds] : [])),
    );
    const as4 = capabilities.find((c) => c.type === "four-octet-as")?.asNumber ?? null;
    const { as4_in_open } = expect;
    if (as4_in_open !== undefined && as4_in_open !== null && as4_in_open !== as4)
      problems.push(`AS ${as4_in_open} expected, got ${as4}`);
  } else if (message?.type === "notification") {
    same("notify.major_error", message.code);
    for (const name of [
      "notify.minor_error",
      "notify.minor_error_open",
      "notify.minor_error_update",
      "notify.minor_error_cease",
    ]) {
      same(name, message.subcode);
    }
    same("notify.communication", readShutdownCommunication(message));
  } else if (message?.type === "route-refresh") {
    same("route_refresh.afi", message.afi);
    same("route_refresh.safi", message.safi);
  }
  return problems;
}
