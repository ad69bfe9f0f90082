/** The whole verdict as plain lines: the console shows it, and a JUnit failure carries it as its body. */
import type { Finding } from '../assertions/types.js';
import { oneLine } from '../core/harmless.js';
import { formatCount, formatDuration, plural } from '../core/units.js';
import type { LossCause, StepRecord } from '../recording/deeds.js';
import type { ProfileName } from '../recording/tables.js';
import { recoveryOf } from '../timeline/longest.js';
import type { Ledger, Phase } from '../timeline/types.js';
import { besideOf } from './beside.js';
import { formatLimit, formatMeasured, formatUncertainty, humanName, profileWords, serverText } from './format.js';
import { margin } from './margin.js';
import { roundRows, worthTelling } from './rounds.js';
import { byUrgency } from './sentence.js';
import type { IncidentResult, Result } from './types.js';

/** How a line is to be dressed where colour is possible. Never the only carrier of meaning. */
export type Tone = 'title' | 'pass' | 'fail' | 'inconclusive' | 'skipped' | 'muted' | 'plain';
export type Line = { tone: Tone; text: string };
export type Dress = (tone: Tone, text: string) => string;
export const plain: Dress = (_, text) => text;

const icons = { pass: '✓', fail: '✗', inconclusive: '?', error: '!', skipped: '-' } as const;
export const icon = (outcome: keyof typeof icons): string => icons[outcome];

export const stepOutcome = ({ verdict }: StepRecord): keyof typeof icons =>
  (({ met: 'pass', 'not met': 'fail', unknown: 'inconclusive', 'not reached': 'skipped' }) as const)[verdict];

/** Columns padded to the widest cell, two spaces apart. */
function columns(rows: string[][]): string[] {
  const widths = rows.reduce<number[]>((max, row) => row.map((cell, i) => Math.max(cell.length, max[i] ?? 0)), []);
  return rows.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}

function objectiveLines({ findings }: Result): Line[] {
  const sorted = byUrgency(findings);
  const remarks = toldOnce(sorted, remark);
  const rows = columns(
    sorted.map((f, i) => [
      icon(f.verdict),
      humanName(f.objective),
      formatMeasured(f.measured, f.unit),
      formatLimit(f),
      remarks[i]!,
    ]),
  );
  return rows.map((text, i) => ({ tone: sorted[i]!.verdict, text: `  ${text}` }));
}

/** What stopped one objective from being judged often stopped all: then it is told once. */
export const toldOnce = (findings: readonly Finding[], tell: (f: Finding) => string): string[] =>
  findings.map((f, i) => {
    const before = findings[i - 1]?.measured;
    const same = f.measured.value === null && before?.value === null && before.why === f.measured.why;
    return same ? 'for the same reason' : tell(f);
  });

function remark(f: Finding): string {
  const parts = [margin(f).text];
  if (f.measured.value === null) parts[0] = f.measured.why;
  else if (f.measured.note) parts.push(f.measured.note);
  if (f.limit.optional) parts.push('optional');
  return parts.join('; ');
}

function phaseLines(phases: readonly Phase[]): Line[] {
  const rows = columns(
    phases.map((p) => [p.name, `+${formatDuration(p.ms)}`, predicted(p), `${p.witness}${uncertain(p)}`]),
  );
  return rows.map((text, i) => ({ tone: phases[i]!.fit === 'late' ? 'inconclusive' : 'plain', text: `  ${text}` }));
}

export const predicted = ({ predicted, fit }: Phase): string =>
  predicted
    ? `predicted ${formatDuration(predicted.min)} to ${formatDuration(predicted.max)}: ${fit ?? 'not compared'}`
    : '';

function roundLines(incident: IncidentResult): Line[] {
  if (!worthTelling(incident.rounds)) return [];
  const rows = columns(
    roundRows(incident).map(({ round, when, elected, lost, predicted }) => [
      round,
      when,
      `${elected} elected`,
      [lost && `lost ${lost}`, predicted && `predicted ${predicted}`].filter(Boolean).join('; '),
    ]),
  );
  return rows.map((text, i) => ({
    tone: incident.rounds![i]!.fit === 'late' ? 'inconclusive' : 'plain',
    text: `  ${text}`,
  }));
}

const uncertain = (p: Phase): string => (p.uncertainty ? `, ${formatUncertainty(p.uncertainty)}` : '');

/** What held is a number; what did not is told. */
function stepLines({ steps }: Result): Line[] {
  const held = steps.filter((s) => s.verdict === 'met').length;
  // What was not reached because of another step is told with that one.
  const untold = steps.filter((s) => s.verdict === 'not reached' && s.why === undefined).length;
  const lines = steps
    .filter((s) => s.verdict !== 'met' && (s.verdict !== 'not reached' || s.why !== undefined))
    .map((s): Line => {
      const outcome = stepOutcome(s);
      const optional = s.optional ? ' (optional)' : '';
      return {
        tone: s.optional || outcome === 'skipped' ? 'muted' : outcome === 'fail' ? 'fail' : 'inconclusive',
        text: `  ${icon(outcome)} ${s.title}: ${s.verdict}${s.why === undefined ? '' : `, ${s.why}`}${optional}`,
      };
    });
  return steps.length === 0
    ? []
    : [
        {
          tone: held === steps.length ? 'pass' : 'plain',
          text: `  ${held} of ${steps.length} held${untold > 0 ? `, ${untold} not reached` : ''}`,
        },
        ...lines,
      ];
}

