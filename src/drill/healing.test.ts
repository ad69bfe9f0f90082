import { describe, expect, it } from 'vitest';
import { until } from '../core/until.js';
import type { Heal } from '../faults/types.js';
import { healing } from './healing.js';

/** A fault on three nodes, and what of it was undone. */
function faultOn(targets: string[], divisible: boolean) {
  const undone: string[] = [];
  const record: { type: string; targets: string[]; healedAt?: number; healed?: Record<string, number> } = {
    type: 'kill',
    targets,
  };
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
    expect({ undone, record }).toEqual({ undone: ['all'], record: { type: 'kill', targets: ['a', 'b'], healedAt: 1 } });
  });

  it('is undone on the node that is named, and stays on the others', async () => {
    const { heal, record, undone } = faultOn(['a', 'b'], true);
    expect(await heal(['a', 'x'])).toEqual(['a']);
    expect({ undone, record }).toEqual({
      undone: ['a'],
      record: { type: 'kill', targets: ['a', 'b'], healed: { a: 1 } },
    });
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
      { type: 'kill', targets: ['a'] },
      { now: () => 1 },
    );
    await expect(heal()).rejects.toThrow('not now');
    expect(await heal()).toEqual(['a']);
  });
});

describe('a heal that never comes back', () => {
  /** @returns how to undo a fault of this type, and how to let it come back. */
  function held(type: string) {
    let [calls, release] = [0, (): void => undefined];
    const work = async (): Promise<void> => {
      if (++calls > 1) return;
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    };
    const record: { type: string; targets: string[]; healedAt?: number } = { type, targets: ['a'] };
    const heal = healing({ heal: work }, record, { now: () => 1 }, 20);
    return { heal, record, calls: () => calls, letGo: () => release() };
  }

  it("is not waited for longer than its bound where it is a user's, nor called again meanwhile", async () => {
    const { heal, record, calls, letGo } = held('of-a-user');
    await expect(heal()).rejects.toThrow(/^heal did not come back within \d+ ms$/);
    await expect(heal()).rejects.toThrow(/^heal did not come back/);
    expect([calls(), record.healedAt]).toEqual([1, undefined]);
    letGo();
    await until(
      () => heal().catch(() => []),
      (names) => names.length > 0,
      { describe: 'it is tried again', within: 1000, every: 1 },
    );
    expect([calls(), record.healedAt]).toEqual([2, 1]);
  });

  it('is waited for where it is ours: that has budgets of its own', async () => {
    const { heal, letGo } = held('kill');
    const done = heal();
    setTimeout(letGo, 60);
    expect(await done).toEqual(['a']);
  });
});
