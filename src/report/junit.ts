/**
 * junit.xml as CI systems really read it: the run is `testsuites`, a scenario a `testsuite`, an objective a `testcase`.
 * `failure` is a missed objective, `error` is "we could not find out", and a run that never got far still has every case.
 */
import type { Finding } from '../assertions/types.js';
import type { StepRecord } from '../recording/deeds.js';
import { formatLimit, formatMeasured, humanName, serverText } from './format.js';
import { margin } from './margin.js';
import { phrase } from './sentence.js';
import { storyText } from './story.js';
import type { Result, StageResult } from './types.js';
import { document, element, legal, textElement } from './xml.js';

interface Options {
  name?: string;
  /** Path of a result's page as CI should find it; see [[ATTACHMENT|…]]. */
  attachment?: (result: Result) => string | undefined;
}

type Outcome = 'pass' | 'failure' | 'error' | 'skipped';
interface Case {
  name: string;
  outcome: Outcome;
  ms: number;
  type: string;
  message: string;
  line?: number | undefined;
  file?: string | undefined;
  properties: [string, string | number][];
}

export function renderJunit(
  results: readonly Result[],
  { name = 'redrill', attachment = () => 'index.html' }: Options = {},
): string {
  const suites = results.map((r) => ({ result: r, cases: cases(r) }));
  const all = suites.flatMap((s) => s.cases);
  const root = {
    name,
    ...totals(all),
    time: seconds(results.reduce((sum, r) => sum + r.durationMs, 0)),
    timestamp: results[0]?.startedAt,
  };
  return document(
    element(
      'testsuites',
      root,
      suites.map(({ result, cases }) => suite(result, cases, attachment(result))),
    ),
  );
}

const seconds = (ms: number): string => (Math.max(0, ms) / 1000).toFixed(3);
const count = (cases: readonly Case[], outcome: Outcome): number => cases.filter((c) => c.outcome === outcome).length;
const totals = (cases: readonly Case[]) => ({
  tests: cases.length,
  failures: count(cases, 'failure'),
  errors: count(cases, 'error'),
  skipped: count(cases, 'skipped'),
});

function suite(result: Result, cases: Case[], page: string | undefined): string {
  const { scenario, environment: e } = result;
  const properties: [string, string | number][] = [
    ['verdict', result.verdict],
    ['run', result.runId],
    ['seed', result.seed],
    ['server', serverText(result)],
    ['image', e.image.name],
    ['image.id', e.image.id],
    ['image.origin', e.image.origin],
    ['engine', e.engine],
    ['redrill', e.redrill],
    ...result.faults.map((f): [string, string] => [
      `fault[${f.id}]`,
      `${f.type} on ${f.targets.join(', ') || f.targetWords}`,
    ]),
  ];
  const attributes = {
    name: scenario.title || scenario.name,
    ...totals(cases),
    time: seconds(result.durationMs),
    timestamp: result.startedAt,
    hostname: e.host,
    file: scenario.file,
  };
  const body = storyText(result);
  return element('testsuite', attributes, [
    propertiesElement(properties),
    ...cases.map((c) => testcase(c, result, body, page)),
  ]);
}

/** Jenkins splits at the last dot: "drill.<folder>.<scenario>" groups by folder. Dots inside a part would split it. */
export function classname({ scenario }: Result): string {
  const folder = scenario.file
    ?.split(/[\\/]/)
    .filter((part) => part !== '' && part !== '.' && part !== '..')
    .at(-2);
  return ['drill', folder, scenario.name]
    .filter((p) => p !== undefined)
    .map((p) => p.replaceAll('.', '_'))
    .join('.');
}

function testcase(c: Case, result: Result, body: string, page: string | undefined): string {
  const children = [propertiesElement(c.properties)];
  if (c.outcome === 'skipped') children.push(textElement('skipped', { message: c.message }, c.message));
  else if (c.outcome !== 'pass')
    children.push(
      textElement(c.outcome, { message: c.message, type: c.type }, `${c.name}: ${c.message}\n${place(c)}\n\n${body}`),
    );
  const numbers = c.properties.map(([key, value]) => `${key}=${value}`);
  const lines = [`${c.outcome === 'pass' ? 'passed' : c.outcome}: ${c.message}`, ...numbers];
  if (page !== undefined) lines.push(`[[ATTACHMENT|${page}]]`);
  children.push(textElement('system-out', {}, lines.join('\n')));
  const attributes = { classname: classname(result), name: c.name, file: c.file, line: c.line, time: seconds(c.ms) };
  return element(
    'testcase',
    attributes,
    children.filter((x) => x !== ''),
  );
}

/** Nobody measures beyond that. */
const rounded = (n: number): number => Number(n.toFixed(4));

const place = (c: Case): string => (c.file ? `at ${c.file}:${c.line ?? 1}` : '');

