/** Quotes as word processors and old web pages print them, and the space they leave. */
const TYPOGRAPHIC = /[“”„″‘’‚′\u00a0]/;

export function hasTypographicQuotes(text: string): boolean {
  return TYPOGRAPHIC.test(text);
}

/** Typographic quotes made straight, non-breaking spaces plain. */
export function straighten(text: string): string {
  return text
    .replace(/[“”„″]/g, '"')
    .replace(/[‘’‚′]/g, "'")
    .replaceAll("\u00a0", " ");
}

/** The text inside a pair of typographic quotes around the whole of it; null when there is none. */
export function unquoteTypographic(text: string): string | null {
  const inside = /^[“”„″‘’‚′]([^“”„″‘’‚′]*)[“”„″‘’‚′]$/.exec(text);
  return inside ? inside[1]! : null;
}
