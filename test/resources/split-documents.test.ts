import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { type ParsedFile, parseFile, parseInSteps } from "../../src/resources/parse-file.js";
import { splitDocuments } from "../../src/resources/split-documents.js";
import { VALIDATION_CASES } from "./cases/validation.js";
import { resource } from "./given.js";

/** What ends, or seems to end, documents, and what may be open where they do. */
const pieces = [
  ...["---\n", "--- ", "---", "----\n", "--- # x\n", "---\r\n", "\r\n", "\r", "...\n", "%YAML 1.2\n", "\uFEFF"],
  ...["\n", "\n", "a: ", "b", "- ", "|\n", ">-\n ", "{", "}", "[", "]", ",", "#", "? ", "&a ", "*a", " ", "'b' ", '"b" '],
];
const textsOf = (...some: readonly string[]) => fc.array(fc.constantFrom(...some), { maxLength: 25 }).map((all) => all.join(""));
/** No quote is open over a line: YAML forbids one over a `---` line (1.2 §9.1.2), and the library reads it as it comes. */
const texts = textsOf(...pieces);
const textsWithOpenQuotes = textsOf(...pieces, "'", '"');

/** The documents as the library reads them: values, and whether they are sound. */
function documentsOf(text: string): readonly unknown[] {
  const documents = parseAllDocuments(text, { schema: "failsafe", uniqueKeys: false });
  if ("empty" in documents) return [];
  return documents
    .filter((document) => document.contents !== null || document.errors.length > 0)
    .map((document) => (document.errors.length > 0 ? "faulty" : JSON.stringify(document.contents)));
}

describe("splitDocuments", () => {
  test("leaves no letter out, and cuts only where a line begins with ---", () => {
    fc.assert(
      fc.property(textsWithOpenQuotes, (text) => {
        const parts = splitDocuments(text);
        expect(parts.join("")).toBe(text);
        for (const part of parts.slice(1)) expect(part).toMatch(/^---(?:[ \t\r\n]|$)/);
      }),
    );
  });

  test("makes parts that read alone as they read together", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const [parts, whole] = [splitDocuments(text).flatMap(documentsOf), documentsOf(text)];
        if (!parts.includes("faulty")) expect(parts).toEqual(whole);
      }),
      { numRuns: 5000 },
    );
  });

  test("makes sound parts of every sound file of resources", () => {
    const resources = VALIDATION_CASES.map(([, kind, spec, , , name]) => resource(kind, spec, name));
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...resources)), fc.constantFrom("---\n", "--- # next\n", "---\r\n"), (some, mark) => {
        const text = some.join(mark);
        expect(splitDocuments(text).flatMap(documentsOf)).toEqual(documentsOf(text));
      }),
    );
  });

  test.each([
    ["a\n---\nb\n", 2],
    ["---\na\n--- b\n---", 3],
    ["a: |\n  x\n---\nb", 2],
    ["a: |\n  ---\nb: c\n", 1],
    ["a\n----\nb\n---x\n", 1],
    ["a\r\n---\r\nb", 2],
    ["%YAML 1.2\n---\na\n---\nb\n", 1],
    ["a\n...\n---\nb\n", 1],
    ["a\r---\rb\n---\nc", 1],
  ])("of %j makes %i", (text, count) => {
    expect(splitDocuments(text)).toHaveLength(count);
  });
});

/** As a loader does with a file that it has read before. */
function parseAgain(text: string, before: ParsedFile): ParsedFile {
  const steps = parseInSteps("x.yaml", text, before);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

const valid = VALIDATION_CASES.map(([, kind, spec, , , name]) => resource(kind, spec, name));
const document = fc
  .tuple(fc.constantFrom("", "\n", "# a comment\n\n"), fc.constantFrom(...valid, "kind: Pod\napiVersion: v1\n", "a: [\n", ""))
  .map(([before, text]) => `${before}${text}`);
const file = fc.array(document, { minLength: 1, maxLength: 8 });
const join = (documents: readonly string[]) => documents.join("---\n");

describe("a file parsed after another state of it", () => {
  test("gives what it gives when it is parsed alone, to the line", () => {
    const edited = file.chain((documents) =>
      fc.tuple(
        fc.constant(documents),
        fc
          .array(fc.tuple(fc.nat(documents.length), fc.nat(2), fc.array(document, { maxLength: 2 })), { maxLength: 3 })
          .map((edits) =>
            edits.reduce<readonly string[]>((now, [at, gone, come]) => now.toSpliced(at, gone, ...come), documents),
          ),
      ),
    );
    fc.assert(
      fc.property(edited, ([was, is]) => {
        const again = parseAgain(join(is), parseFile("x.yaml", join(was)));
        expect(again).toEqual(parseFile("x.yaml", join(is)));
      }),
      { numRuns: 200 },
    );
  });

  test("gives the very resources of the documents that have not changed", () => {
    const nodes = Array.from({ length: 5 }, (_, index) => resource("Node", "{}", `n${index}`));
    const before = parseFile("x.yaml", join(nodes));
    const after = parseAgain(join(nodes.with(2, resource("Node", "{}", "other"))), before);
    const same = after.resources.map((read, index) => read === before.resources[index]);
    expect(same).toEqual([true, true, false, true, true]);
  });
});
