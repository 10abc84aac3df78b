import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { checkFuzz } from "./check-fuzz.js";
import { checkMessages } from "./check-messages.js";
import { checkMrt } from "./check-mrt.js";
import { checkOddities } from "./check-oddities.js";
import { checkPcap } from "./check-pcap.js";
import { checkRfc7606 } from "./check-rfc7606.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const corpus = process.env["PEREGRINE_CORPUS"] ?? join(root, "../shared/corpus");

describe("the corpus of third-party inputs", () => {
  test("is where PEREGRINE_CORPUS says, or beside the repository", () => {
    expect(existsSync(join(corpus, "vectors"))).toBe(true);
  });

  test("other projects' messages decode to what source and decoders say, and survive encoding", () => {
    expect(checkMessages(join(corpus, "vectors/messages.jsonl")).failures).toEqual([]);
  });

  test("malformed attributes are handled as RFC 7606 says", () => {
    expect(checkRfc7606(join(corpus, "vectors/rfc7606.jsonl")).failures).toEqual([]);
  });

  test("rare features of real messages decode as bgpdump prints them", () => {
    expect(checkOddities(join(corpus, "vectors/real-world-oddities.jsonl")).failures).toEqual([]);
  });

  test("inputs that crashed another speaker do no harm", () => {
    expect(checkFuzz(join(corpus, "vectors/fuzz.jsonl")).failures).toEqual([]);
  });

  test("captured streams frame and decode under what their OPENs agreed on", () => {
    expect(checkPcap(join(corpus, "pcap")).failures).toEqual([]);
  });

  test("collectors' files print the same lines as with bgpdump", { timeout: 180_000 }, () => {
    expect(checkMrt(join(corpus, "mrt")).failures).toEqual([]);
  });
});
