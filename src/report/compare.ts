/** Runs of one scenario side by side: the variants of its matrix, each as often as it was repeated. Pure. */
import { type Finding, type RunVerdict, type Unit, worstRun } from '../assertions/types.js';
import { recoveryOf } from '../timeline/longest.js';
import type { Phase } from '../timeline/types.js';
import type { Result } from './types.js';

export interface Comparison {
  scenario: string;
  variants: ComparedVariant[];
  /** In the scenario's order, each by the finding that says what was asked. */
  objectives: Finding[];
  /** At least one variant ran more than once: values are medians. */
  repeated: boolean;
}

export interface ComparedVariant {
  label: string;
  runs: Result[];
  verdict: RunVerdict;
  /** Why nothing was tried. */
  skipped?: string;
  /** One for each objective of the comparison. */
  cells: Cell[];
  /** Of the run whose recovery is the median one of those that recovered: the medians of single phases would not add up. */
  phases: Phase[];
  /** Runs that lost their service, and in which it came back. */
  interrupted: number;
  recovered: number;
}

export interface Cell {
  unit: Unit;
  verdict: RunVerdict;
  /** Over the runs in which it was measured; null: in none of them. */
  median: number | 'never' | null;
  lowest: number | 'never' | null;
  highest: number | 'never' | null;
  /** Of so many runs: in how many it was measured, in how many it never came, and in how many it was met. */
  runs: number;
  measured: number;
  never: number;
  met: number;
  mark?: 'best' | 'worst';
}

/** Scenarios of which there is more than one run, in the order of the runs. */
export function compare(results: readonly Result[]): Comparison[] {
  const groups = group(results, ({ scenario }) => `${scenario.file ?? ''} ${scenario.variant?.of ?? scenario.name}`);
  return groups.filter((runs) => runs.length > 1).map(comparisonOf);
}

function comparisonOf(results: Result[]): Comparison {
  const objectives = results[0]!.findings;
  const variants = group(results, ({ scenario }) => scenario.variant?.label ?? scenario.name).map((runs) =>
    variantOf(runs, objectives),
  );
  objectives.forEach((objective, i) => {
    markExtremes(
      variants.map(({ cells }) => cells[i]!),
      variants.map(({ runs }) => runs.flatMap((run) => findingOf(run, objective) ?? [])),
      objective.limit.op.startsWith('<') ? 1 : -1,
    );
  });
  const [first] = results;
  return {
    scenario: first!.scenario.variant?.of ?? first!.scenario.name,
    variants,
    objectives,
    repeated: variants.some(({ runs }) => runs.length > 1),
  };
}

function variantOf(runs: Result[], objectives: Finding[]): ComparedVariant {
  const verdict = runs.every((run) => run.verdict === 'skipped') ? 'skipped' : worstRun(runs.map((r) => r.verdict));
  const [first] = runs;
  const recoveries = runs.map((run) => ({
    run,
    all: run.incidents.map(recoveryOf).filter((one) => one !== undefined),
  }));
  const interrupted = recoveries.filter(({ all }) => all.length > 0);
  const recovered = interrupted.filter(({ all }) => !all.includes('never')).map(({ run }) => run);
  return {
    label: first!.scenario.variant?.label ?? first!.scenario.name,
    runs,
    verdict,
    ...(verdict === 'skipped' && first!.skipped && { skipped: first!.skipped }),
    cells: objectives.map((objective) => cellOf(runs, objective)),
    phases: medianRun(recovered)?.phases ?? [],
    interrupted: interrupted.length,
    recovered: recovered.length,
  };
}

const findingOf = (run: Result, { objective, limit }: Finding): Finding | undefined =>
  run.findings.find((f) => f.objective === objective && f.limit.text === limit.text);

function cellOf(runs: Result[], objective: Finding): Cell {
  const findings = runs.flatMap((run) => findingOf(run, objective) ?? []);
  const values = findings.flatMap(({ measured }) => (measured.value === null ? [] : [measured.value])).sort(byValue);
  return {
    unit: objective.unit,
    verdict: runs.every((run) => run.verdict === 'skipped') ? 'skipped' : worstRun(findings.map((f) => f.verdict)),
    median: medianOf(values),
    lowest: values[0] ?? null,
    highest: values.at(-1) ?? null,
    runs: findings.length,
    measured: values.length,
    never: values.filter((value) => value === 'never').length,
    met: findings.filter((f) => f.verdict === 'pass').length,
  };
}

type Value = number | 'never';
const size = (value: Value): number => (value === 'never' ? Number.POSITIVE_INFINITY : value);
/** Infinity - Infinity is no number, and no order. */
const byValue = (a: Value, b: Value): number => (size(a) === size(b) ? 0 : size(a) < size(b) ? -1 : 1);

/** Between two values in the middle their mean, unless one of them is "never". */
function medianOf(sorted: readonly Value[]): Value | null {
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  if (low === undefined || high === undefined) return null;
  return low === 'never' || high === 'never' ? high : (low + high) / 2;
}

/**
 * Words only where there is a difference: the best and the worst are marked when not even their spreads (of repeated runs,
 * or the uncertainty of a single one) touch, nor that of the next variant.
 */
function markExtremes(cells: Cell[], findings: Finding[][], sign: 1 | -1): void {
  const known = cells.flatMap((cell, i) => {
    if (cell.median === null) return [];
    const unsure = Math.max(0, ...findings[i]!.map(uncertaintyOf));
    return [
      { cell, at: sign * size(cell.median), from: size(cell.lowest!) - unsure, to: size(cell.highest!) + unsure },
    ];
  });
  const sorted = known.sort((a, b) => (a.at === b.at ? 0 : a.at < b.at ? -1 : 1));
  const [best, second] = sorted;
  const [before, worst] = sorted.slice(-2);
  if (!best || !second || !worst || !before) return;
  if (touch(best, worst)) return;
  if (!touch(best, second)) best.cell.mark = 'best';
  if (!touch(before, worst)) worst.cell.mark = 'worst';
}

interface Spread {
  from: number;
  to: number;
}
const touch = (a: Spread, b: Spread): boolean => a.from <= b.to && b.from <= a.to;

const uncertaintyOf = ({ measured }: Finding): number =>
  typeof measured.value === 'number' && 'uncertainty' in measured ? (measured.uncertainty ?? 0) : 0;

/** By the time until service is back; of an even number the faster one. */
function medianRun(recovered: readonly Result[]): Result | undefined {
  const sorted = [...recovered].sort((a, b) => serviceAfter(a.phases) - serviceAfter(b.phases));
  return sorted[Math.ceil(sorted.length / 2) - 1];
}

/** The phases until service is back. */
export const untilServed = (phases: readonly Phase[]): Phase[] => {
  const served = phases.findIndex(({ name }) => name === 'served');
  return phases.slice(0, served < 0 ? phases.length : served + 1);
};

export const serviceAfter = (phases: readonly Phase[]): number =>
  untilServed(phases).reduce((sum, { ms }) => sum + ms, 0);

function group<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return [...groups.values()];
}
