import { existsSync, readFileSync } from "node:fs";

/** One line of `vectors/*.jsonl`, as the corpus README describes it. */
export interface Vector {
  readonly id?: string;
  readonly name?: string;
  readonly hex: string;
  readonly context?: VectorContext;
  readonly expect: VectorExpectation;
  readonly message?: string; // OPEN, UPDATE, …
  readonly scope?: "unicast" | "other-family";
  readonly confidence?: string;
}

export interface VectorContext {
  readonly asn4?: boolean | null;
  readonly add_path?: boolean;
  readonly peer?: "ebgp" | "ibgp";
}

export interface VectorExpectation {
  readonly source_verdict?: string;
  readonly source_decode?: unknown;
  readonly as_path_string?: string;
  readonly hops?: number;
  readonly as4_in_open?: number | null;
  readonly handling?: string;
  readonly rule?: string;
  readonly prefix?: string;
  readonly notification?: readonly [number, number];
  readonly notification_note?: string;
  readonly disputed?: string;
  readonly note?: string;
  readonly tshark?: Tshark;
  readonly bgpdump?: readonly BgpdumpFact[];
  readonly decoders_agree?: boolean;
  readonly bgpdump_m?: readonly string[];
  readonly bgpdump_m_total?: number;
  readonly no_crash?: boolean;
}

/** Selected fields as tshark prints them: a text, or a list of texts. */
export type Tshark = Readonly<Record<string, string | readonly string[] | boolean | undefined>>;

export interface BgpdumpFact {
  readonly op: "announce" | "withdraw";
  readonly prefix: string;
  readonly path_id?: string;
  readonly as_path?: string;
  readonly origin?: string;
  readonly next_hop?: string;
  readonly local_pref?: number;
  readonly med?: number;
  readonly communities?: string;
  readonly atomic_aggregate?: boolean;
  readonly aggregator?: string;
}

/** Every object of a JSON-lines file; none when there is no such file. */
export function readJsonLines<T>(path: string): T[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as T);
}

/** The octets that hex digits stand for. */
export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "hex"));
}

/** A tshark field as a list. */
export function fieldOf(tshark: Tshark, name: string): readonly string[] {
  const value = tshark[name];
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value : [];
}
