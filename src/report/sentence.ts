/** The verdict in one sentence that can be pasted into a chat: scenario, verdict, what decided it, measured against budget. */
import { traitsOf } from '../assertions/registry.js';
import type { Finding, RunVerdict, Verdict } from '../assertions/types.js';
import { plural } from '../core/units.js';
import { formatLimit, formatMeasured, formatValue, humanName } from './format.js';
import { margin } from './margin.js';
import type { StageResult } from './types.js';

export const verdictWords: Record<RunVerdict, string> = {
  pass: 'passed',
  fail: 'failed',
  inconclusive: 'is inconclusive',
  skipped: 'was skipped',
};

const order = { fail: 0, inconclusive: 1, pass: 2 } as const;
const used = (f: Finding): number => margin(f).used ?? -1;

/** Failing first, then what could not be judged, then by how little of the budget is left. */
export const byUrgency = (findings: readonly Finding[]): Finding[] =>
  [...findings].sort(
    (a, b) =>
      Number(a.limit.optional) - Number(b.limit.optional) ||
      order[a.verdict] - order[b.verdict] ||
      compare(used(b), used(a)),
  );

// Infinity - Infinity is NaN, and a comparison that answers NaN sorts differently on every engine.
const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);

/** The finding that decided the verdict; undefined when there was nothing to decide. */
export const decisive = (findings: readonly Finding[]): Finding | undefined => byUrgency(findings)[0];

const within = (f: Finding, back: string, never: string): string =>
  f.measured.value === 'never'
    ? never
    : `${back} after ${formatMeasured(f.measured, f.unit)} of ${formatValue(f.limit.limit, f.unit)}`;
const allowed = (f: Finding): string =>
  f.measured.value === 0 ? '' : ` (${f.limit.limit === 0 ? 'none' : formatLimit(f)} allowed)`;
const said = (f: Finding): string =>
  `${humanName(f.objective)} ${formatMeasured(f.measured, f.unit)} where ${formatLimit(f)} was asked`;

export function phrase(f: Finding): string {
  if (f.measured.value === null) return `${humanName(f.objective)} could not be measured: ${f.measured.why}`;
  const { phrase } = traitsOf(f.objective);
  if (!phrase) return said(f);
  if ('lost' in phrase)
    return typeof f.measured.value === 'number'
      ? `${plural(f.measured.value, phrase.lost)} lost${allowed(f)}`
      : said(f);
  const { back, never, atOnce } = phrase;
  return atOnce !== undefined && f.measured.value === 0 ? atOnce : within(f, back, never);
}

export function sentence(
  name: string,
  verdict: Verdict,
  findings: readonly Finding[],
  stages: readonly StageResult[],
): string {
  const [lead, ...rest] = reasons(verdict, findings, stages);
  const head = `${name} ${verdictWords[verdict]}`;
  return lead ? `${head}: ${[lead, ...rest].join(', ')}` : `${head}: no objective was stated`;
}

/** The fixed cases, said of a run where they did not hold. */
const unmet: Record<StageResult['name'], string> = {
  'environment starts': 'the environment did not start',
  'steady state before': 'there was no steady state before the fault',
  'fault takes effect': 'the fault had no proven effect',
  'procedure completes': 'the procedure did not complete',
  'steps hold': 'a step did not hold',
  'evidence collected': 'the evidence is incomplete',
  'environment torn down': 'the environment was not torn down',
};

function reasons(verdict: Verdict, findings: readonly Finding[], stages: readonly StageResult[]): string[] {
  const sorted = byUrgency(findings.filter((f) => !f.limit.optional));
  const missed = sorted.filter((f) => f.verdict === 'fail');
  const broken = stages.find((s) => s.outcome === (verdict === 'fail' ? 'fail' : 'error'));
  if (verdict !== 'pass' && missed.length === 0 && broken) return [`${unmet[broken.name]}: ${short(broken.message)}`];
  const lead = sorted[0];
  // A drill may be judged by its steps alone.
  if (!lead) return stages.filter((s) => s.name === 'steps hold' && s.outcome === 'pass').map((s) => s.message);
  const out = [`${phrase(lead)}${inBrackets(lead)}`];
  // A second figure answers the other question every reader has: was data lost, or how long did it take.
  const rank = (f: Finding): number | undefined => traitsOf(f.objective).headline;
  const headlines = findings.filter((f) => rank(f) !== undefined).sort((a, b) => (rank(a) ?? 0) - (rank(b) ?? 0));
  for (const f of headlines) if (f !== lead && f.measured.value !== null) out.push(phrase(f));
  const others = missed.filter((f) => f !== lead && rank(f) === undefined).length;
  if (others > 0) out.push(`${plural(others, 'more objective')} missed`);
  return out;
}

/** A sentence for a chat; the whole message stands with its stage. */
const short = (text: string): string => (text.length > 160 ? `${text.slice(0, text.lastIndexOf(' ', 150))} …` : text);

function inBrackets(f: Finding): string {
  const { phrase } = traitsOf(f.objective);
  if (typeof f.measured.value !== 'number' || (phrase && 'lost' in phrase)) return '';
  const { used, text } = margin(f);
  return used === undefined && f.verdict === 'pass' ? '' : ` (${text})`;
}
