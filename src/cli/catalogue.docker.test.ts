/**
 * Every drill of the catalogue on real containers, as a user runs it: its faults bite, its procedures end well, it is
 * measured, and what it asks for holds. How long something took is the machine's business: a time or share that misses what the
 * drill asks for is told, not failed, but no recovery is quicker than the servers' own rules allow, or takes far longer than they
 * predict. What counts (steps, lost writes, agreement, data) must hold everywhere.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StepRecord } from '../recording/deeds.js';
import { readRecording } from '../recording/history.js';
import type { Result } from '../report/types.js';
import { build, redrill } from './testing/redrill.js';

/** Drills in other test files, which look at more. REDRILL_LARGE=1 adds the largest one. */
const elsewhere = ['primary-segfault.yaml', 'minority-partition.yaml', 'manual-failover.yaml', 'server-versions.yaml'];
/** 60 nodes take two quiet cores for minutes: only where they are asked for. */
if (!process.env.REDRILL_LARGE) elsewhere.push('zone-of-twenty.yaml');
const files = readdirSync('scenarios').filter((file) => !elsewhere.includes(file));

/** What must be lost in a drill whose very subject is loss: a limit alone is met by losing nothing. */
const loses: Record<string, string[]> = {
  'no-replica-left.yaml': ['lost_acknowledged_writes'],
  'empty-primary.yaml': ['lost_acknowledged_writes'],
  'accidental-flushall.yaml': ['lost_acknowledged_writes', 'values_missing'],
  'replication-cut.yaml': ['lost_acknowledged_writes'],
  'narrow-link.yaml': ['lost_acknowledged_writes'],
  'power-cut.yaml': ['lost_acknowledged_writes'],
  'aof-corrupt-alone.yaml': ['lost_acknowledged_writes'],
  'aof-manifest-missing.yaml': ['lost_acknowledged_writes', 'values_missing'],
  'keys-deleted-overwritten.yaml': ['lost_acknowledged_writes', 'values_changed'],
  'memory-evicts.yaml': ['lost_acknowledged_writes'],
  'failover-to-stale-replica.yaml': ['lost_acknowledged_writes'],
  'validity-factor.yaml': ['lost_acknowledged_writes'],
  'hung-primary.yaml': ['lost_acknowledged_writes'],
  'primary-hang.yaml': ['lost_acknowledged_writes'],
};

/** Where the servers are not left to their own election from the beginning: it begins when somebody lets it. */
const later = new Set([
  // No majority is there to elect anybody before the others were started again.
  'majority-lost.yaml',
  // The replicas are too stale to stand until the operator says that they may.
  'validity-factor.yaml',
]);
/** Where the fault works before it is proven: pings wait in the full link from its first moment. */
const sooner = new Set(['narrow-link.yaml']);

const reports = mkdtempSync(join(tmpdir(), 'redrill-catalogue-'));
beforeAll(build, 120_000);

/** What a drill that failed left to look at. */
let failed = false;
afterAll(() => failed || rmSync(reports, { recursive: true, force: true }));

// Drills wait more than they work: two at once take hardly longer than one.
describe.concurrent('the catalogue', () => {
  test.for(files)('%s', { timeout: 900_000 }, async (file, { onTestFailed }) => {
    onTestFailed(() => {
      failed = true;
      console.log(`${file}: to be looked at: ${join(reports, file)}`);
    });
    await held(file);
  });
});

async function held(file: string): Promise<void> {
  let runs = await drilled(file);
  // Inconclusive is no verdict: the drill did not come to happen, or was not seen, and is held once more. A failure is one.
  if (runs.some(({ result }) => result && openIn(result))) {
    console.log(`${file}: once more: ${runs.map(({ result }) => result?.sentence).join('; ')}`);
    runs = await drilled(file);
  }
  for (const { folder, result } of runs) await judged(file, folder!, result!);
}

interface Ran {
  folder?: string;
  result?: { verdict: string; sentence: string; findings: Finding[]; steps: StepRecord[]; incidents: Incident[] };
}

async function drilled(file: string): Promise<Ran[]> {
  const args = ['run', join('scenarios', file), '--json', '--output', join(reports, file)];
  const { status, stdout, stderr } = await redrill(args);
  expect([0, 1, 2], stderr).toContain(status);
  return [JSON.parse(stdout)].flat();
}

/** Times and shares are the machine's business, as is where it was too busy to measure them: they decide nothing here. */
const isTold = ({ unit, measured, verdict, text }: Finding): boolean =>
  (unit === 'duration' || unit === 'percent') &&
  (verdict === 'inconclusive' ? BUSY.test(text) : measured.value !== 'never');
const BUSY = /the harness itself was late|was not probed for|did not look at the nodes for/;

/** Something that counts could not be found out, and nothing that counts was found wrong. */
function openIn({ findings, steps }: NonNullable<Ran['result']>): boolean {
  const counting = findings.filter((finding) => !isTold(finding) && !finding.limit.optional);
  const all = [...counting, ...steps.filter(({ optional }) => !optional)].map((one) => one.verdict);
  return (
    all.some((one) => ['inconclusive', 'unknown', 'not reached'].includes(one)) &&
    !all.some((one) => ['fail', 'not met'].includes(one))
  );
}

async function judged(
  file: string,
  folder: string,
  { findings, incidents }: NonNullable<Ran['result']>,
): Promise<void> {
  const recording = await readRecording(folder);
  expect(recording.aborted).toBeUndefined();
  for (const fault of recording.faults) expect(fault, fault.error).toHaveProperty('effective');
  for (const procedure of recording.procedures) expect(procedure.verdict, procedure.message).toBe('done');
  for (const { title, optional, verdict, why } of recording.steps ?? [])
    if (!optional) expect(verdict, `${title}: ${why}`).toBe('met');
  expect(recording.final).toMatchObject({ converged: true, unread: 0 });
  for (const finding of findings) {
    const { objective, limit, verdict, text } = finding;
    if (limit.optional) continue;
    if (verdict !== 'pass' && isTold(finding)) console.log(`${file}: ${objective} ${verdict} on this machine: ${text}`);
    else expect(verdict, `${objective}: ${text}`).toBe('pass');
  }
  for (const incident of incidents) asPredicted(file, incident);
  for (const name of loses[file] ?? [])
    expect(findings.find(({ objective }) => objective === name)?.measured.value).toBeGreaterThan(0);
}

/** A busy machine makes everything later, so twice as long is not too long; but nothing makes servers quicker than their rules. */
function asPredicted(file: string, { at, uncertainty, phases, episode, predictedRecovery: range }: Incident): void {
  const early = sooner.has(file) ? [] : phases.filter(({ fit }) => fit === 'early');
  expect(early.map(({ name, ms, predicted }) => `${name} ${ms} ms, by the rules ${predicted?.min} ms`)).toEqual([]);
  if (range === undefined || episode?.to === undefined) return;
  expect(episode.to - at).toBeGreaterThan(range.min - uncertainty);
  if (!later.has(file)) expect(episode.to - at).toBeLessThan(2 * range.max);
}

type Incident = Pick<Result['incidents'][number], 'at' | 'uncertainty' | 'phases' | 'episode' | 'predictedRecovery'>;

interface Finding {
  objective: string;
  unit: string;
  verdict: string;
  text: string;
  limit: { optional: boolean };
  measured: { value: number | 'never' | null };
}
