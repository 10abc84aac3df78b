import { AttributeCode } from "../wire/iana.js";
import { type AttributeCodec, OPTIONAL_TRANSITIVE } from "./attribute-codec.js";
import { checkMultiple } from "./value-length.js";
import { readWords, writeWords } from "./word-list.js";

/** Communities with a meaning of their own (RFC 1997, RFC 7999, RFC 8326, RFC 9494). */
export const WellKnownCommunity = {
  GracefulShutdown: 0xffff0000,
  LlgrStale: 0xffff0006,
  NoLlgr: 0xffff0007,
  Blackhole: 0xffff029a,
  NoExport: 0xffffff01,
  NoAdvertise: 0xffffff02,
  NoExportSubconfed: 0xffffff03,
  NoPeer: 0xffffff04,
} as const;

/** COMMUNITIES (RFC 1997): 32-bit values, in the order received. */
export const communities: AttributeCodec<"communities"> = {
  code: AttributeCode.Communities,
  name: "COMMUNITIES",
  flags: OPTIONAL_TRANSITIVE,
  key: "communities",
  flagsFault: "treat-as-withdraw",
  check: (_bytes, start, end) => checkMultiple("COMMUNITIES", 4, start, end), // RFC 7606 §7.8
  read: readWords,
  encode: writeWords,
};

const NAMES: ReadonlyMap<number, string> = new Map([
  [WellKnownCommunity.GracefulShutdown, "graceful-shutdown"],
  [WellKnownCommunity.LlgrStale, "llgr-stale"],
  [WellKnownCommunity.NoLlgr, "no-llgr"],
  [WellKnownCommunity.Blackhole, "blackhole"],
  [WellKnownCommunity.NoExport, "no-export"],
  [WellKnownCommunity.NoAdvertise, "no-advertise"],
  [WellKnownCommunity.NoExportSubconfed, "no-export-subconfed"],
  [WellKnownCommunity.NoPeer, "no-peer"],
]);

/** `65000:100`, or the name of a well-known one. */
export function formatCommunity(community: number): string {
  return NAMES.get(community) ?? `${community >>> 16}:${community & 0xffff}`;
}
