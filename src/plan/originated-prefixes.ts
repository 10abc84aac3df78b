import type { OriginatedPrefix } from "./node-plan.js";

/** By prefix, each once: of several with the same prefix the first. */
export function distinct(prefixes: readonly OriginatedPrefix[]): readonly OriginatedPrefix[] {
  const sorted = [...prefixes].sort((a, b) => a.prefix.compare(b.prefix));
  return sorted.filter(({ prefix }, index) => index === 0 || !prefix.equals(sorted[index - 1]!.prefix));
}

/** What the others have not. Both are by prefix, so one walk over both finds it: they may be tens of thousands. */
export function onlyIn(prefixes: readonly OriginatedPrefix[], others: readonly OriginatedPrefix[]): readonly OriginatedPrefix[] {
  let at = 0;
  return prefixes.filter(({ type, prefix }) => {
    while (at < others.length && others[at]!.prefix.compare(prefix) < 0) at++;
    const other = others[at];
    return other === undefined || other.type !== type || !other.prefix.equals(prefix);
  });
}
