/** Ctrl-C and SIGTERM in the middle of a drill on real containers. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seeded } from '../core/rng.js';
import { openWorkshop, small, type Workshop } from './testing/workshop.js';

const statuses = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
const stages = [
  ['the timeline', / timeline/, 1000],
  ['its start', / start: /, 3500],
  ['the first looks', / steady/, 300],
  ['an injection', / inject: /, 300],
] as const;
const rng = seeded(process.env.REDRILL_HANGUP_SEED ?? 'hang up');
const rounds = Array.from({ length: Number(process.env.REDRILL_HANGUPS ?? 0) }, (_, i) => {
  const [stage, said, most] = stages[i % stages.length]!;
  const signal = rng.pick(['SIGHUP', 'SIGHUP', 'SIGINT', 'SIGTERM'] as const);
  return { signal, stage, said, later: Math.round(rng.next() * most) };
});

let workshop: Workshop;
let file: string;
beforeAll(async () => {
  workshop = await openWorkshop();
  file = workshop.scenario('long-hang', {
    topology: small(),
    timeline: [{ at: '200ms', fault: 'pause', target: 'primary of shard 1', for: '60s' }],
  });
}, 300_000);
afterAll(() => workshop?.[Symbol.dispose]());

describe('a drill that is interrupted', () => {
  it.each([
    ['SIGINT', 'a fault is held', / pause took effect/, 130],
    ['SIGTERM', 'containers are being started', / start: /, 143],
    ['SIGHUP', 'a fault is held', / pause took effect/, 129],
  ] as const)('by %s while %s heals, tears down and leaves nothing', async (signal, _, moment, code) => {
    const drill = workshop.drill(file);
    await drill.saw(moment);
    drill.kill(signal);
    const { status, stdout, stderr } = await drill.ended;
    expect({ status, stdout }).toEqual({ status: code, stdout: '' });
    expect(stderr).toContain('stopping: healing faults and removing containers (Ctrl-C again to leave at once)');
    expect(stderr).toMatch(/ teardown: removing containers/);
    expect(stderr).not.toMatch(/a bug in redrill|^ {4}at /m);
    expect(await workshop.left()).toEqual([]);
    // Nothing was recorded: no empty folder, and nothing that calls itself the latest run.
    expect(workshop.runs()).toEqual([]);
    expect(workshop.remains()).toEqual([]);
  });

  it.each(rounds)(
    'by $signal $later ms after $stage heals, tears down and leaves nothing',
    async ({ signal, said, later }) => {
      const drill = workshop.drill(file);
      await drill.saw(said);
      await sleep(later);
      drill.kill(signal);
      const { status, stderr } = await drill.ended;
      expect(status, stderr).toBe(statuses[signal]);
      expect(stderr).not.toMatch(/a bug in redrill|^ {4}at /m);
      expect(await workshop.left()).toEqual([]);
      expect([...workshop.runs(), ...workshop.remains()]).toEqual([]);
    },
  );

  it('leaves at once when interrupted again, and `redrill clean` removes the rest', async () => {
    const drill = workshop.drill(file);
    await drill.saw(/ pause took effect/);
    drill.kill('SIGINT');
    await drill.saw(/stopping: /);
    drill.kill('SIGINT');
    const { status, stderr } = await drill.ended;
    expect(status).toBe(130);
    expect(stderr).toContain('left at once; containers may still be there: run `redrill clean`');
    // Only this one: other tests have runs that are waiting to be cleaned.
    const [run] = workshop.unfinished();
    expect(run).toBeDefined();
    expect(await workshop.clean(run)).toMatchObject({ well: true, left: [] });
  });
});
