const MARKER = "---";

/**
 * Cuts a file before each of its `---` lines: each part is read alone, so that an edit of one document leaves the others
 * as they are. YAML ends whatever is open at such a line, a block scalar too (YAML 1.2 §9.1.2). A file with directives,
 * with `...` lines or with line ends that only old systems write stays whole: there a part depends on the one before.
 */
export function splitDocuments(text: string): readonly string[] {
  if (!isCuttable(text)) return [text];
  const parts: string[] = [];
  let start = 0;
  for (let at = text.indexOf(`\n${MARKER}`); at >= 0; at = text.indexOf(`\n${MARKER}`, at + 1)) {
    if (!endsMarker(text[at + 1 + MARKER.length])) continue;
    parts.push(text.slice(start, at + 1));
    start = at + 1;
  }
  parts.push(text.slice(start));
  return parts;
}

function isCuttable(text: string): boolean {
  const startsLine = (mark: string) => text.startsWith(mark) || text.includes(`\n${mark}`);
  return !startsLine("%") && !startsLine("...") && !(text.includes("\r") && /\r(?!\n)/.test(text));
}

function endsMarker(character: string | undefined): boolean {
  return character === undefined || " \t\r\n".includes(character);
}
