/**
 * The engine dies at any moment of a drill: it ends inconclusive, with its reports, and what is left can be removed once the
 * engine is back. REDRILL_ENGINE_DEATHS=20 npx vitest run src/cli/engine-death.docker.test.ts does it more often.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seeded } from '../core/rng.js';
import type { Result } from '../report/index.js';
import { frailEngine } from './testing/frail-engine.js';
import { openWorkshop, small, type Workshop } from './testing/workshop.js';

const seed = process.env.REDRILL_DEATH_SEED ?? 'engine-death';

const target = 'primary of shard 1';
const crash = { id: 'crash', at: '200ms', fault: 'kill', target };
const scenarios = {
  /** A procedure that waits for what can't come: nobody may take over. */
  waiting: {
    topology: { ...small(1, { 'cluster-replica-no-failover': 'yes' }), shards: 3 },
    timeline: [crash],
    recovery: [{ when: 'failover complete', procedure: 'restart-node' }],
    timeout: '20s',
  },
  /** A procedure at work, on data that has a disk of its own. */
  repairing: {
    topology: { ...small(1), persistence: 'aof' },
    timeline: [crash],
    recovery: [{ when: 'service lost', procedure: 'restart-node' }],
    timeout: '20s',
  },
  /** Steps of every kind, one of which waits in vain. */
  steps: {
    topology: small(),
    timeline: [
      {
        at: '200ms',
        steps: [
          { run: 'SET x 1', on: 'primary of shard 1', within: '2s', error: 'MOVED', optional: true },
          { never: 'failed', for: '700ms' },
          { expect: 'suspected', within: '10s' },
        ],
      },
    ],
    timeout: '20s',
  },
  /** Faults that need a container of tools. */
  cuts: {
    topology: small(),
    timeline: [
      { at: '200ms', fault: 'isolate', target: 'primary of shard 3', for: '2500ms' },
      { at: '200ms', fault: 'cut-clients', target, for: '2500ms' },
    ],
    timeout: '20s',
  },
  /** Another kind of topology. */
  sentinels: {
    topology: { kind: 'sentinel', replicas: 1, sentinels: { count: 3, down_after: '1s' }, image: 'redis:7.0' },
    timeline: [{ ...crash, target: 'primary' }],
    recovery: [{ when: 'failover complete', procedure: 'restart-node' }],
    timeout: '20s',
  },
} as const;
type Name = keyof typeof scenarios;

/** The engine dies up to so many ms after this was said. */
const moments: readonly [what: string, scenario: Name, said: RegExp, most: number][] = [
  ['a procedure waits for its trigger', 'waiting', / kill took effect/, 800],
  ['containers are started', 'repairing', / start: /, 2500],
  ['an expectation waits', 'steps', / step: expect.*suspected/i, 500],
  ['rules are put into namespaces', 'cuts', / inject: /, 300],
  ['a procedure works', 'repairing', / recover: /, 200],
  ['it tears down', 'cuts', / teardown: /, 500],
  ['redrill itself starts', 'cuts', /^/, 900],
  ['servers form a cluster', 'cuts', / start: /, 5000],
  ['everything that watches begins', 'sentinels', / steady/, 400],
  ['the timeline begins', 'steps', / timeline/, 200],
  ['something is looked out for', 'steps', / step: .*never/i, 500],
  ['a fault is injected', 'repairing', / inject: /, 150],
  ['faults are healed in time', 'cuts', / heal: /, 200],
  ['sentinels fail over', 'sentinels', / kill took effect/, 2000],
  ['an operator restarts a node', 'sentinels', / recover: /, 500],
  ['all is healed in the end', 'repairing', / heal/, 200],
  ['writes are read back', 'repairing', / verify/, 300],
  ['logs are collected', 'sentinels', / collect/, 100],
  ['an image is looked up', 'sentinels', /^/, 600],
  ['a command is sent', 'steps', / step: /, 100],
];

const wanted = Number(process.env.REDRILL_ENGINE_DEATHS ?? 4);
/** Where in the list to begin, for those who do it in parts. */
const first = Number(process.env.REDRILL_DEATH_FIRST ?? 0);
const rng = seeded(seed);
const rounds = Array.from({ length: wanted }, (_, n) => {
  const i = first + n;
  const [what, scenario, said, most] = moments[i % moments.length]!;
  return { what, scenario, said, later: Math.round(rng.next() * most), i };
});

let workshop: Workshop;
beforeAll(async () => {
  workshop = await openWorkshop();
}, 300_000);
afterAll(() => workshop?.[Symbol.dispose]());

it.each(rounds)('$what ($scenario), $later ms later', async ({ scenario, said, later, i }) => {
  const file = workshop.scenario(scenario, scenarios[scenario]);
  await using engine = await frailEngine(join(workshop.folder, `engine-${i}.sock`));
  const done = workshop.runs().length;
  const drill = workshop.drill(file, { DOCKER_HOST: engine.host });
  await drill.saw(said);
  await sleep(later);
  await engine.die();
  const died = performance.now();
  const { status, stdout, stderr } = await drill.ended;
  const took = performance.now() - died;
  const all = stdout + stderr;
  console.log(`ended with ${status} after ${Math.round(took)} ms`);
  expect(all).not.toMatch(/a bug in redrill|^ {4}at |NaN/m);
  // What was judged before the engine died stays judged.
  expect(/teardown: /.test(stderr.slice(0, stderr.indexOf('engine is gone'))) ? [0, 1, 2] : [2]).toContain(status);
  expect(workshop.remains()).toEqual([]);
  const folder = workshop.runs().at(-1);
  expect(folder, all).toBeDefined();
  for (const name of ['result.json', 'junit.xml', 'index.html', 'summary.md', 'history.json'])
    expect(existsSync(join(folder!, name)), name).toBe(true);
  const result = JSON.parse(readFileSync(join(folder!, 'result.json'), 'utf8')) as Result;
  if (status === 2) expect(result.verdict).toBe('inconclusive');
  expect(workshop.runs()).toHaveLength(done + 1);
  expect(took).toBeLessThan(30_000);
  const [run] = workshop.unfinished();
  if (run !== undefined) expect(await workshop.clean(run)).toMatchObject({ well: true, left: [] });
  expect(await workshop.left()).toEqual([]);
});
