import { promisify } from "node:util";
import { constants, gunzip, gunzipSync, gzip } from "node:zlib";
import { err, ok, type Result } from "../../protocol/result.js";
import { digestOfFiles, type ResourceFile, resourceFile } from "../resources/resource-file.js";

/** An accepted set of resources, as it stands in the history. */
export interface Generation {
  readonly number: number; // 1 and up
  readonly at: string; // ISO 8601: when it was accepted
  readonly summary: string; // what changed since the one before, in a line
  readonly digest: string; // of its files: see `digestOfFiles`
  readonly files: number;
}

export interface OpenGeneration {
  readonly generation: Generation;
  readonly files: readonly ResourceFile[];
}

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** Octets of a file that are enough to find its first line in. */
export const HEAD = 4096;

/** A generation unpacked is not larger than this: 200,000 resources of 5 KiB. */
const LARGEST = 2 ** 30;

const NEWLINE = 0x0a;

/**
 * A generation as a file: gzip of lines, so that `zcat` shows it.
 *
 *   {"number":7,…}                      the Generation
 *   {"path":"tor.yaml","octets":211}    of each file; then so many octets, and a line break
 */
export function packGeneration(generation: Generation, files: readonly ResourceFile[]): Promise<Uint8Array> {
  const lines = files.map(({ path, content }) => `${JSON.stringify({ path, octets: content.length })}\n`);
  const head = `${JSON.stringify(generation)}\n`;
  const octets = files.reduce((sum, { content }, index) => sum + Buffer.byteLength(lines[index]!) + content.length + 1, 0);
  const bytes = Buffer.allocUnsafe(Buffer.byteLength(head) + octets); // one buffer: three for each of ten thousand files take 50 ms
  let at = bytes.write(head);
  for (const [index, { content }] of files.entries()) {
    at += bytes.write(lines[index]!, at);
    bytes.set(content, at);
    at = bytes.writeUInt8(NEWLINE, at + content.length);
  }
  return pack(bytes);
}

/** The Generation alone, from the first `HEAD` octets of its file; null: it is none. */
export function readHead(head: Uint8Array): Generation | null {
  try {
    const text = gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: LARGEST });
    return generationOf(text.subarray(0, text.indexOf(NEWLINE)));
  } catch {
    return null;
  }
}

/** @returns what is wrong with it: what is written by another or cut short must not come into force */
export async function unpackGeneration(packed: Uint8Array): Promise<Result<OpenGeneration, string>> {
  const bytes = await unpack(packed, { maxOutputLength: LARGEST }).catch((error: Error) => error.message);
  if (typeof bytes === "string") return err(bytes);
  const generation = generationOf(bytes.subarray(0, bytes.indexOf(NEWLINE)));
  if (generation === null) return err("its first line is no generation");
  const files = splitFiles(bytes.subarray(bytes.indexOf(NEWLINE) + 1));
  if (files === null || files.length !== generation.files) return err("its files are not whole");
  if (digestOfFiles(files) !== generation.digest) return err("its digest does not fit its files");
  const strange = files.find(({ path }) => !isBelow(path));
  return strange === undefined
    ? ok({ generation, files })
    : err(`${JSON.stringify(strange.path)} is no path below the directory of resources`);
}

function splitFiles(bytes: Buffer): readonly ResourceFile[] | null {
  const files: ResourceFile[] = [];
  for (let at = 0; at < bytes.length; ) {
    const line = bytes.indexOf(NEWLINE, at);
    const entry = line < 0 ? null : parse(bytes.subarray(at, line));
    const { path, octets } = (entry ?? {}) as { readonly path?: unknown; readonly octets?: unknown };
    if (typeof path !== "string" || !Number.isSafeInteger(octets)) return null;
    const end = line + 1 + (octets as number);
    if (end <= line || bytes[end] !== NEWLINE) return null;
    files.push(resourceFile(path, bytes.subarray(line + 1, end)));
    at = end + 1;
  }
  return files;
}

/** Writing the files back must touch nothing but resource files: no hidden ones, none elsewhere. */
function isBelow(path: string): boolean {
  return path.split("/").every((part) => part !== "" && !part.startsWith(".") && !part.includes("\0"));
}

function generationOf(line: Uint8Array): Generation | null {
  const value = parse(line) as Partial<Record<keyof Generation, unknown>> | null;
  if (value === null || typeof value !== "object") return null;
  const { number, at, summary, digest, files } = value;
  const isSound = Number.isSafeInteger(number) && Number.isSafeInteger(files) && !Number.isNaN(Date.parse(String(at)));
  if (!isSound || typeof summary !== "string" || typeof digest !== "string") return null;
  return { number: number as number, at: String(at), summary, digest, files: files as number };
}

function parse(line: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(line).toString("utf8"));
  } catch {
    return null;
  }
}
