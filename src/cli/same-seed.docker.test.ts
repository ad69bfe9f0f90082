/**
 * What is left to chance is drawn from the seed: the same seed hits the same nodes in the same order, run after run.
 * REDRILL_SAME_SEED=10 npx vitest run src/cli/same-seed.docker.test.ts does more of them.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readRecording } from '../recording/history.js';
import { openWorkshop, small, type Workshop } from './testing/workshop.js';

const RUNS = Number(process.env.REDRILL_SAME_SEED ?? 4);
const AT_ONCE = 2;

let workshop: Workshop;
beforeAll(async () => {
  workshop = await openWorkshop();
});
afterAll(() => workshop?.[Symbol.dispose]());

const pause = (target: string): object => ({ fault: 'pause', target, for: '500ms' });

it(`picks the same targets in the same order ${RUNS} times`, { timeout: 300_000 }, async () => {
  const file = workshop.scenario('by-chance', {
    topology: small(0, { 'cluster-node-timeout': 5000 }),
    workload: { kind: 'none' },
    timeline: [
      { id: 'any', at: '100ms', repeat: 3, ...pause('one') },
      { id: 'few', when: 'after any', ...pause('minority') },
      { id: 'chosen', when: 'after few', choose: [pause('primary'), pause('one'), pause('majority')] },
      { id: 'maybe', when: 'after chosen', probability: '50%', ...pause('one') },
    ],
    objectives: { nodes_agree: true },
    seed: 'four of a kind',
  });
  for (let done = 0; done < RUNS; done += AT_ONCE) {
    const drills = Array.from({ length: AT_ONCE }, () => workshop.drill(file).ended);
    for (const { status, stderr } of await Promise.all(drills)) expect([0, 2], stderr).toContain(status);
  }
  const recordings = await Promise.all(workshop.runs().map((folder) => readRecording(folder)));
  const hits = recordings.map(({ faults }) =>
    [...faults].sort((a, b) => a.requestedAt - b.requestedAt).map(({ id, targets }) => `${id}: ${targets.join(', ')}`),
  );
  expect(hits).toHaveLength(RUNS);
  expect(hits[0]!.length).toBeGreaterThanOrEqual(5);
  for (const hit of hits) expect(hit).toEqual(hits[0]);
});
