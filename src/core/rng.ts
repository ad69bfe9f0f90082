/** A small seeded generator (sfc32): the same seed gives the same drill on every machine. */
export interface Rng {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, n). */
  below(n: number): number;
  pick<T>(items: readonly T[]): T;
  shuffle<T>(items: readonly T[]): T[];
  hex(length: number): string;
  /** An independent generator whose numbers depend only on the seed and this name. */
  fork(name: string): Rng;
}

function hash(text: string): [number, number, number, number] {
  // FNV-1a, four times with different offsets: enough to spread seeds that differ in one character.
  const lanes = [0x811c9dc5, 0x01000193, 0x9e3779b9, 0x85ebca6b].map((lane) => {
    let h = lane;
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
    return h >>> 0;
  });
  return lanes as [number, number, number, number];
}

export function seeded(seed: string | number): Rng {
  const name = String(seed);
  let [a, b, c, d] = hash(name);
  const step = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    return (t >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 16; i++) step();
  const below = (n: number): number => Math.floor(step() * n);
  return {
    next: step,
    below,
    pick: (items) => {
      if (items.length === 0) throw new RangeError('pick from nothing');
      return items[below(items.length)]!;
    },
    shuffle: (items) => {
      const out = [...items];
      for (let i = out.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [out[i], out[j]] = [out[j]!, out[i]!];
      }
      return out;
    },
    hex: (length) => Array.from({ length }, () => below(16).toString(16)).join(''),
    fork: (child) => seeded(`${name}/${child}`),
  };
}
