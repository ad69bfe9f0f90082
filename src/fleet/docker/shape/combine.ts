/** Several shapings of one way are one impairment; destinations that suffer the same are one class. Plain data, no effects. */
import type { Impairment, Way } from '../../types.js';

/** How rules name a destination: an address, or "clients". */
export type Address = string;

export interface Class {
  to: Address[];
  suffers: Impairment;
}

/** What a packet suffers that suffers all of these. */
export function together(all: readonly Impairment[]): Impairment {
  const some = <K extends keyof Impairment>(key: K): NonNullable<Impairment[K]>[] =>
    all.flatMap((one) => one[key] ?? []) as NonNullable<Impairment[K]>[];
  const sum = (key: 'delay' | 'jitter'): number => some(key).reduce((a, b) => a + b, 0);
  // What happens to it at all, where each of them alone happens with its own likelihood.
  const atAll = (key: 'loss' | 'duplicate' | 'reorder'): number => some(key).reduce((p, q) => p + q - p * q, 0);
  const rates = some('rate');
  const distribution = some('distribution').at(-1);
  return {
    ...(sum('delay') > 0 && { delay: sum('delay') }),
    ...(sum('jitter') > 0 && { jitter: sum('jitter'), ...(distribution && { distribution }) }),
    ...(atAll('loss') > 0 && { loss: atAll('loss') }),
    ...(atAll('duplicate') > 0 && { duplicate: atAll('duplicate') }),
    ...(atAll('reorder') > 0 && { reorder: atAll('reorder'), gap: Math.max(...some('gap')) }),
    ...(rates.length > 0 && { rate: Math.min(...rates) }),
  };
}

/** What the packets of one container suffer, by the destinations that suffer alike. */
export function classesOf(container: string, layers: Iterable<readonly Way[]>): Class[] {
  const suffered = new Map<Address, Impairment[]>();
  for (const ways of layers)
    for (const { from, to, suffers } of ways) {
      if (from.name !== container) continue;
      for (const destination of to) {
        const address = destination === 'clients' ? 'clients' : destination.ip;
        suffered.set(address, [...(suffered.get(address) ?? []), suffers]);
      }
    }
  const classes = new Map<string, Class>();
  for (const [address, all] of suffered) {
    const suffers = together(all);
    if (Object.keys(suffers).length === 0) continue;
    const key = JSON.stringify(suffers);
    const known = classes.get(key);
    if (known) known.to.push(address);
    else classes.set(key, { to: [address], suffers });
  }
  return [...classes.values()];
}
