import { createInterface } from "node:readline";
import type { CodecOptions } from "../../protocol/messages/codec-options.js";
import { describeMessage } from "../../protocol/messages/describe.js";
import { Family } from "../../protocol/net/address-family.js";

interface DecodeArguments {
  readonly asn4: boolean;
  readonly addPath: boolean;
  readonly extMsg: boolean;
  readonly peer: "ebgp" | "ibgp";
}

/** `peregrine decode`: hex messages on stdin, one a line, to one JSON object a line. Blank lines are passed over. */
export async function decode(args: DecodeArguments): Promise<number> {
  const families = new Set(Object.values(Family));
  const options: CodecOptions = {
    fourOctetAs: args.asn4,
    internal: args.peer === "ibgp",
    addPath: args.addPath ? families : new Set(),
    families,
    extendedNextHop: true,
    maxMessageLength: args.extMsg ? 65535 : 4096,
  };
  for await (const line of createInterface({ input: process.stdin })) {
    const hex = line.replace(/[\s:]/g, "");
    if (hex !== "") process.stdout.write(`${JSON.stringify(decodeLine(hex, options))}\n`);
  }
  return 0;
}

function decodeLine(hex: string, options: CodecOptions): Record<string, unknown> {
  if (!/^([0-9a-f]{2})+$/i.test(hex)) return { type: "invalid", error: { detail: "not an even number of hexadecimal digits" } };
  return describeMessage(Uint8Array.from(Buffer.from(hex, "hex")), options);
}
