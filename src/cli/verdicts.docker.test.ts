/** Drills whose verdict is known beforehand: through the command line, on real containers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Result } from '../report/index.js';
import { openWorkshop, small, type Workshop } from './testing/workshop.js';

let workshop: Workshop;
beforeAll(async () => {
  workshop = await openWorkshop();
}, 300_000);
afterAll(async () => {
  expect(await workshop.left()).toEqual([]);
  workshop[Symbol.dispose]();
});

async function drilled(file: string, env?: Record<string, string>) {
  const ran = await workshop.drill(file, env).ended;
  const folder = workshop.runs().at(-1)!;
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  return { ...ran, folder, read, result: JSON.parse(read('result.json')) as Result };
}

const crash = { at: '200ms', fault: 'segfault', target: 'primary of shard 1' };

it('a fault that does not bite is inconclusive, never a pass', async () => {
  const file = workshop.scenario('no-bite', {
    topology: small(0, { 'enable-debug-command': 'no' }),
    timeline: [crash],
    // Met, if one only looks at the numbers.
    objectives: { lost_acknowledged_writes: '== 0', availability: '>= 1%', recovery_time: '< 8s' },
  });
  const { status, stdout, result, read } = await drilled(file);
  expect(status).toBe(2);
  expect(stdout).toContain('no-bite is inconclusive: the fault had no proven effect');
  expect(result.findings.map(({ verdict }) => verdict)).toEqual(['inconclusive', 'inconclusive', 'inconclusive']);
  expect(JSON.stringify(result.faults)).toContain('refuses DEBUG SEGFAULT');
  const { testsuites } = new XMLParser({ ignoreAttributes: false }).parse(read('junit.xml'));
  // Four: the fault itself and each objective. `failure` would mean that something was measured and missed.
  expect([testsuites['@_errors'], testsuites['@_failures']]).toEqual(['4', '0']);
});

it('a cluster that may not fail over never recovers, and fails its objective', async () => {
  const file = workshop.scenario('no-failover', {
    topology: small(1, { 'cluster-replica-no-failover': 'yes' }),
    timeline: [crash],
    objectives: { recovery_time: '< 3s' },
    timeout: '5s',
  });
  const { status, stdout, result, read } = await drilled(file);
  expect(status).toBe(1);
  expect(stdout).toContain('no-failover failed: service never came back');
  expect(result.findings).toMatchObject([
    { objective: 'recovery_time', verdict: 'fail', measured: { value: 'never' } },
  ]);
  expect(read('summary.md')).toMatch(/recovery time.*never/);
  expect(read('index.html')).toMatch(/never/);
});

it('a drill whose step failed ends when nothing can change any more, and does not call that "never"', async () => {
  const file = workshop.scenario('in-vain', {
    topology: small(),
    timeline: [
      {
        id: 'operation',
        at: '200ms',
        steps: [
          { fault: 'kill', target: 'primary of shard 1' },
          { expect: 'primary of shard 1 answers', within: '1s' },
          { id: 'back', procedure: 'restart-node' },
        ],
      },
    ],
    recovery: [
      { when: 'healed', procedure: 'wait-for-heal' },
      { when: 'after back', procedure: 'restart-node' },
    ],
    objectives: { recovery_time: '< 40s' },
    timeout: '60s',
  });
  const { status, result, stderr } = await drilled(file);
  expect(status, stderr).toBe(1);
  // Two node-timeouts, a second, and an election's second try after the last change; a minute would be the budget.
  expect(result.durationMs).toBeLessThan(40_000);
  expect(stderr).toContain('stopped early (');
  expect(stderr).toContain('"after back" can\'t happen any more');
  expect(result.findings).toMatchObject([
    { objective: 'recovery_time', verdict: 'inconclusive', measured: { value: null } },
  ]);
});

it('writes to a primary on the minority side are lost, found and counted', async () => {
  const { result } = await drilled('scenarios/minority-partition.yaml');
  expect(result.losses).toMatchObject({ checked: true });
  expect(result.losses.lost).toBeGreaterThan(0);
  const [finding] = result.findings.filter(({ objective }) => objective === 'lost_acknowledged_writes');
  expect(finding!.measured.value).toBe(result.losses.lost);
});

it('a planned failover loses nothing', async () => {
  const { result, stdout } = await drilled('scenarios/manual-failover.yaml');
  expect(result.losses, stdout).toMatchObject({ checked: true, lost: 0 });
  expect(result.losses.acknowledged).toBeGreaterThan(500);
  expect(result.procedures).toMatchObject([{ name: 'failover', verdict: 'done' }]);
  // How many per cent of the requests a busy machine answers late, and when, is its own business.
  for (const { objective, unit, verdict, limit } of result.findings)
    if (!['percent', 'duration'].includes(unit))
      expect({ objective, limit: limit.text, verdict }).toMatchObject({ verdict: 'pass' });
});

it('works over published ports, also with a node that is cut off', async () => {
  const file = workshop.scenario('published', {
    topology: small(1),
    timeline: [{ at: '200ms', fault: 'isolate', target: 'primary of shard 1', for: '5s' }],
    recovery: [{ when: 'healed', procedure: 'wait-for-heal' }],
    objectives: { slots_covered: '== 16384', nodes_agree: true },
  });
  const { status, result, stdout } = await drilled(file, { REDRILL_CONNECT: 'published' });
  expect(status, stdout).toBe(0);
  expect(result.environment.connect).toBe('published');
  expect(result.faults[0]!.effective).toBeDefined();
});
