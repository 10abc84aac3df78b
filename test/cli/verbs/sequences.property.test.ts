import fc from "fast-check";
import { expect, test } from "vitest";
import { ok } from "../../../protocol/result.js";
import { applyEdit, createEdit, deleteEdit, replaceEdit } from "../../../src/cli/verbs/edits.js";
import type { InputResource } from "../../../src/cli/verbs/input.js";
import { ResourceTexts } from "../../../src/resources/edit/resource-texts.js";
import { type Edit, runEdits } from "../../../src/resources/edit/run-edits.js";
import { SetCheck } from "../../../src/resources/edit/set-check.js";
import { strategicMerge } from "../../../src/resources/edit/strategic-merge.js";
import { sameValue, type ValueMap } from "../../../src/resources/edit/value.js";

const NAMES = ["a", "b", "c", "d", "e"];

/** Hand-written files: block and flow style, comments everywhere, several documents, a list, JSON. */
const FILES: Readonly<Record<string, string>> = {
  "two.yaml": `# comment of a\n${block("a")}---\n# comment of b\n${flow("b")}`,
  "list.yaml": `# a list\napiVersion: projectcalico.org/v3\nkind: IPReservationList\nitems:\n# comment of c\n- metadata: {name: c}   # c\n  spec:\n    reservedCIDRs: [10.0.0.1]\n# comment of e\n-   metadata:\n      name: e\n    spec: {reservedCIDRs: [10.0.0.5]} # e\n`,
  "other.json": `${JSON.stringify(value("d", ["10.0.0.4"]), null, 4)}\n`,
};

function block(name: string): string {
  return `apiVersion: projectcalico.org/v3\nkind: IPReservation\nmetadata:\n  name: ${name}   # ${name}\nspec:\n  # inside ${name}\n  reservedCIDRs:\n  - 10.0.0.1   # one\n`;
}

function flow(name: string): string {
  return `apiVersion: projectcalico.org/v3\nkind: IPReservation\nmetadata: {name: ${name}}   # ${name}\nspec: {reservedCIDRs: ["10.0.0.2"]}\n`;
}

function value(name: string, cidrs: readonly string[], labels: Readonly<Record<string, string>> = {}): ValueMap {
  const metadata = Object.keys(labels).length === 0 ? { name } : { name, labels };
  return { apiVersion: "projectcalico.org/v3", kind: "IPReservation", metadata, spec: { reservedCIDRs: cidrs } };
}

type Command =
  | { readonly verb: "create" | "apply" | "replace"; readonly name: string; readonly value: ValueMap }
  | { readonly verb: "delete"; readonly name: string }
  | { readonly verb: "patch"; readonly name: string; readonly patch: ValueMap };

const cidrs = fc.uniqueArray(fc.constantFrom("10.0.0.1", "10.0.0.2", "10.1.0.0/16", "fd00::/64", "no address"), {
  minLength: 1,
  maxLength: 4,
});
const labels = fc.dictionary(fc.constantFrom("x", "y"), fc.constantFrom("1", "yes", "v"), { noNullPrototype: true });
const name = fc.constantFrom(...NAMES);
const whole = fc.tuple(fc.constantFrom("create" as const, "apply" as const, "replace" as const), name, cidrs, labels);
const command: fc.Arbitrary<Command> = fc.oneof(
  whole.map(([verb, name, cidrs, labels]) => ({ verb, name, value: value(name, cidrs, labels) })),
  name.map((name) => ({ verb: "delete" as const, name })),
  fc.tuple(name, cidrs).map(([name, reservedCIDRs]) => ({ verb: "patch" as const, name, patch: { spec: { reservedCIDRs } } })),
);

const idOfName = (name: string) => ({ kind: "IPReservation", name, namespace: null, fromKubernetes: false });

function editOf(command: Command): Edit {
  const id = idOfName(command.name);
  if (command.verb === "delete") return deleteEdit(id, false);
  if (command.verb === "patch")
    return (texts) => {
      const stored = texts.find(id);
      if (!stored) return { ok: false, error: "missing" };
      const merged = strategicMerge(stored.value, command.patch);
      if (merged.ok) texts.replace(stored, merged.value);
      return ok(undefined);
    };
  const input: InputResource = { id, value: command.value, text: null, json: false, resourceVersion: null, errors: [] };
  return { create: createEdit(input, false), apply: applyEdit(input), replace: replaceEdit(input) }[command.verb];
}

/** What a directory of resources would be if it were a Map. @returns whether the command is done */
function onModel(model: Map<string, ValueMap>, command: Command): boolean {
  const before = model.get(command.name);
  if (command.verb === "delete") return model.delete(command.name);
  if ((command.verb === "create") === (before !== undefined) && command.verb !== "apply") return false;
  const after = command.verb === "patch" ? { ...before!, ...command.patch } : command.value;
  if (JSON.stringify(after).includes("no address")) return false;
  model.set(command.name, after);
  return true;
}

test("any sequence of commands does what it would do to a Map, and leaves what it does not name as its author wrote it", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 12 }), (commands) => {
      const texts = new ResourceTexts("", new Map(Object.entries(FILES)), "kube-system");
      const check = new SetCheck("kube-system");
      const errorsOf = () => check.load(texts).faults.filter(({ severity }) => severity === "error");
      const model = new Map(
        NAMES.flatMap((name) => texts.find(idOfName(name)) ?? []).map((stored) => [stored.name, stored.value]),
      );
      for (const command of commands) {
        const untouched = NAMES.filter((name) => name !== command.name).map((name) => [name, commentsOf(texts, name)] as const);
        const [result] = runEdits(texts, [editOf(command)], errorsOf);
        expect({ ...command, done: result!.ok }).toEqual({ ...command, done: onModel(model, command) });
        for (const [name, comments] of untouched) expect(commentsOf(texts, name)).toEqual(comments);
      }
      expect(texts.list("IPReservation").map(({ name }) => name)).toEqual([...model.keys()].sort());
      for (const { name, value } of texts.list("IPReservation")) expect(sameValue(value, model.get(name)!)).toBe(true);
      expect(errorsOf()).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

/** The document a resource stands in, or the lines of its item: byte for byte what must stay when others change. */
function commentsOf(texts: ResourceTexts, name: string): string | null {
  const stored = texts.find(idOfName(name));
  if (!stored) return null;
  const text = [...texts.texts()].find(([file]) => file === stored.file)![1];
  return text.split(/^---\n|^(?=# comment of)/m).find((part) => new RegExp(`name"?: "?${name}\\b`).test(part))!;
}