function lossLines({ losses }: Result): Line[] {
  if (!losses.checked) return [{ tone: 'muted', text: `  not checked: ${losses.why ?? 'no ledger was kept'}` }];
  const head = `  ${plural(losses.lost, 'acknowledged write')} lost of ${plural(losses.acknowledged, 'acknowledgement')}`;
  const lines: Line[] = [{ tone: 'plain', text: losses.lost > 0 ? `${head}, over ${spanOf(losses)}` : head }];
  for (const [cause, count] of causes(losses.byCause)) lines.push({ tone: 'plain', text: `    ${count} ${cause}` });
  const shares = losersOf(losses);
  if (shares !== '') lines.push({ tone: 'muted', text: `    ${shares}` });
  if (losses.unknown > 0)
    lines.push({
      tone: 'muted',
      text: `  ${plural(losses.unknown, 'write')} of unknown outcome, ${losses.unknownDurable} of them turned out durable`,
    });
  return lines;
}

export const causes = (byCause: Partial<Record<LossCause, number>>): [string, number][] =>
  Object.entries(byCause)
    .filter(([, n]) => n > 0)
    .sort((a, b) => b[1] - a[1]);

function troubleLines(result: Result): Line[] {
  const stages = result.stages.filter((s) => s.outcome === 'fail' || s.outcome === 'error');
  return [
    ...stages.map(
      (s): Line => ({
        tone: s.outcome === 'fail' ? 'fail' : 'inconclusive',
        text: `  ${icon(s.outcome)} ${s.name}: ${s.message}`,
      }),
    ),
    ...result.warnings.map((w): Line => ({ tone: 'muted', text: `  ! ${w}` })),
  ];
}

/** ": service did not come back", where that is so. */
export const notBack = (i: Result['incidents'][number]): string =>
  recoveryOf(i) !== 'never' ? '' : `: service did not come back${i.lostAgain === undefined ? '' : ' for good'}`;

function story(result: Result): Line[] {
  const { scenario, environment: e } = result;
  const tried = result.verdict !== 'skipped';
  const blocks: [string, Line[]][] = [
    ['Objectives', tried ? objectiveLines(result) : []],
    ...result.incidents.flatMap((i): [string, Line[]][] => [
      [`Recovery, from the moment ${i.fault} took effect${notBack(i)}`, phaseLines(i.phases)],
      ['Elections, round by round', roundLines(i)],
    ]),
    ['Steps', stepLines(result)],
    ['Acknowledged writes', tried ? lossLines(result) : []],
    ...besideOf(result).map(({ title, lines }): [string, Line[]] => [
      title,
      lines.map((text): Line => ({ tone: 'plain', text: `  ${text}` })),
    ]),
    ['Remarks', troubleLines(result)],
  ];
  const lines: Line[] = [{ tone: result.verdict, text: `${icon(result.verdict)} ${result.sentence}` }];
  for (const [title, body] of blocks)
    if (body.length > 0) lines.push({ tone: 'plain', text: '' }, { tone: 'title', text: title }, ...body);
  const where = scenario.file ? `${scenario.file}, ` : '';
  lines.push(
    { tone: 'plain', text: '' },
    {
      tone: 'muted',
      text: `${where}seed ${result.seed}, ${serverText(result)}, image ${e.image.name}`,
    },
    { tone: 'muted', text: `Reproduce: ${result.reproduce.command}` },
  );
  return lines;
}

/** What servers answered may hold terminal sequences of its own: they are taken out before ours go in. */
export const storyText = (result: Result, dress: Dress = plain): string =>
  story(result)
    .map((l) => dress(l.tone, oneLine(l.text)))
    .join('\n');

/** "by client settings: patient 538 of 538, tuned 2 of 1 204": who lost them, where clients of several kinds wrote. */
/** "2.03 s", or "at least 2.03 s" where nothing older was there to lose. */
export const spanOf = ({ rpoMs, rpoAtLeast }: Ledger): string =>
  `${rpoAtLeast ? 'at least ' : ''}${formatDuration(rpoMs)}`;

export function losersOf({ lost, byProfile = {} }: Ledger): string {
  const kinds = Object.entries(byProfile).sort(([, a], [, b]) => b.lost - a.lost);
  if (lost === 0 || kinds.length < 2) return '';
  const share = ([name, { lost, acknowledged }]: (typeof kinds)[number]): string =>
    `${profileWords[name as ProfileName]} ${formatCount(lost)} of ${formatCount(acknowledged)}`;
  return `by client settings: ${kinds.map(share).join(', ')}`;
}
