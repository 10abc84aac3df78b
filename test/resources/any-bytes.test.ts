import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadTexts } from "../../src/resources/load.js";
import { decodeText, parseFile } from "../../src/resources/parse-file.js";
import { renderFaults } from "../../src/resources/render-fault.js";
import { VALIDATION_CASES } from "./cases/validation.js";
import { resource } from "./given.js";

/** Pieces of YAML and of our kinds: nearer to what breaks a reader than random letters. */
const piece = fc.constantFrom(
  ...[
    "\n",
    "\n  ",
    "\n    ",
    "- ",
    ": ",
    ", ",
    "{",
    "}",
    "[",
    "]",
    "'",
    '"',
    "#",
    "---\n",
    "...\n",
    "&a ",
    "*a",
    "!t ",
    "|\n",
    ">-\n",
    "? ",
    "%YAML 1.1\n",
    "\t",
    "~",
    "<<: ",
  ],
  ...[
    "apiVersion: projectcalico.org/v3\n",
    "kind: BGPPeer\n",
    "kind: List\n",
    "items:\n",
    "metadata: {name: a}\n",
    "spec:\n",
    "  peerIP: 1.2.3.4\n",
    "“",
    "’",
    "\u0000",
    "\uD800",
  ],
);

describe("any file gives resources or faults, never an exception", () => {
  test("of random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        const text = decodeText(bytes) ?? Buffer.from(bytes).toString("latin1");
        renderFaults(loadTexts({ x: text }).faults);
      }),
    );
  });

  test("of random pieces of YAML", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        renderFaults(loadTexts({ x: pieces.join("") }).faults);
      }),
      { numRuns: 2000 },
    );
  });

  test("of a resource with a part taken out or put in", () => {
    const texts = VALIDATION_CASES.map(([, kind, spec, , , name]) => resource(kind, spec, name));
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.nat(), fc.nat(20), fc.oneof(piece, fc.string()), (text, at, length, put) => {
        const from = at % text.length;
        renderFaults(parseFile("x", text.slice(0, from) + put + text.slice(from + length)).faults);
      }),
      { numRuns: 2000 },
    );
  });

  test("of a resource whose values are of any shape", () => {
    const fields = [
      "node",
      "nodeSelector",
      "peerIP",
      "asNumber",
      "password",
      "filters",
      "maxRestartTime",
      "exportV4",
      "bgp",
      "cidr",
      "communities",
      "prefixAdvertisements",
      "data",
    ];
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 1e300, "", "x", "1.2.3.4", "all()"),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...fields, "secretKeyRef", "name", "value"), tie("value"), { maxKeys: 3 }),
      ),
    }));
    const kind = fc.constantFrom(
      "BGPPeer",
      "BGPConfiguration",
      "BGPFilter",
      "Node",
      "IPPool",
      "BlockAffinity",
      "IPReservation",
      "CalicoNodeStatus",
      "List",
    );
    fc.assert(
      fc.property(kind, fc.dictionary(fc.constantFrom(...fields), value), value, (name, spec, other) => {
        const file = {
          apiVersion: "projectcalico.org/v3",
          kind: name,
          metadata: { name: "default", labels: other },
          spec,
          status: other,
          items: other,
        };
        renderFaults(loadTexts({ x: JSON.stringify(file) }).faults);
      }),
      { numRuns: 1000 },
    );
  });
});

test("decodeText answers null for what is no UTF-8", () => {
  expect(decodeText(Uint8Array.of(0xff, 0xfe, 0x41))).toBeNull();
  expect(decodeText(Buffer.from("é"))).toBe("é");
});
