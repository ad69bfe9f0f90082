import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeRecording } from '../recording/history.js';
import { syntheticRecording } from '../recording/testing/synthetic.js';
import { build, redrill } from './testing/redrill.js';

const folder = mkdtempSync(join(tmpdir(), 'redrill-test-'));

beforeAll(async () => {
  await build();
  await writeRecording(folder, syntheticRecording({ scenario: 'segfault' }));
}, 120_000);

describe('redrill judge', () => {
  it('judges a finished run by its own objectives and changes nothing', async () => {
    const before = readdirSync(folder);
    const { status, stdout, stderr } = await redrill(['judge', folder]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('recovery');
    expect(readdirSync(folder)).toEqual(before);
  });

  it('judges it by other objectives', async () => {
    const met = await redrill(['judge', folder, '--json', '--objective', 'recovery_time=< 60s']);
    expect(met.status).toBe(0);
    expect((JSON.parse(met.stdout) as { findings: unknown[] }).findings).toHaveLength(1);
    const missed = await redrill([
      'judge',
      folder,
      '--json',
      '--objective',
      'recovery_time=< 1ms',
      '--objective',
      'lost_acknowledged_writes=<= 100000',
    ]);
    expect(missed.status).toBe(1);
    expect(JSON.parse(missed.stdout)).toMatchObject({
      verdict: 'fail',
      findings: [{ verdict: 'fail' }, { verdict: 'pass' }],
    });
  });

  it('says which objective is not one', async () => {
    expect(await redrill(['judge', folder, '--objective', 'recovery_time=8'])).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('"8" has no unit; write 8s or 8ms'),
    });
  });
});

describe('redrill report', () => {
  it('writes the reports again', async () => {
    const { status, stderr } = await redrill(['report', folder]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(readdirSync(folder)).toEqual(
      expect.arrayContaining(['index.html', 'junit.xml', 'result.json', 'summary.md']),
    );
    expect(readFileSync(join(folder, 'index.html'), 'utf8').slice(0, 15)).toMatch(/^<!doctype html>/i);
  });
});
