import leven from 'leven';

/** "Did you mean": the known word at most two edits away from what was written. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let score = 3;
  for (const candidate of known) {
    const d = leven(word.toLowerCase(), candidate.toLowerCase(), { maxDistance: score });
    if (d < score) [best, score] = [candidate, d];
  }
  return best;
}

/** For the end of a message; empty where no known word is near. */
export function didYouMean(word: string, words: Iterable<string>): string {
  // Two edits turn a very short word into anything.
  const near = word.length > 2 ? nearest(word, words) : undefined;
  return near ? ` Did you mean "${near}"?` : '';
}
