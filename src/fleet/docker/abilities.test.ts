import { describe, expect, it } from 'vitest';
import { abilities } from '../abilities.js';
import type { Ability } from '../types.js';
import { abilitiesOf, takesTools } from './abilities.js';

const cgroups = { memory: true, cpu: true, freezer: true };
const all = Object.keys(abilities) as Ability[];

describe('what Docker can do', () => {
  it('is everything, where all is there and was asked for', () => {
    const { can, lacks } = abilitiesOf({ needs: all, cgroups, kernel: new Set(['netem', 'htb']) });
    expect([...can]).toEqual(all);
    expect(lacks.size).toBe(0);
  });

  it('is without what was not asked for and takes preparation, and with all that takes none', () => {
    const { can, lacks } = abilitiesOf({ needs: [], cgroups });
    expect([...lacks.keys()].sort()).toEqual(
      [
        'cut',
        'names',
        'reset',
        'see-network',
        'shape',
        'skew-clock',
        'split',
        'throttle',
        'vanish',
        'watch-apart',
        'watch-detached',
      ].sort(),
    );
    expect(can.has('freeze')).toBe(true);
    expect(takesTools([...can])).toBe(false);
  });

  it.each<[string, Parameters<typeof abilitiesOf>[0], Ability[]]>([
    [
      'a kernel with the queue alone can shape, and not throttle',
      { needs: all, cgroups, kernel: new Set(['queue']) },
      ['throttle'],
    ],
    ['netem takes a class of its own', { needs: all, cgroups, kernel: new Set(['netem']) }, ['shape', 'throttle']],
    ['no tools, nothing from beside', { needs: ['cut', 'freeze'], cgroups, noTools: 'no image' }, ['cut']],
    ['no holder', { needs: [], cgroups, noHolder: 'no compiler' }, ['stop-without-container']],
    [
      'no cgroups',
      { needs: [], cgroups: { memory: false, cpu: false, freezer: false } },
      ['freeze', 'limit-cpu', 'limit-memory'],
    ],
  ])('%s', (_, found, missing) => {
    const { can, lacks } = abilitiesOf(found);
    const asked = new Set<Ability>([...found.needs, 'freeze', 'limit-cpu', 'limit-memory', 'stop-without-container']);
    expect([...asked].filter((ability) => !can.has(ability)).sort()).toEqual([...missing].sort());
    for (const ability of missing) expect(lacks.get(ability)).not.toBe('');
  });
});
