/** Arithmetic of stretches of time. A stretch is [from, to]; one of no length is empty. */
export interface Stretch {
  from: number;
  to: number;
}

/** The part of `a` that lies in `b`; undefined when they only touch or are apart. */
export function overlap(a: Stretch, b: Stretch): Stretch | undefined {
  const from = Math.max(a.from, b.from);
  const to = Math.min(a.to, b.to);
  return from < to ? { from, to } : undefined;
}

/** The same moments as disjoint stretches in order. Stretches at most `slack` apart become one. */
export function union(stretches: readonly Stretch[], slack = 0): Stretch[] {
  const out: Stretch[] = [];
  for (const { from, to } of [...stretches].sort((a, b) => a.from - b.from)) {
    const last = out.at(-1);
    if (last && from <= last.to + slack) last.to = Math.max(last.to, to);
    else out.push({ from, to });
  }
  return out;
}

export const total = (stretches: readonly Stretch[]): number => stretches.reduce((sum, s) => sum + s.to - s.from, 0);

/** How much of `within` the stretches cover, overlaps counted once. */
export const covered = (stretches: readonly Stretch[], within: Stretch): number =>
  total(union(stretches.flatMap((s) => overlap(s, within) ?? [])));
