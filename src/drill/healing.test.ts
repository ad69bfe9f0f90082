import { describe, expect, it } from 'vitest';
import type { Heal } from '../faults/types.js';
import { healing } from './healing.js';

/** A fault on three nodes, and what of it was undone. */
function faultOn(targets: string[], divisible: boolean) {
  const undone: string[] = [];
  const record: { targets: string[]; healedAt?: number; healed?: Record<string, number> } = { targets };
  const apart = new Map<string, Heal>(targets.map((name) => [name, async () => void undone.push(name)]));
  let t = 0;
  const heal = healing({ heal: async () => void undone.push('all'), ...(divisible && { apart }) }, record, {
    now: () => ++t,
  });
  return { heal, record, undone };
}

describe('a fault on several nodes', () => {
  it('is undone as a whole where nobody names nodes', async () => {
    const { heal, record, undone } = faultOn(['a', 'b'], true);
    expect(await heal()).toEqual(['a', 'b']);
    expect({ undone, record }).toEqual({ undone: ['all'], record: { targets: ['a', 'b'], healedAt: 1 } });
  });

  it('is undone on the node that is named, and stays on the others', async () => {
    const { heal, record, undone } = faultOn(['a', 'b'], true);
    expect(await heal(['a', 'x'])).toEqual(['a']);
    expect({ undone, record }).toEqual({ undone: ['a'], record: { targets: ['a', 'b'], healed: { a: 1 } } });
  });

  it('is undone on what is left where somebody was quicker on a part of it', async () => {
    const { heal, record, undone } = faultOn(['a', 'b', 'c'], true);
    await heal(['b']);
    expect(await heal()).toEqual(['a', 'c']);
    expect(await heal()).toEqual([]);
    expect(undone).toEqual(['b', 'a', 'c']);
    expect(record.healedAt).toBeGreaterThan(0);
  });

  it('is over when each of its nodes was named', async () => {
    const { heal, record, undone } = faultOn(['a', 'b'], true);
    await Promise.all([heal(['a']), heal(['a']), heal(['b'])]);
    expect(undone).toEqual(['a', 'b']);
    expect(record.healedAt).toBeGreaterThan(0);
  });

  it('stays as it is where it can only be undone as a whole, until each of its nodes was named', async () => {
    const { heal, undone } = faultOn(['a', 'b'], false);
    expect(await heal(['a'])).toEqual([]);
    expect(undone).toEqual([]);
    expect(await heal(['b'])).toEqual(['a', 'b']);
    expect(undone).toEqual(['all']);
  });

  it('is tried again after it could not be undone', async () => {
    let tries = 0;
    const heal = healing(
      {
        heal: async () => {
          if (++tries === 1) throw new Error('not now');
        },
      },
      { targets: ['a'] },
      { now: () => 1 },
    );
    await expect(heal()).rejects.toThrow('not now');
    expect(await heal()).toEqual(['a']);
  });
});
