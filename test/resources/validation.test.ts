import { describe, expect, test } from "vitest";
import { loadTexts } from "../../src/resources/load.js";
import { FILTER_CASES } from "./cases/filters.js";
import { MORE_CASES, VALIDATION_CASES, type ValidationCase } from "./cases/validation.js";
import { faultText, resource } from "./given.js";

/** What the rows refer to, so that they stand or fall by themselves. */
const SURROUNDINGS = `${resource("Node", "{bgp: {ipv4Address: 10.99.0.1/24}}", "a", ", labels: {rack: rack-1}")}---
apiVersion: v1
kind: Secret
metadata: {name: s, namespace: kube-system}
stringData: {k: pw}
`;

function check([id, kind, spec, outcome, pattern, name]: ValidationCase): void {
  const surroundings = kind === "Node" ? "" : SURROUNDINGS;
  const { faults } = loadTexts({ "surroundings.yaml": surroundings, "case.yaml": resource(kind, spec, name) });
  const texts = faults.map(faultText);
  const severity = faults[0]?.severity;
  expect(severity, `${id}: ${texts.join("\n")}`).toBe({ refuse: "error", accept: undefined, warn: "warning" }[outcome]);
  expect(texts[0] ?? "", id).toMatch(pattern);
  for (const fault of faults)
    expect(fault, id).toMatchObject({ file: "case.yaml", kind, name: name ?? (kind === "Node" ? "a" : "tor") });
}

describe("a resource is judged as the reference says", () => {
  test.each(VALIDATION_CASES.map((row) => [`${row[0]}: ${row[1]} ${row[2]} → ${row[3]}`, row] as const))("%s", (_title, row) =>
    check(row),
  );
});

test("every row of the reference's table of invalid resources is there", () => {
  const numbers = VALIDATION_CASES.flatMap(([id]) => /^V(\d\d)/.exec(id)?.[1] ?? []).map(Number);
  expect([...new Set(numbers)]).toEqual(Array.from({ length: 57 }, (_, index) => index + 1));
});

describe("a resource is judged by the rules of its kind", () => {
  test.each(MORE_CASES.map((row) => [`${row[1]}: ${row[0]} → ${row[3]}`, row] as const))("%s", (_title, row) => check(row));
});

describe("a rule of a BGPFilter is judged as the reference says", () => {
  test.each(FILTER_CASES.map((row) => [`${row[0]} → ${row[3]}`, row] as const))(
    "%s",
    (_title, [id, list, rule, outcome, pattern]) => check([id, "BGPFilter", `{${list}: [${rule}]}`, outcome, pattern]),
  );
});
