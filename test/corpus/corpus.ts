import { join } from "node:path";
import { checkFuzz } from "./check-fuzz.js";
import { checkMessages } from "./check-messages.js";
import { checkMrt } from "./check-mrt.js";
import { checkOddities } from "./check-oddities.js";
import { checkPcap } from "./check-pcap.js";
import { checkRfc7606 } from "./check-rfc7606.js";
import type { GroupReport } from "./report.js";

/** Checks every part of a corpus directory that is there. */
export function checkCorpus(dir: string): readonly GroupReport[] {
  return [
    checkMessages(join(dir, "vectors/messages.jsonl")),
    checkRfc7606(join(dir, "vectors/rfc7606.jsonl")),
    checkOddities(join(dir, "vectors/real-world-oddities.jsonl")),
    checkFuzz(join(dir, "vectors/fuzz.jsonl")),
    checkPcap(join(dir, "pcap")),
    checkMrt(join(dir, "mrt")),
  ];
}
