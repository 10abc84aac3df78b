import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Selector } from "../../src/resources/selector.js";

function parse(text: string): Selector {
  const parsed = Selector.parse(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error.message}`);
  return parsed.value;
}

const matches = (text: string, labels: Record<string, string>) => parse(text).matches(new Map(Object.entries(labels)));

describe("Selector.matches (reference 3.2)", () => {
  test.each([
    ["has(k)", false, true, true],
    ['k == "x"', false, true, false],
    ['k != "x"', true, false, true],
    ['k in {"x", "y"}', false, true, false],
    ['k not in {"x", "y"}', true, false, true],
    ['k contains "x"', false, true, false],
    ['k contains ""', false, true, true],
    ['k starts with "x"', false, true, false],
    ['k ends with "x"', false, true, false],
    ["k in {}", false, false, false],
    ["k not in {}", true, true, true],
    ["all()", true, true, true],
    ["global()", true, true, true],
    ["", true, true, true],
    [" ", true, true, true],
    ["!all()", false, false, false],
  ])("%s without the label %s, with k=x %s, with k empty %s", (text, missing, x, empty) => {
    expect([matches(text, {}), matches(text, { k: "x" }), matches(text, { k: "" })]).toEqual([missing, x, empty]);
  });

  test.each([
    ["! binds tighter than &&, which binds tighter than ||", "!has(a) && has(b) || has(c)", { c: "" }, true],
    ["! negates a whole comparison", '!a == "b"', { a: "b" }, false],
    ["! collapses by parity", "!! ! !has(a)", { a: "" }, true],
    ["parentheses bind first", "!(has(a) || has(b))", { b: "" }, false],
    ["values are compared by case", 'a == "B"', { a: "b" }, false],
    ["a label may be called like an operator", 'in in {"x"}', { in: "x" }, true],
    ["a label may be called like a function", 'has == "1" && all == "2"', { has: "1", all: "2" }, true],
    ["a label has dots, slashes and dashes", "kubernetes.io/host-name_1 == 'x'", { "kubernetes.io/host-name_1": "x" }, true],
    ["a label named like a property of every object is missing like any other", "has(constructor)", {}, false],
  ])("%s", (_rule, text, labels, expected) => expect(matches(text, labels as Record<string, string>)).toBe(expected));
});

describe("Selector.parse accepts (reference 3.1)", () => {
  test.each([
    ["(all() )", "all()"],
    ["!!has(a)", "has(a)"],
    ["has( x )", "has(x)"],
    ["all( )", "all()"],
    ['a in {"x",}', 'a in {"x"}'],
    ['a notin{"x"}', 'a not in {"x"}'],
    ['a not in { "y" , "x", "y" }', 'a not in {"x", "y"}'],
    ['a=="b"&&!c!="d"', 'a == "b" && !c != "d"'],
    ['a contains"x"', 'a contains "x"'],
    ["a startswith 'x'", 'a starts with "x"'],
    ["a endswith 'x'", 'a ends with "x"'],
    [`a == 'say "x"'`, `a == 'say "x"'`],
    ['a == "two\nlines"', 'a == "two\nlines"'],
    ["(has(a) || has(b)) && has(c)", "(has(a) || has(b)) && has(c)"],
    ["(has(a) && has(b)) || has(c)", "has(a) && has(b) || has(c)"],
    ["!(has(a) && has(b))", "!(has(a) && has(b))"],
    ["\tall()", "all()"],
    ["", "all()"],
  ])("%j, in canonical form %j", (text, canonical) => expect(parse(text).toString()).toBe(canonical));
});

describe("Selector.parse refuses (reference 3.3)", () => {
  test.each([
    ["rack == rack-1", 8, /expected a quoted string, found "rack-1"/],
    ["'b1' == b", 0, /expected a label/],
    ["b", 1, /expected an operator/],
    ["a ", 2, /expected an operator/],
    ["a b", 2, /expected an operator/],
    ["rack = 'x'", 5, /expected "=="/],
    ['foo == "bar" &', 13, /expected "&&"/],
    ['foo == "bar" |', 13, /expected "\|\|"/],
    ["has(foo) &&", 11, /found the end/],
    ["!", 1, /found the end/],
    ["(", 1, /found the end/],
    ['(a == "b"', 9, /expected "\)"/],
    [")", 0, /expected a label/],
    ["()", 1, /expected a label/],
    ['a == "b" c == "d"', 9, /the end, found "c"/],
    ['foo in ""', 7, /expected a set/],
    ['foo in {"", ||', 12, /found "\|"/],
    ["a in {,}", 6, /found ","/],
    ['a == "FOO', 5, /no closing "/],
    ["a == \"FOO'", 5, /no closing "/],
    ["%", 0, /expected a label/],
    ['a == "b" && %', 12, /expected a label/],
    ["kubernetes.io/hostname: == 'x'", 22, /found ":"/],
    ["has(foo", 7, /expected "\)"/],
    ["all(", 4, /expected "\)"/],
    ["has (x)", 4, /expected an operator/],
    ["a containsx", 2, /expected an operator/],
    ["a IN {}", 2, /expected an operator/],
    ["has(a)\n&& has(b)", 6, /found "\\n"/],
    ["rack == ‘rack-1’", 8, /expected a quoted string, found "‘"/],
    [`has(${"a".repeat(513)})`, 4, /at most 512/],
    [`has(a)${" ".repeat(1025)}`, 1024, /at most 1024/],
  ])("%j at %i", (text, at, message) => {
    const parsed = Selector.parse(text);
    expect(parsed.ok ? "accepted" : parsed.error.message).toMatch(message);
    expect(parsed.ok || parsed.error.at).toBe(at);
  });

  test("any text with a value, never by throwing", () => {
    const piece = fc.constantFrom(
      "(",
      ")",
      "!",
      "has(",
      "all()",
      "a",
      " ",
      "==",
      "!=",
      "in",
      "not",
      "{",
      "}",
      '"x"',
      "'",
      ",",
      "&&",
      "||",
      "=",
      "“",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join("")),
        ),
        (text) => {
          expect(Selector.parse(text).ok).toBeTypeOf("boolean");
        },
      ),
    );
  });

  test("parentheses as deep as the length allows without exhausting the stack", () => {
    expect(parse(`${"(".repeat(508)}all()${")".repeat(508)}`).toString()).toBe("all()");
  });
});

describe("Selector.toString", () => {
  test("reads back as a selector that holds for the same labels", () => {
    const label = fc.constantFrom("a", "b", "in", "x/y");
    const value = fc.constantFrom("", "x", "y", 'q"q');
    const quoted = value.map((text) => (text.includes('"') ? `'${text}'` : `"${text}"`));
    const { selector } = fc.letrec<{ selector: string }>((tie) => ({
      selector: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom("all()", "global()"),
        label.map((name) => `has(${name})`),
        fc
          .tuple(label, fc.constantFrom("==", "!=", "contains", "starts with", "ends with"), quoted)
          .map((parts) => parts.join(" ")),
        fc
          .tuple(label, fc.constantFrom("in", "not in"), fc.array(quoted, { maxLength: 3 }))
          .map(([name, op, set]) => `${name} ${op} {${set.join(",")}}`),
        tie("selector").map((inner) => `!(${inner})`),
        fc.tuple(tie("selector"), fc.constantFrom("&&", "||"), tie("selector")).map(([a, op, b]) => `(${a}) ${op} (${b})`),
      ),
    }));
    const labels = fc.array(fc.tuple(label, value)).map((entries) => new Map(entries));
    fc.assert(
      fc.property(selector, labels, (text, given) => {
        const written = parse(text);
        const canonical = parse(written.toString());
        expect(canonical.toString()).toBe(written.toString());
        expect(canonical.matches(given)).toBe(written.matches(given));
      }),
    );
  });
});
