/**
 * The candidate a misspelt word was most likely meant to be; null when none is near.
 * @param most slips allowed; by default one in three letters
 */
export function nearMiss<W extends string>(
  word: string,
  candidates: Iterable<W>,
  most = Math.max(1, Math.floor(word.length / 3)),
): W | null {
  if (word.length > 64) return null;
  let best: W | null = null;
  let bestDistance = most + 1;
  for (const candidate of candidates) {
    const distance = editDistance(plain(word), plain(candidate));
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Case, hyphens and underscores are the commonest slips, so they cost nothing. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[-_]/g, "");
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let previous: number[] = [];
  let current = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = current[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(current[j]! + 1, next[j - 1]! + 1, substitution);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) next[j] = Math.min(next[j]!, previous[j - 2]! + 1);
    }
    [previous, current] = [current, next];
  }
  return current[b.length]!;
}
