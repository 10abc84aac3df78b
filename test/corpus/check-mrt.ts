import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeLooseAttributes } from "../../protocol/attributes/decode-attributes.js";
import { decodeMessage } from "../../protocol/messages/message.js";
import type { BgpError } from "../../protocol/wire/bgp-error.js";
import { rawAttributes } from "./answer.js";
import { addressText, bgpdumpFields, prefixLineText } from "./bgpdump.js";
import { type MrtEntry, type MrtMessage, type MrtRoute, readMrt, readMrtFile } from "./mrt.js";
import { checkRow, type GroupReport, newGroup } from "./report.js";
import { recordOptions, UpdateLines } from "./update-lines.js";

/** One file of `mrt/EXPECT.json`. */
interface MrtExpectation {
  readonly file: string;
  readonly bgpdump_m?: {
    readonly lines: number;
    readonly kinds: Readonly<Record<string, number>>;
    readonly sha256_sorted_bytewise: string;
    readonly first20: readonly string[];
  };
}

/** `mrt/`: every message and route decodes, and printed as bgpdump prints them they are the same lines. */
export function checkMrt(dir: string): GroupReport {
  const group = newGroup("mrt");
  const path = join(dir, "EXPECT.json");
  if (!existsSync(path)) return group;
  const expectations: readonly MrtExpectation[] = JSON.parse(readFileSync(path, "utf8"));
  for (const expectation of expectations) {
    checkRow(group, expectation.file, (deviate) => checkFile(dir, expectation, deviate));
  }
  return group;
}

function checkFile(dir: string, expectation: MrtExpectation, deviate: (rule: string) => void): readonly string[] {
  const printer = new Printer();
  for (const entry of readMrt(readMrtFile(join(dir, expectation.file)))) printer.print(entry);
  const { lines, updates } = printer;
  const { problems } = updates;
  for (const rule of updates.rules) deviate(rule);
  const expected = expectation.bgpdump_m;
  if (expected === undefined || problems.length > 0) return problems;
  return printer.refused === 0 ? compareLines(expected, lines) : compareCounts(expected, lines, ["STATE", "B"]);
}

type Bgpdump = NonNullable<MrtExpectation["bgpdump_m"]>;

function compareLines(expected: Bgpdump, lines: readonly string[]): readonly string[] {
  const problems = compareCounts(expected, lines, ["A", "W", "B", "STATE"]);
  if (problems.length > 0 || sortedHash(lines) === expected.sha256_sorted_bytewise) return problems;
  const ours = new Set(lines);
  const missing = expected.first20.filter((line) => !ours.has(line));
  return [`the lines differ from those of bgpdump, ${missing.length} of the first 20: ${missing[0] ?? ""}`];
}

function compareCounts(expected: Bgpdump, lines: readonly string[], kinds: readonly string[]): string[] {
  const count = (kind: string) => lines.filter((line) => line.split("|", 3)[2] === kind).length;
  return kinds.flatMap((kind) => {
    const [want, got] = [expected.kinds[kind] ?? 0, count(kind)];
    return want === got ? [] : [`${kind}: ${want} lines expected, got ${got}`];
  });
}

function sortedHash(lines: readonly string[]): string {
  const hash = createHash("sha256");
  for (const line of [...lines].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))) hash.update(`${line}\n`);
  return hash.digest("hex");
}

/** Turns the entries of a file into the lines of `bgpdump -m`. */
class Printer {
  readonly lines: string[] = [];
  readonly updates = new UpdateLines();
  /** Messages with prefixes that we do not find or do not carry, for a documented reason. */
  refused = 0;

  print(entry: MrtEntry): void {
    if (entry.type === "state") {
      this.lines.push(`${entry.label}|${entry.time}|STATE|${addressText(entry.peer)}|${entry.peerAs}|${entry.from}|${entry.to}`);
    } else if (entry.type === "route") {
      this.#printRoute(entry);
    } else if (entry.bytes[18] === 2) {
      this.#printUpdate(entry);
    } else {
      const decoded = decodeMessage(entry.bytes, recordOptions(entry.fourOctetAs, entry.addPath, true));
      if (!decoded.ok) this.updates.problems.push(`${entry.time}: ${decoded.error.detail}`);
    }
  }

  #printRoute(route: MrtRoute): void {
    const { attributes, pathId } = route;
    const options = recordOptions(route.fourOctetAs, false, true);
    const set = this.updates.setOf(decodeLooseAttributes(attributes, 0, attributes.length, options), options);
    const prefix = prefixLineText({ prefix: route.prefix, ...(pathId !== null && { pathId }) });
    this.lines.push(`${route.label}|${route.time}|B|${addressText(route.peer)}|${route.peerAs}|${prefix}|${bgpdumpFields(set)}`);
  }

  #printUpdate(message: MrtMessage): void {
    const lines = this.updates.of(message.bytes, message.fourOctetAs, message.addPath);
    if ("code" in lines) {
      this.#refuse(message, lines);
      return;
    }
    if (hasMulticast(message.bytes)) {
      this.updates.rules.add("RFC 4760 §7: NLRI of families that we do not carry are skipped");
      this.refused += 1;
    }
    const peer = `${addressText(message.peer)}|${message.peerAs}`;
    for (const { kind, text } of lines) this.lines.push(`${message.label}|${message.time}|${kind}|${peer}|${text}`);
  }

  #refuse(message: MrtMessage, error: BgpError): void {
    const rule = reasonToRefuse(error, message);
    if (rule === null) {
      this.updates.problems.push(`${message.time}: ${error.detail}`);
      return;
    }
    this.updates.rules.add(rule);
    this.refused += 1;
  }
}

/** Multicast routes, which bgpdump prints as if they were unicast. */
function hasMulticast(bytes: Uint8Array): boolean {
  const isMulticast = (safi: number | undefined) => safi === 2 || safi === 3;
  return rawAttributes(bytes).some(({ code, valueAt }) => (code === 14 || code === 15) && isMulticast(bytes[valueAt + 2]));
}

/** Prefixes that cannot be found, which bgpdump makes up. */
function reasonToRefuse(error: BgpError, message: MrtMessage): string | null {
  if (!/NLRI (has prefix length|ends )/.test(error.detail)) return null;
  const withAddPath = decodeMessage(message.bytes, recordOptions(message.fourOctetAs, true, true));
  if (withAddPath.ok && !message.addPath) return "RFC 8050 §3: ADD-PATH recorded under a subtype that has none";
  return "RFC 7606 §5.3: NLRI that are syntactically incorrect";
}
