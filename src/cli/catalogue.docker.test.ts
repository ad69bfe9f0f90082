/**
 * Every drill of the catalogue on real containers, as a user runs it: its faults bite, its procedures end well, it is
 * measured, and what it asks for holds. How long something took is the machine's business: a missed time or share is told,
 * not failed. What counts (lost writes, agreement, data) must hold everywhere.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRecording } from '../workload/history.js';
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
  'power-cut.yaml': ['lost_acknowledged_writes'],
  'aof-corrupt-alone.yaml': ['lost_acknowledged_writes'],
  'aof-manifest-missing.yaml': ['lost_acknowledged_writes', 'values_missing'],
  'keys-deleted-overwritten.yaml': ['lost_acknowledged_writes', 'values_changed'],
  'memory-evicts.yaml': ['lost_acknowledged_writes'],
  'failover-to-stale-replica.yaml': ['lost_acknowledged_writes'],
  'validity-factor.yaml': ['lost_acknowledged_writes'],
  'hung-primary.yaml': ['lost_acknowledged_writes'],
};

const reports = mkdtempSync(join(tmpdir(), 'redrill-catalogue-'));
afterAll(() => rmSync(reports, { recursive: true, force: true }));
beforeAll(build, 120_000);

// Drills wait more than they work: two at once take hardly longer than one.
describe.concurrent('the catalogue', () => {
  test.each(files)('%s', async (file) => {
    const { status, stdout, stderr } = await redrill([
      'run',
      join('scenarios', file),
      '--json',
      '--output',
      join(reports, file),
    ]);
    expect([0, 1, 2], stderr).toContain(status);
    const runs = JSON.parse(stdout) as { folder?: string; result?: { findings: Finding[]; sentence: string } }[];
    for (const { folder, result } of [runs].flat()) {
      const recording = await readRecording(folder!);
      expect(recording.aborted).toBeUndefined();
      for (const fault of recording.faults) expect(fault, fault.error).toHaveProperty('effective');
      for (const procedure of recording.procedures) expect(procedure.verdict, procedure.message).toBe('done');
      expect(recording.final).toMatchObject({ converged: true, unread: 0 });
      for (const { objective, unit, limit, verdict, text } of result!.findings)
        if (limit.optional) continue;
        else if (verdict !== 'pass' && (unit === 'duration' || unit === 'percent'))
          console.log(`${file}: ${objective} ${verdict} on this machine: ${text}`);
        else expect(verdict, `${objective}: ${text}`).toBe('pass');
      for (const name of loses[file] ?? [])
        expect(result!.findings.find(({ objective }) => objective === name)?.measured.value).toBeGreaterThan(0);
    }
  });
});

interface Finding {
  objective: string;
  unit: string;
  verdict: string;
  text: string;
  limit: { optional: boolean };
  measured: { value: number | 'never' | null };
}
