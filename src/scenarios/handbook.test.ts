/** Nothing of the handbook is left out: every heading has something behind it, every failure a fault and a drill. */
import { describe, expect, it } from 'vitest';
import { loadCatalogue } from './catalogue.js';
import { describeFaults, describeObjectives, describeProcedures } from './describe-registry.js';
import { drillsWith, mapHandbook, sections } from './handbook.js';

const catalogue = (await loadCatalogue(['scenarios'])).flatMap(({ scenarios }) => scenarios);
const mapped = mapHandbook(catalogue);

describe('the handbook', () => {
  it('has its headings in order, from 1 to 9.2, none twice', () => {
    const numbers = sections.map(({ number }) => number);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect([...numbers].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))).toEqual(numbers);
    expect([numbers[0], numbers.at(-1)]).toEqual(['1', '9.2']);
    // No heading without the one above it.
    for (const number of numbers.filter((n) => n.includes('.')))
      expect(numbers).toContain(number.slice(0, number.lastIndexOf('.')));
  });

  it.each(mapped.map((section) => [section.number, section] as const))(
    '%s is implemented by something',
    (_, section) => {
      const { faults, procedures, objectives, scenarios, also } = section;
      expect([...faults, ...procedures, ...objectives, ...scenarios, ...(also ? [also] : [])]).not.toEqual([]);
    },
  );

  it.each(
    mapped.flatMap(({ number, bullets = [] }) =>
      bullets.map((bullet) => [`${number} ${bullet.text}`, bullet] as const),
    ),
  )('%s has a fault and a drill', (_, { faults }) => {
    const known = describeFaults().map(({ name }) => name);
    expect(faults.filter((fault) => !known.includes(fault))).toEqual([]);
    expect(faults.flatMap((fault) => drillsWith(fault, catalogue))).not.toEqual([]);
  });

  it('is named rightly wherever it is named', () => {
    const known = sections.map(({ number }) => number);
    const named = [
      ...[...describeFaults(), ...describeProcedures(), ...describeObjectives()].map(
        ({ name, handbook }) => [name, handbook] as const,
      ),
      ...catalogue.map(({ name, handbook }) => [name, handbook] as const),
    ];
    for (const [name, numbers] of named)
      expect(
        numbers.filter((n) => !known.includes(n)),
        name,
      ).toEqual([]);
  });

  it('lists every bullet of its list of failures', () => {
    // Its section 2.1 has six bullets in each of four lists.
    const listed = mapped.filter(({ bullets }) => bullets);
    expect(listed.map(({ number, bullets }) => [number, bullets!.length])).toEqual([
      ['2.1.1', 6],
      ['2.1.2', 6],
      ['2.1.3', 6],
      ['2.1.4', 6],
    ]);
  });

  it('sees every registered fault in a drill', () => {
    const names = describeFaults().map(({ name }) => name);
    expect(names.filter((name) => drillsWith(name, catalogue).length === 0)).toEqual([]);
  });
});
