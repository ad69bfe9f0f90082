/** summary.md: the verdict for a pull request, a job summary or an incident channel. GitHub-flavoured. */

import type { Finding } from '../assertions/types.js';
import { noCommands, oneLine } from '../core/harmless.js';
import { formatDuration, plural } from '../core/units.js';
import { formatLimit, formatMeasured, formatUncertainty, humanName, serverText } from './format.js';
import { margin } from './margin.js';
import { roundRows, worthTelling } from './rounds.js';
import { byUrgency } from './sentence.js';
import { causes, icon, losersOf, notBack, predicted, spanOf, stepOutcome, toldOnce } from './story.js';
import type { IncidentResult, Result } from './types.js';

/** GitHub refuses a job summary of 1 MiB; several scenarios share one. */
const LIMIT = 200_000;

/** Text from servers and scenarios must stay text: no markup, no table cell, no mention of a person. */
export const md = (text: string): string =>
  oneLine(text)
    .replace(/[\\`*_[\]<>|#~]/g, (c) => (c === '<' ? '&lt;' : c === '>' ? '&gt;' : `\\${c}`))
    .replace(/@(?=\w)/g, '@\u200b');

/** Inside a code span nothing is markup, except the backtick that would end it. */
const code = (text: string): string => {
  const flat = noCommands(oneLine(text));
  const ticks = '`'.repeat(Math.max(0, ...[...flat.matchAll(/`+/g)].map((m) => m[0].length)) + 1);
  const pad = ticks.length > 1 ? ' ' : '';
  return `${ticks}${pad}${flat}${pad}${ticks}`.replaceAll('|', '\\|');
};

export const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

export function renderMarkdown(result: Result): string {
  const parts = [
    `## ${icon(result.verdict)} ${md(result.scenario.title || result.scenario.name)}`,
    `**${md(result.sentence)}**`,
    ...(result.verdict === 'skipped' ? [] : [objectives(result)]),
    trouble(result),
    phases(result),
    ...(result.verdict === 'skipped' ? [] : [losses(result)]),
    procedures(result),
    steps(result),
    reproduce(result),
  ].filter((p) => p !== '');
  const text = `${parts.join('\n\n')}\n`;
  return text.length <= LIMIT
    ? text
    : `${text.slice(0, LIMIT)}\n\n… cut here: the whole story is in index.html and result.json.\n`;
}

function objectives({ findings }: Result): string {
  if (findings.length === 0) return '';
  const sorted = byUrgency(findings);
  const remarks = toldOnce(sorted, (f) => (f.measured.value === null ? f.measured.why : margin(f).text));
  const row = (f: Finding, i: number): string[] => [
    `${icon(f.verdict)} ${f.verdict}${f.limit.optional ? ' (optional)' : ''}`,
    md(humanName(f.objective)),
    formatMeasured(f.measured, f.unit),
    formatLimit(f),
    md(remarks[i]!),
  ];
  return table(['', 'Objective', 'Measured', 'Limit', 'Margin'], sorted.map(row));
}

const trouble = ({ stages, warnings }: Result): string =>
  [
    ...stages
      .filter((s) => s.outcome === 'error' || s.outcome === 'fail')
      .map((s) => `- ${icon(s.outcome)} **${s.name}**: ${md(s.message)}`),
    ...warnings.map((w) => `- ⚠ ${md(w)}`),
  ].join('\n');

function phases({ incidents }: Result): string {
  return incidents
    .filter((i) => i.phases.length > 0)
    .map((i) => {
      const rows = i.phases.map((p) => [
        p.name,
        `${formatDuration(p.ms)} ${formatUncertainty(p.uncertainty)}`.trim(),
        predicted(p).replace('predicted ', ''),
        md(p.witness),
      ]);
      const title = `${incidents.length > 1 ? `### Recovery from ${md(i.fault)}` : '### Recovery'}${notBack(i)}`;
      return `${title}\n\n${table(['Phase', 'Took', 'Predicted', 'Witness'], rows)}${rounds(i)}`;
    })
    .join('\n\n');
}

function rounds(incident: IncidentResult): string {
  if (!worthTelling(incident.rounds)) return '';
  const rows = roundRows(incident).map(({ round, when, elected, lost, predicted }) => [
    round,
    when,
    elected,
    lost,
    predicted,
  ]);
  return `\n\n${table(['Elections, round', 'Held', 'Elected', 'Lost', 'Predicted'], rows)}`;
}

function losses({ losses: l }: Result): string {
  const head = '### Acknowledged writes\n\n';
  if (!l.checked) return `${head}Not checked: ${md(l.why ?? 'no ledger was kept')}.`;
  const lines = [
    `${plural(l.lost, 'acknowledged write')} lost of ${plural(l.acknowledged, 'acknowledgement')}${l.lost > 0 ? `, over ${spanOf(l)}` : ''}.`,
  ];
  if (l.unknown > 0)
    lines.push(`${plural(l.unknown, 'write')} of unknown outcome, ${l.unknownDurable} of them turned out durable.`);
  const why = causes(l.byCause).map(([cause, n]) => `- ${n} ${cause}`);
  const who = losersOf(l);
  if (who !== '') lines.push(`Lost ${who}.`);
  return `${head}${lines.join(' ')}${why.length > 0 ? `\n\n${why.join('\n')}` : ''}`;
}

function procedures({ procedures }: Result): string {
  if (procedures.length === 0) return '';
  const lines = procedures.flatMap((p) => [
    `- ${p.verdict === 'done' ? '✓' : p.verdict === 'failed' ? '✗' : '!'} **${md(p.name)}** ${p.verdict}${p.message ? `: ${md(p.message)}` : ''}`,
    ...p.steps
      .slice(0, 50)
      .map(
        (s) =>
          `  - ${s.ok ? '✓' : '✗'} ${md(s.title)} (${formatDuration(s.took)})${s.command ? ` ${code(s.command)}` : ''}`,
      ),
  ]);
  return `### Procedure\n\n${lines.join('\n')}`;
}

function steps({ steps }: Result): string {
  if (steps.length === 0) return '';
  const lines = steps.slice(0, 100).map((s) => {
    const why = s.why === undefined ? '' : `: ${md(s.why)}`;
    const took = s.startedAt === undefined ? '' : ` (${formatDuration((s.endedAt ?? s.startedAt) - s.startedAt)})`;
    return `- ${icon(stepOutcome(s))} ${md(s.title)}${took}${s.verdict === 'met' ? '' : ` **${s.verdict}**${why}`}${s.optional ? ' (optional)' : ''}`;
  });
  const more = steps.length > lines.length ? [`- … and ${plural(steps.length - lines.length, 'more step')}`] : [];
  return `### Steps\n\n${[...lines, ...more].join('\n')}`;
}

function reproduce(result: Result): string {
  const { reproduce, environment: e, runId, startedAt } = result;
  return [
    '### Reproduce',
    '',
    code(reproduce.command),
    '',
    `Run ${code(runId)}, ${startedAt}, ${md(serverText(result))}, image ${code(e.image.name)}${e.image.id === '' ? '' : ` ${code(e.image.id)}`}, redrill ${md(e.redrill)}.`,
  ].join('\n');
}
