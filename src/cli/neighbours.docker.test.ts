/** Several redrills on one engine. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Result } from '../report/index.js';
import { openWorkshop, small } from './testing/workshop.js';

it('two drills at once do not disturb each other, nor does a clean meanwhile', async () => {
  using workshop = await openWorkshop();
  const file = workshop.scenario('neighbour', {
    topology: small(),
    timeline: [
      { at: '300ms', fault: 'segfault', target: 'primary of shard 1' },
      // Long enough for nodes that look for one that is down: such a link counts as down when its pings time out.
      { at: '300ms', fault: 'split', groups: [['primary of shard 2']], for: '6s' },
    ],
    recovery: [{ when: 'service lost', procedure: 'restart-node', target: 'primary of shard 1' }],
    objectives: { slots_covered: '== 16384', nodes_agree: true },
  });
  const drills = [workshop.drill(file), workshop.drill(file)];
  await Promise.all(drills.map((drill) => drill.saw(/ inject: /)));
  const runIds = workshop.unfinished().sort();
  expect(runIds).toHaveLength(2);

  const cleaned = await workshop.run(['clean']);
  expect(cleaned).toMatchObject({ status: 0 });
  for (const runId of runIds) {
    expect(cleaned.stderr).toContain(`${runId}: left alone, it is running (process `);
    expect(cleaned.stdout).not.toContain(runId);
  }

  for (const { status, stdout } of await Promise.all(drills.map(({ ended }) => ended))) expect(status, stdout).toBe(0);
  const nodes = workshop.runs().map((run) => {
    const { nodes } = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8')) as Result;
    return nodes.map(({ address }) => address);
  });
  expect(new Set(nodes.flat()).size).toBe(6);
  const history = readFileSync(join(workshop.reports, 'history.jsonl'), 'utf8').trim().split('\n');
  expect(history.map((line) => JSON.parse(line).runId).sort()).toEqual(runIds);
  expect(await workshop.left()).toEqual([]);
});
