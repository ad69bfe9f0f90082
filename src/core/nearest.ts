/** "Did you mean": the known word at most two edits away from what was written. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let score = 3;
  for (const candidate of known) {
    const d = distance(word.toLowerCase(), candidate.toLowerCase());
    if (d < score) [best, score] = [candidate, d];
  }
  return best;
}

function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}

/** For the end of a message; empty where no known word is near. */
export function didYouMean(word: string, words: Iterable<string>): string {
  // Two edits turn a very short word into anything.
  const near = word.length > 2 ? nearest(word, words) : undefined;
  return near ? ` Did you mean "${near}"?` : '';
}
