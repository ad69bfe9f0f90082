/** SIGKILL at any moment, then `redrill clean`: nothing is left. REDRILL_KILLS=20 npx vitest run src/cli/killed.docker.test.ts does more of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seeded } from '../core/rng.js';
import { openWorkshop, small, type Workshop } from './testing/workshop.js';

const kills = Number(process.env.REDRILL_KILLS ?? 6);
const seed = process.env.REDRILL_KILL_SEED ?? 'killed';

/** The kill comes up to so many ms after this was said. */
const stages = [
  [/^/, 900],
  [/ start: /, 3500],
  [/ timeline/, 400],
  [/ inject: /, 1200],
  [/ heal/, 1200],
  [/ teardown: /, 900],
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
  ];
}, 300_000);
afterAll(() => workshop?.[Symbol.dispose]());

const rng = seeded(seed);
const rounds = Array.from({ length: kills }, (_, round) => ({
  round,
  // Every stage of both scenarios has its turn.
  file: Math.floor(round / stages.length + round) % 2,
  stage: stages[round % stages.length]!,
  later: Math.round(rng.next() * stages[round % stages.length]![1]),
}));

it.each(rounds)('kill $round: scenario $file, $later ms after $stage.0', async ({ file, stage: [said], later }) => {
  const drill = workshop.drill(files[file]!);
  await drill.saw(said);
  await sleep(later);
  drill.kill('SIGKILL');
  await drill.ended;
  const { status, stdout, stderr } = await workshop.run(['clean']);
  console.log(`${stdout}${stderr}`.trim());
  expect({ status, stderr: /still there|could not/.test(stderr), left: await workshop.left() }).toEqual({
    status: 0,
    stderr: false,
    left: [],
  });
});
