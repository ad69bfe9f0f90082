import { describe, expect, it, test } from 'vitest';
import { type Cell, type Comparison, compare, serviceAfter } from './compare.js';
import { comparisonMarkdown, comparisonText } from './comparison-text.js';
import { renderOverview } from './html/overview.js';
import { inputOf } from './testing/inputs.js';
import { variantRun, variantSkipped, variantUninterrupted } from './testing/variants.js';
import type { Result } from './types.js';

const only = (results: Result[]): Comparison => {
  const comparisons = compare(results);
  expect(comparisons).toHaveLength(1);
  return comparisons[0]!;
};
const column = (comparison: Comparison, objective: string): Cell[] => {
  const i = comparison.objectives.findIndex((o) => o.objective === objective);
  return comparison.variants.map(({ cells }) => cells[i]!);
};
const marks = (cells: Cell[]) => cells.map(({ mark }) => mark);

describe('a comparison', () => {
  it('has a row for each variant and a column for each objective', () => {
    const comparison = only([variantRun('redis:7.0', 3400), variantRun('valkey:9.1', 2600)]);
    expect(comparison.scenario).toBe('server-versions');
    expect(comparison.repeated).toBe(false);
    expect(comparison.variants.map(({ label }) => label)).toEqual(['redis:7.0', 'valkey:9.1']);
    expect(column(comparison, 'recovery_time').map(({ median }) => median)).toEqual([3400, 2600]);
  });

  it('is made for repeated runs, and not for a single one or for two different scenarios', () => {
    expect(compare([inputOf('segfault').result, inputOf('minority').result])).toEqual([]);
    const twice = only([inputOf('segfault').result, inputOf('segfault').result]);
    expect(twice.variants).toHaveLength(1);
    expect(twice.repeated).toBe(true);
  });

  it('takes the median, with the spread beside it; between two values in the middle their mean', () => {
    const runs = [3000, 5000, 3200].map((ms) => variantRun('a', ms));
    const [cell] = column(only(runs), 'recovery_time');
    expect(cell).toMatchObject({ median: 3200, lowest: 3000, highest: 5000, measured: 3, met: 3 });
    expect(column(only(runs.slice(0, 2)), 'recovery_time')[0]!.median).toBe(4000);
  });

  it('counts a recovery that never came as worse than any time', () => {
    const [half] = column(only([variantRun('a', 3000), variantRun('a', 'never')]), 'recovery_time');
    expect(half).toMatchObject({ median: 'never', lowest: 3000, highest: 'never', met: 1, verdict: 'fail' });
    const [rare] = column(only([3000, 3100, 'never' as const].map((t) => variantRun('a', t))), 'recovery_time');
    expect(rare!.median).toBe(3100);
  });

  it('does not take what nobody measured for a value', () => {
    const [some] = column(only([variantRun('a', null), variantRun('a', 3000)]), 'recovery_time');
    expect(some).toMatchObject({ median: 3000, measured: 1, verdict: 'inconclusive' });
    const [none] = column(only([variantRun('a', null), variantRun('b', 3000)]), 'recovery_time');
    expect(none).toMatchObject({ median: null, measured: 0 });
  });

  it('keeps a skipped variant in its row, with the reason, and out of every judgement', () => {
    const comparison = only([variantSkipped('redis:6.0'), variantRun('redis:7.0', 3400), variantRun('valkey', 2600)]);
    const [row] = comparison.variants;
    expect(row).toMatchObject({ verdict: 'skipped', skipped: "kill can't work on redis 6.0: it has no signals" });
    expect(marks(column(comparison, 'recovery_time'))).toEqual([undefined, 'worst', 'best']);
  });

  it('shows the phases of the run with the median recovery, so that they add up', () => {
    const comparison = only([3000, 5000, 3200].map((ms) => variantRun('a', ms)));
    expect(serviceAfter(comparison.variants[0]!.phases)).toBeCloseTo(3200, 6);
  });

  it('says of how many runs it speaks, and shows no recovery of a run that had none', () => {
    const text = comparisonText(only([variantRun('a', 3400), variantRun('a', 'never'), variantRun('b', 'never')]));
    expect(text).toMatch(/^ +a +✗ fail +✗ never \(3\.4 s to never; never in 1 of 2 runs\)/m);
    expect(text).toMatch(/^ +a +3\.4 s += suspected .* \(1 of 2 runs recovered\)$/m);
    expect(text).toMatch(/^ +b +never += 0 of 1 run recovered$/m);
    expect(comparisonText(only([variantRun('a', null), variantRun('a', 3000)]))).toContain('measured in 1 of 2 runs');
  });

  it('does not take a run that was never interrupted for one that did not recover', () => {
    const text = comparisonText(only([variantUninterrupted('a'), variantRun('a', 3400), variantRun('a', 3000)]));
    expect(text).toMatch(/^ +a +3 s += suspected .* \(not interrupted in 1 of 3 runs\)$/m);
    expect(comparisonText(only([variantUninterrupted('a'), variantUninterrupted('a')]))).not.toContain(
      'phase by phase',
    );
  });
});

