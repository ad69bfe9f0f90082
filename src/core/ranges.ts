/** Whole numbers in ascending order as ranges, first and last included: 1, 2, 3, 7 → [1, 3], [7, 7]. */
export function rangesOf(numbers: readonly number[]): [first: number, last: number][] {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges;
}

/** "42, 50-60" */
export const rangesInWords = (ranges: readonly (readonly [first: number, last: number])[]): string =>
  ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
