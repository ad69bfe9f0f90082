/** SIGKILL at any moment, then `redrill clean`: nothing is left. REDRILL_KILLS=20 npx vitest run src/cli/killed.docker.test.ts does more of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seeded } from '../core/rng.js';
import { until } from '../core/until.js';
import { connectEngine } from '../fleet/docker/engine.js';
import { inventory } from '../fleet/docker/remove.js';
import { openWorkshop, small, type Workshop } from './testing/workshop.js';

const kills = Number(process.env.REDRILL_KILLS ?? 6);
const seed = process.env.REDRILL_KILL_SEED ?? 'killed';

/** The kill comes up to so many ms after this was said. */
const stages = [
  ['its own start', /^/, 900],
  ['start', / start: /, 3500],
  ['timeline', / timeline/, 400],
  ['inject', / inject: /, 1200],
  ['heal', / heal/, 1200],
  ['teardown', / teardown: /, 900],
] as const;

let workshop: Workshop;
let files: string[];
beforeAll(async () => {
  workshop = await openWorkshop();
  const target = 'primary of shard 1';
  files = [
    workshop.scenario('hang-and-split', {
      topology: small(),
      timeline: [
        { at: '200ms', fault: 'pause', target, for: '1500ms' },
        { at: '300ms', fault: 'split', groups: [['primary of shard 2']], for: '1500ms' },
        { at: '400ms', fault: 'isolate', target: 'primary of shard 3', for: '1500ms' },
      ],
    }),
    workshop.scenario('crash', {
      topology: { ...small(1), shards: 2 },
      timeline: [{ at: '200ms', fault: 'segfault', target }],
      recovery: [{ at: '1500ms', procedure: 'restart-node' }],
    }),
    workshop.scenario('cuts', {
      topology: small(),
      timeline: [
        { at: '200ms', fault: 'cut-link', between: ['primary of shard 1', 'primary of shard 2'], for: '2s' },
        { at: '200ms', fault: 'cut-clients', target: 'primary of shard 3', for: '2s' },
      ],
    }),
  ];
}, 300_000);
afterAll(() => workshop?.[Symbol.dispose]());

const rng = seeded(seed);
const rounds = Array.from({ length: kills }, (_, round) => {
  const [stage, said, most] = stages[round % stages.length]!;
  // Every stage of both scenarios has its turn.
  const file = Math.floor(round / stages.length + round) % 2;
  return { what: ['hang and split', 'crash'][file]!, file, stage, said, later: Math.round(rng.next() * most) };
});

it.each(rounds)('$what, killed $later ms after $stage', async ({ file, said, later }) => {
  const drill = workshop.drill(files[file]!);
  await drill.saw(said);
  await sleep(later);
  drill.kill('SIGKILL');
  await drill.ended;
  // What was killed before it had a journal has changed nothing.
  const [run] = workshop.unfinished();
  const { ran, well, left } = await workshop.clean(run ?? 'none');
  console.log(`${ran.stdout}${ran.stderr}`.trim());
  expect({ well, left }).toEqual({ well: true, left: [] });
  expect(workshop.remains()).toEqual([]);
});

// Rules inside containers' network namespaces: nothing on the engine shows them, and they have to go with the containers.
it.each([
  ['are put there', / inject: cut-clients/, 150],
  ['are there', / cut-clients took effect/, 0],
  ['are taken away', / heal: cut-clients/, 50],
] as const)('killed while rules in namespaces %s', async (_, said, later) => {
  const drill = workshop.drill(files[2]!);
  await drill.saw(said);
  await sleep(later);
  drill.kill('SIGKILL');
  await drill.ended;
  expect(await workshop.clean()).toMatchObject({ well: true, left: [] });
});

it('a clean that is killed itself is finished by the next one', async () => {
  const drill = workshop.drill(files[0]!);
  await drill.saw(/ inject: split/);
  drill.kill('SIGKILL');
  await drill.ended;
  const [runId = ''] = workshop.unfinished();
  const engine = await connectEngine();
  const containers = async () => (await inventory(engine, runId)).get(runId)?.containers.length ?? 0;
  const clean = workshop.start(['clean']);
  await until(containers, (n) => n < 4, { describe: 'clean has begun', within: 20_000, every: 20 });
  clean.kill('SIGKILL');
  await clean.ended;
  expect(await workshop.clean()).toMatchObject({ well: true, left: [] });
});
