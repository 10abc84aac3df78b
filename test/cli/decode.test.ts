import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { MAIN, peregrine } from "../daemon/support.js";

const MARKER = "ff".repeat(16);
const message = (type: number, body: string) =>
  MARKER + (19 + body.length / 2).toString(16).padStart(4, "0") + type.toString(16).padStart(2, "0") + body;
const update = (attributes: string, nlri: string, withdrawn = "") => {
  const length = (hex: string) => (hex.length / 2).toString(16).padStart(4, "0");
  return message(2, length(withdrawn) + withdrawn + length(attributes) + attributes + nlri);
};

const ORIGIN = "40010100";
const AS_PATH = "40020602010000fde9"; // four octets an AS number: 65001
const AS_PATH_2 = "4002040201fde9";
const NEXT_HOP = "400304c0000201";
const TEN = "080a";

/** One line in, one object out. */
async function decode(lines: readonly string[], ...words: readonly string[]): Promise<Record<string, unknown>[]> {
  const { code, stdout, stderr } = await peregrine(["decode", ...words], `${lines.join("\n")}\n`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test("every type of message is one object with the fields of its type", async () => {
  const decoded = await decode(
    [
      message(4, ""),
      message(1, "04fde900b4c0000202" + "120210" + "010400010001" + "0200" + "41040000fde9" + "0600"),
      update(ORIGIN + AS_PATH + NEXT_HOP, `${TEN}18c00002`),
      update("", "", TEN),
      message(2, "00000000"),
      message(3, `0602${"0b"}${Buffer.from("maintenance").toString("hex")}`),
      message(5, "00010001"),
    ],
    "--asn4",
  );
  expect(decoded[0]).toEqual({ type: "keepalive" });
  expect(decoded[1]).toMatchObject({ type: "open", version: 4, asNumber: 65001, holdTimeSeconds: 180, routerId: "192.0.2.2" });
  expect(decoded[2]).toMatchObject({
    type: "update",
    withdrawn: [],
    announced: ["10.0.0.0/8", "192.0.2.0/24"],
    attributes: { asPath: "65001", nextHop: "192.0.2.1" },
  });
  expect(decoded[3]).toMatchObject({ withdrawn: ["10.0.0.0/8"], announced: [] });
  expect(decoded[4]).toMatchObject({ type: "update", endOfRib: "ipv4-unicast" });
  expect(decoded[5]).toMatchObject({ type: "notification", code: 6, subcode: 2, communication: "maintenance" });
  expect(decoded[6]).toMatchObject({ type: "route-refresh", afi: 1, safi: 1 });
});

test("errors carry code, subcode, action and the RFC's words, and nothing that may not be used is announced", async () => {
  const decoded = await decode(
    [
      update(`40010109${AS_PATH}${NEXT_HOP}`, TEN), // ORIGIN 9
      update(`${ORIGIN}${AS_PATH}${NEXT_HOP}40060101`, TEN), // ATOMIC_AGGREGATE with a value
      update(ORIGIN + AS_PATH + NEXT_HOP, "210a00000000"), // a prefix of 33 bits
      `00${message(4, "").slice(2)}`,
      message(9, ""),
      `${MARKER}001204`,
      message(4, "00"),
    ],
    "--asn4",
  );
  expect(decoded.map(({ error }) => error)).toEqual([
    expect.objectContaining({ code: 3, subcode: 6, action: "treat-as-withdraw", detail: "ORIGIN 9 is not 0, 1 or 2" }),
    expect.objectContaining({ action: "attribute-discard" }),
    expect.objectContaining({ code: 3, subcode: 10, action: "session-reset" }),
    expect.objectContaining({ code: 1, subcode: 1, action: "session-reset" }),
    expect.objectContaining({ code: 1, subcode: 3 }),
    expect.objectContaining({ code: 1, subcode: 2 }),
    expect.objectContaining({ code: 1, subcode: 2 }),
  ]);
  expect(decoded[0]).toMatchObject({ withdrawn: ["10.0.0.0/8"], announced: [] });
  expect(decoded[1]).toMatchObject({ withdrawn: [], announced: ["10.0.0.0/8"] });
  expect(decoded[2]).toMatchObject({ withdrawn: [], announced: [] });
});

test("the options say what the bytes mean: 2-octet AS numbers, path identifiers, long messages, iBGP", async () => {
  const community = `d008${(4 * 1100).toString(16).padStart(4, "0")}${"fde90001".repeat(1100)}`;
  const [two, paths, long, short, internal] = await Promise.all([
    decode([update(ORIGIN + AS_PATH_2 + NEXT_HOP, TEN)]),
    decode([update(ORIGIN + AS_PATH + NEXT_HOP, `00000007${TEN}`)], "--asn4", "--add-path"),
    decode([update(ORIGIN + AS_PATH + NEXT_HOP + community, TEN)], "--asn4", "--ext-msg"),
    decode([update(ORIGIN + AS_PATH + NEXT_HOP + community, TEN)], "--asn4"),
    decode([update(ORIGIN + AS_PATH + NEXT_HOP, TEN)], "--asn4", "--peer", "ibgp"),
  ]);
  expect(two[0]).toMatchObject({ attributes: { asPath: "65001" } });
  expect(paths[0]).toMatchObject({ announced: [{ prefix: "10.0.0.0/8", pathId: 7 }] });
  expect(long[0]).toMatchObject({ announced: ["10.0.0.0/8"] });
  expect(short[0]).toMatchObject({ error: { code: 1, subcode: 2 } });
  expect(internal[0]).toMatchObject({ error: { code: 3, subcode: 3, action: "treat-as-withdraw" } }); // without LOCAL_PREF
});

test("garbage is one answer a line and no end: other letters, odd digits, half a header, colons and blanks, CR LF", async () => {
  const keepalive = message(4, "");
  const decoded = await decode([
    "hello",
    "abc",
    "ffff",
    "",
    "   ",
    ` ${keepalive.replaceAll(/(..)(?=.)/g, "$1:").toUpperCase()} \r`,
    `${"\u0000".repeat(10)}ÿ`,
    "ab".repeat(70_000),
    keepalive,
  ]);
  const invalid = { type: "invalid", error: { detail: "not an even number of hexadecimal digits" } };
  expect(decoded.slice(0, 2)).toEqual([invalid, invalid]);
  expect(decoded[2]).toMatchObject({ error: { code: 1 } });
  expect(decoded[3]).toEqual({ type: "keepalive" });
  expect(decoded[4]).toEqual(invalid);
  expect(decoded[5]).toMatchObject({ error: { code: 1 } });
  expect(decoded[6]).toEqual({ type: "keepalive" });
  expect(decoded).toHaveLength(7);
});

test("no input, no output", async () => {
  expect(await peregrine(["decode"], "")).toEqual({ code: 0, stdout: "", stderr: "" });
});

test("a reader that goes away early, as head does, is no error", async () => {
  const child = spawn(process.execPath, [MAIN, "decode"], { stdio: "pipe" });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin.on("error", () => undefined);
  child.stdout.once("data", () => child.stdout.destroy());
  child.stdin.end(`${message(4, "")}\n`.repeat(100_000));
  const [code] = await once(child, "close");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});
