/**
 * Every drill of the catalogue on real containers: its faults bite, it is measured, and the cluster is whole at the end. How
 * long a recovery took is the machine's business, so no limit is asserted here; what must be lost and what must not is.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silent } from '../core/progress.js';
import type { Result } from '../report/index.js';
import { readRecording } from '../workload/history.js';
import type { Recording } from '../workload/recording.js';
import { loadScenarios } from './load.js';
import { planOf } from './plan.js';
import { runScenario } from './run.js';

interface Expectation {
  file: string;
  /** What must be lost: some acknowledged writes, none, or either. */
  lost?: 'some' | 'none';
  /** Does a shard go without service at all? */
  outage: boolean;
}

const drills: Expectation[] = [
  { file: 'replica-crash.yaml', lost: 'none', outage: false },
  { file: 'primary-kill.yaml', outage: true },
  { file: 'primary-hang.yaml', outage: true },
  { file: 'majority-split.yaml', outage: true },
  { file: 'no-replica-left.yaml', lost: 'some', outage: true },
  { file: 'rolling-kills.ts', outage: true },
];

let reports: string;
beforeAll(async () => {
  reports = await mkdtemp(join(tmpdir(), 'redrill-catalogue-'));
});
afterAll(() => rm(reports, { recursive: true, force: true }));

async function run(file: string): Promise<{ result: Result; recording: Recording }> {
  const [scenario] = await loadScenarios(fileURLToPath(new URL(`../../scenarios/${file}`, import.meta.url)));
  const { folder, result } = await runScenario({
    plan: planOf(scenario!),
    signal: new AbortController().signal,
    progress: silent,
    reportsDir: reports,
  });
  return { result, recording: await readRecording(folder) };
}

test.each(drills)('$file', async ({ file, lost, outage }) => {
  const { result, recording } = await run(file);
  expect(recording.aborted).toBeUndefined();
  for (const fault of recording.faults) expect(fault, fault.error).toHaveProperty('effective');
  for (const procedure of recording.procedures) expect(procedure.verdict, procedure.message).toBe('done');
  expect(recording.final).toMatchObject({ converged: true, slotsCovered: 16384, unread: 0 });
  expect(recording.final!.nodesAgreeing).toBe(recording.topology.nodes.length);
  for (const replica of recording.final!.replicas) expect(replica).toMatchObject({ sameOffset: true, sameData: true });
  expect(result.losses.checked, result.losses.why).toBe(true);
  expect(result.losses.acknowledged).toBeGreaterThan(500);
  if (lost === 'some') expect(result.losses.lost).toBeGreaterThan(0);
  if (lost === 'none') expect(result.losses.lost).toBe(0);
  if (!outage) return;
  const [recovery] = result.findings.filter((finding) => finding.objective === 'recovery_time');
  expect(recovery!.measured.value, recovery!.text).toBeGreaterThan(0);
  for (const incident of result.incidents ?? []) {
    const sum = incident.phases.reduce((total, phase) => total + phase.ms, 0);
    expect(sum).toBeCloseTo((incident.phases.at(-1)?.at ?? 0) - (incident.phases[0]?.from ?? 0), 6);
  }
});
