import { answer, optionsFor } from "./answer.js";
import { checkRow, type GroupReport, newGroup } from "./report.js";
import { fromHex, readJsonLines, type Vector } from "./vectors.js";

const MARKER_LENGTH = 16;
const HEADER_LENGTH = 19;
const TYPES = [1, 2, 3, 4, 5];

/** `vectors/fuzz.jsonl`: inputs that crashed another speaker. Any answer will do, an exception will not. */
export function checkFuzz(path: string): GroupReport {
  const group = newGroup("vectors/fuzz");
  for (const vector of readJsonLines<Vector>(path)) {
    checkRow(group, vector.name ?? "", () => {
      for (const bytes of variants(fromHex(vector.hex))) {
        for (const context of [{ asn4: true }, { asn4: false }, { asn4: true, add_path: true }]) {
          answer(bytes, optionsFor(bytes, context));
        }
      }
      return [];
    });
  }
  return group;
}

/** As it is; with a sound marker; with a sound header of every type. */
function* variants(bytes: Uint8Array): Generator<Uint8Array> {
  yield bytes;
  const marked = bytes.slice();
  marked.fill(0xff, 0, Math.min(MARKER_LENGTH, marked.length));
  yield marked;
  if (bytes.length < HEADER_LENGTH) return;
  for (const type of TYPES) {
    const framed = marked.slice();
    framed.set([framed.length >> 8, framed.length & 0xff, type], MARKER_LENGTH);
    yield framed;
  }
}
