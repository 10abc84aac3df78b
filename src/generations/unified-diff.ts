/** Lines around a change that are shown with it. */
const CONTEXT = 3;

/** Beyond so many different lines the rest is taken for wholly different: time and memory grow with the square. */
const MOST_DIFFERENT = 1000;

interface Line {
  readonly mark: " " | "-" | "+";
  readonly text: string;
}

/**
 * What differs between two texts, as `diff -u` prints it, without the two lines of file names.
 * @returns no lines when nothing differs
 */
export function unifiedDiff(before: string, after: string): readonly string[] {
  return hunksOf(compare(linesOf(before), linesOf(after)));
}

function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

function compare(before: readonly string[], after: readonly string[]): readonly Line[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const same = (text: string): Line => ({ mark: " ", text });
  return [
    ...before.slice(0, start).map(same),
    ...shortestEdit(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ];
}

/**
 * Myers' algorithm: the furthest that so many removals and additions come on each diagonal (line of `before` less line of `after`),
 * and then the way back through what was furthest with one less.
 */
function shortestEdit(before: readonly string[], after: readonly string[]): readonly Line[] {
  const most = Math.min(before.length + after.length, MOST_DIFFERENT);
  const furthest = new Int32Array(2 * most + 3);
  const steps: Int32Array[] = [];
  for (let edits = 0; edits <= most; edits++) {
    steps.push(furthest.slice(most + 1 - edits - 1, most + 1 + edits + 2));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const at = most + 1 + diagonal;
      const isAddition = diagonal === -edits || (diagonal !== edits && furthest[at - 1]! < furthest[at + 1]!);
      let x = isAddition ? furthest[at + 1]! : furthest[at - 1]! + 1;
      while (x < before.length && x - diagonal < after.length && before[x] === after[x - diagonal]) x++;
      furthest[at] = x;
      if (x >= before.length && x - diagonal >= after.length) return wayBack(before, after, steps);
    }
  }
  const all = (mark: Line["mark"], lines: readonly string[]) => lines.map((text): Line => ({ mark, text }));
  return [...all("-", before), ...all("+", after)];
}

function wayBack(before: readonly string[], after: readonly string[], steps: readonly Int32Array[]): readonly Line[] {
  const lines: Line[] = [];
  let x = before.length;
  let y = after.length;
  for (let edits = steps.length - 1; edits > 0; edits--) {
    const furthest = steps[edits]!; // of diagonals -edits - 1 to edits + 1
    const diagonal = x - y;
    const of = (other: number) => furthest[other + edits + 1]!;
    const isAddition = diagonal === -edits || (diagonal !== edits && of(diagonal - 1) < of(diagonal + 1));
    const from = isAddition ? diagonal + 1 : diagonal - 1;
    const fromX = of(from);
    while (x > (isAddition ? fromX : fromX + 1)) lines.push({ mark: " ", text: before[--x]! });
    lines.push(isAddition ? { mark: "+", text: after[fromX - from]! } : { mark: "-", text: before[fromX]! });
    x = fromX;
    y = fromX - from;
  }
  while (x > 0) lines.push({ mark: " ", text: before[--x]! });
  return lines.reverse();
}

function hunksOf(lines: readonly Line[]): readonly string[] {
  const printed: string[] = [];
  let [oldLine, newLine] = [1, 1];
  for (let at = 0; at < lines.length; ) {
    const change = lines.findIndex(({ mark }, index) => index >= at && mark !== " ");
    if (change < 0) break;
    const start = Math.max(at, change - CONTEXT);
    const end = hunkEnd(lines, change);
    oldLine += start - at;
    newLine += start - at;
    const hunk = lines.slice(start, end);
    const [removed, added] = [hunk.filter(({ mark }) => mark !== "+").length, hunk.filter(({ mark }) => mark !== "-").length];
    printed.push(`@@ -${span(oldLine, removed)} +${span(newLine, added)} @@`, ...hunk.map(({ mark, text }) => mark + text));
    oldLine += removed;
    newLine += added;
    at = end;
  }
  return printed;
}

/** Behind the context of the last change that is not further from the one before than two contexts. */
function hunkEnd(lines: readonly Line[], change: number): number {
  let end = change;
  for (let at = change; at < lines.length && at <= end + 2 * CONTEXT; at++) if (lines[at]!.mark !== " ") end = at;
  return Math.min(lines.length, end + CONTEXT + 1);
}

/** An empty span stands behind the line before it, as diff(1) counts. */
function span(line: number, count: number): string {
  if (count === 1) return String(line);
  return count === 0 ? `${line - 1},0` : `${line},${count}`;
}
