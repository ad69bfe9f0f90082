/** A comparison in a few lines: a table for the console, and one for a pull request or a job summary. */
import { columns } from '../core/columns.js';
import { harmless } from '../core/harmless.js';
import { formatDuration, plural } from '../core/units.js';
import { type Cell, type ComparedVariant, type Comparison, serviceAfter, untilServed } from './compare.js';
import { formatLimit, formatValue, humanName } from './format.js';
import { md, table } from './markdown.js';
import { icon } from './story.js';

export const titleOf = ({ scenario, variants, repeated }: Comparison): string => {
  const runs = variants.map((variant) => variant.runs.length);
  if (variants.length === 1) return `${scenario}: medians of ${plural(runs[0]!, 'run')}`;
  const each =
    new Set(runs).size === 1 ? `${runs[0]} runs each` : `${Math.min(...runs)} to ${Math.max(...runs)} runs each`;
  return `${scenario}: ${plural(variants.length, 'variant')} compared${repeated ? `, medians of ${each}` : ''}`;
};

export const valueText = (value: Cell['median'], { unit }: Cell): string =>
  value === null ? 'not measured' : value === 'never' ? 'never' : formatValue(value, unit);

/** "3.1 s to 3.9 s"; empty where the runs do not differ, or there is only one. */
export const spreadText = (cell: Cell): string =>
  cell.measured < 2 || cell.lowest === cell.highest
    ? ''
    : `${valueText(cell.lowest, cell)} to ${valueText(cell.highest, cell)}`;

/** What a median does not say: "never in 1 of 2 runs"; empty where every run has a value. */
export const gapsText = ({ runs, measured, never }: Cell): string =>
  runs < 2
    ? ''
    : [
        ...(never > 0 ? [`never in ${never} of ${runs} runs`] : []),
        ...(measured > 0 && measured < runs ? [`measured in ${measured} of ${runs} runs`] : []),
      ].join(', ');

function cellText(cell: Cell): string {
  if (cell.verdict === 'skipped') return '';
  const sign = cell.verdict === 'pass' ? '' : `${icon(cell.verdict)} `;
  const more = [spreadText(cell), gapsText(cell)].filter(Boolean).join('; ');
  return `${sign}${valueText(cell.median, cell)}${more ? ` (${more})` : ''}${cell.mark ? ` ${cell.mark}` : ''}`;
}

/** A console is narrow: limits stand with each run. */
const head = ({ objectives }: Comparison, limits: boolean): string[] => [
  'variant',
  '',
  ...objectives.map((o) => `${humanName(o.objective)}${limits ? `, ${formatLimit(o)}` : ''}`),
];

const rows = ({ variants }: Comparison): string[][] =>
  variants.map(({ label, verdict, skipped, cells }) => [
    label,
    `${icon(verdict)} ${verdict}`,
    ...(skipped === undefined ? cells.map(cellText) : [skipped]),
  ]);

/** "redis:7.0  3.4 s = suspected 2.1 s + agreed 300 ms + …" */
export const phasesText = (phases: Comparison['variants'][number]['phases']): string =>
  untilServed(phases)
    .map(({ name, ms }) => `${name} ${formatDuration(ms)}`)
    .join(' + ');

/** "1 of 2 runs recovered", "not interrupted in 1 of 3 runs"; empty where all were interrupted and recovered. */
export const recoveredText = ({ runs, interrupted, recovered }: ComparedVariant): string =>
  [
    ...(recovered < interrupted ? [`${recovered} of ${plural(interrupted, 'run')} recovered`] : []),
    ...(interrupted > 0 && interrupted < runs.length
      ? [`not interrupted in ${runs.length - interrupted} of ${plural(runs.length, 'run')}`]
      : []),
  ].join(', ');

const recoveries = ({ variants }: Comparison): string[][] =>
  variants.flatMap((variant) => {
    const { label, phases } = variant;
    const share = recoveredText(variant);
    if (phases.length === 0) return share ? [[label, 'never', `= ${share}`]] : [];
    const parts = `= ${phasesText(phases)}${share ? ` (${share})` : ''}`;
    return [[label, formatDuration(serviceAfter(phases)), parts]];
  });

export function comparisonText(comparison: Comparison): string {
  const told = recoveries(comparison);
  const skips = new Map(comparison.variants.map(({ label, skipped }) => [label, skipped]));
  // A reason in the columns of the values would push them apart.
  const lines = columns([
    head(comparison, false),
    ...rows(comparison).map((row) => (skips.get(row[0]!) === undefined ? row : row.slice(0, 2))),
  ]);
  return harmless(
    [
      titleOf(comparison),
      ...lines.map((line) => `  ${line}`),
      ...[...skips].flatMap(([label, why]) => (why === undefined ? [] : [`  ${label} skipped: ${why}`])),
      ...(told.length > 0 ? ['  recovery, phase by phase', ...columns(told).map((line) => `    ${line}`)] : []),
    ].join('\n'),
  );
}

export function comparisonMarkdown(comparison: Comparison): string {
  const told = recoveries(comparison);
  return [
    `### ${md(titleOf(comparison))}`,
    table(
      head(comparison, true).map(md),
      rows(comparison).map((row) => row.map(md)),
    ),
    ...(told.length > 0
      ? [
          table(
            ['variant', 'service back after', 'phases'],
            told.map(([label, total, parts]) => [md(label!), total!, md(parts!.slice(2))]),
          ),
        ]
      : []),
  ].join('\n\n');
}
