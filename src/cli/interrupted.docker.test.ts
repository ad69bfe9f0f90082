/** Ctrl-C and SIGTERM in the middle of a drill on real containers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorkshop, small, type Workshop } from './testing/workshop.js';

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