const propertiesElement = (properties: [string, string | number][]): string =>
  properties.length === 0
    ? ''
    : element(
        'properties',
        {},
        properties.map(([name, value]) => element('property', { name, value })),
      );

function cases(result: Result): Case[] {
  const file = result.scenario.file;
  const [before, after] = [result.stages.slice(0, 3), result.stages.slice(3)];
  const broken = before.slice(0, 2).find((s) => s.outcome === 'error');
  const all = [
    ...before.map((s) => stageCase(s, file)),
    ...result.findings.map((f) => objectiveCase(f, file, broken, result.verdict === 'skipped')),
    ...after.map((s) => stageCase(s, file)),
    ...result.steps.filter((s) => s.named).map((s) => stepCase(s, result, file)),
  ];
  return unique(all);
}

/** Two cases of one name are one case to GitLab: the second would vanish. */
function unique(cases: Case[]): Case[] {
  const seen = new Map<string, number>();
  return cases.map((c) => {
    const name = legal(c.name);
    const n = (seen.get(name) ?? 0) + 1;
    seen.set(name, n);
    return { ...c, name: n === 1 ? name : `${name} (${n})` };
  });
}

const stageCase = (s: StageResult, file: string | undefined): Case => ({
  name: s.name,
  outcome: s.outcome === 'fail' ? 'failure' : s.outcome,
  ms: s.ms,
  type: `stage.${s.name.replaceAll(' ', '_')}`,
  message: s.message,
  file,
  line: file === undefined ? undefined : 1,
  properties: [],
});

/** A step that the scenario gave an id is a case of its own: the set is stable, since every step is told, reached or not. */
function stepCase(s: StepRecord, { stages }: Result, file: string | undefined): Case {
  const blamed = stages.find(({ name }) => name === 'steps hold')?.outcome === 'fail';
  const outcomes = {
    met: 'pass',
    'not met': blamed ? 'failure' : 'error',
    unknown: 'error',
    'not reached': 'skipped',
  } as const;
  const outcome = outcomes[s.verdict];
  return {
    name: `step ${s.id}`,
    outcome: s.optional && outcome !== 'pass' ? 'skipped' : outcome,
    ms: (s.endedAt ?? s.startedAt ?? 0) - (s.startedAt ?? 0),
    type: `step.${s.kind}`,
    message: `${s.title}: ${s.verdict}${s.why === undefined ? '' : `: ${s.why}`}${s.optional ? ' (optional)' : ''}`,
    file,
    line: file === undefined ? undefined : 1,
    properties: [],
  };
}

function objectiveCase(f: Finding, file: string | undefined, broken: StageResult | undefined, skipped: boolean): Case {
  const { measured, limit } = f;
  const value = measured.value;
  const unit = f.unit === 'duration' ? '_ms' : '';
  const properties: [string, string | number][] = [
    [`measured.${f.objective}${unit}`, typeof value === 'number' ? rounded(value) : (value ?? 'unknown')],
    [`limit.${f.objective}${unit}`, limit.limit],
    ['limit.text', limit.text],
  ];
  const { used } = margin(f);
  if (used !== undefined && Number.isFinite(used)) properties.push(['budget.used', Number(used.toFixed(4))]);
  if (
    typeof value === 'number' &&
    measured.value !== null &&
    'uncertainty' in measured &&
    measured.uncertainty !== undefined
  )
    properties.push([`uncertainty.${f.objective}${unit}`, rounded(measured.uncertainty)]);
  const notRun = (broken !== undefined || skipped) && value === null;
  return {
    name: f.objective,
    outcome: notRun ? 'skipped' : outcome(f),
    // The time of a duration objective is what was measured: CI's own trend of it is then the trend of the recovery.
    ms: f.unit === 'duration' && typeof value === 'number' ? value : 0,
    type: `objective.${f.objective}`,
    message: skipped ? phrase(f) : notRun ? `not judged: ${broken!.name}: ${broken!.message}` : message(f),
    file: limit.position?.file ?? file,
    line: limit.position?.line ?? (file === undefined ? undefined : 1),
    properties,
  };
}

function outcome(f: Finding): Outcome {
  if (f.verdict === 'pass') return 'pass';
  // An optional objective is reported and must not turn a build red.
  if (f.limit.optional) return 'skipped';
  return f.verdict === 'fail' ? 'failure' : 'error';
}

function message(f: Finding): string {
  if (f.measured.value === null) return phrase(f);
  const note = f.measured.note ? `; ${f.measured.note}` : '';
  const optional = f.limit.optional && f.verdict !== 'pass' ? ' (optional)' : '';
  return `${humanName(f.objective)} ${formatMeasured(f.measured, f.unit)}, limit ${formatLimit(f)}: ${margin(f).text}${note}${optional}`;
}