describe('best and worst', () => {
  const of = (...runs: Result[]) => marks(column(only(runs), 'recovery_time'));

  it('are said where there is a difference', () => {
    expect(of(variantRun('a', 3000), variantRun('b', 4000), variantRun('c', 2000))).toEqual([
      undefined,
      'worst',
      'best',
    ]);
    expect(of(variantRun('a', 3000), variantRun('b', 'never'))).toEqual(['best', 'worst']);
  });

  it('are not said of differences below what the measurement may be off, or within the spread of the runs', () => {
    expect(of(variantRun('a', 3000, 0, 10), variantRun('b', 3015, 0, 10))).toEqual([undefined, undefined]);
    const spread = [2500, 3000, 4200].map((ms) => variantRun('a', ms));
    expect(of(...spread, variantRun('b', 4000))).toEqual([undefined, undefined]);
    expect(of(...spread, variantRun('b', 4400))).toEqual(['best', 'worst']);
  });

  it('are not said of one that is hardly better or worse than the next', () => {
    const [a, b, c] = [2000, 3990, 4000].map((ms, i) => variantRun('abc'[i]!, ms, 0, 10));
    expect(of(a!, b!, c!)).toEqual(['best', undefined, undefined]);
  });

  it('are not said of a value that several share', () => {
    const lost = (n: number, label: string) => variantRun(label, 3000, n);
    const comparison = only([lost(0, 'a'), lost(0, 'b'), lost(7, 'c')]);
    expect(marks(column(comparison, 'lost_acknowledged_writes'))).toEqual([undefined, undefined, 'worst']);
    expect(marks(column(comparison, 'availability'))).toEqual([undefined, undefined, undefined]);
  });
});

const matrix = [
  variantSkipped('redis:6.0'),
  ...[3400, 3600, 3500].map((ms) => variantRun('redis:7.0', ms)),
  ...[2600, 2500, 9000].map((ms) => variantRun('valkey/valkey:9.1', ms)),
];

test('the console gets a table, the reasons and the phases', () => {
  const text = comparisonText(only(matrix));
  expect(text).toMatch(/^server-versions: 3 variants compared, medians of 1 to 3 runs each\n/);
  expect(text).toMatch(/redis:7\.0 +✓ pass +3\.5 s \(3\.4 s to 3\.6 s\)/);
  expect(text).toMatch(/valkey\/valkey:9\.1 +✗ fail +✗ 2\.6 s \(2\.5 s to 9 s\)/);
  expect(text).toMatch(/redis:6\.0 skipped: kill can't work/);
  expect(text).toMatch(/redis:7\.0 +3\.5 s += suspected 2\.47 s \+ agreed/);
});

test('a pull request gets the same as tables, and text stays text', () => {
  const text = comparisonMarkdown(only([...matrix, variantRun('<b>|x', 3000)]));
  expect(text).toContain('### server-versions: 4 variants compared');
  expect(text).toContain('&lt;b&gt;\\|x');
  expect(text).not.toContain('<b>');
});

describe('the overview', () => {
  const html = renderOverview(matrix.map((result, i) => ({ result, href: `${i}/index.html` })));

  it('compares variants by words, numbers and bars on one scale', () => {
    expect(html).toContain('3 variants compared');
    expect(html).toContain('3.4 s to 3.6 s');
    expect(html).toContain('2 of 3 met');
    const widths = [...html.matchAll(/style="width:([\d.]+)%;?" title="(\w+)/g)].map((m) => Number(m[1]));
    expect(Math.max(...widths)).toBeLessThanOrEqual(100);
    // The longest recovery fills its row.
    expect(widths.slice(0, 5).reduce((a, b) => a + b)).toBeCloseTo(100, 1);
  });

  it('shows no comparison where there is nothing to compare', () => {
    const one = renderOverview([{ result: matrix[1]!, href: 'index.html' }]);
    expect(one).not.toContain('compared');
  });
});
