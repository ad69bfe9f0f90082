import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { silent } from '../core/progress.js';
import type { AnyFault } from '../faults/index.js';
import { defineFault } from '../faults/types.js';
import { faultRegistry, procedureRegistry } from '../scenarios/registries.js';
import type { PlannedFault, PlannedProcedure } from '../scenarios/types.js';
import { runFault } from './fault.js';
import { heal } from './heal.js';
import { runProcedure } from './procedure.js';
import type { Drill } from './types.js';

/** What runFault takes of a drill, with nothing behind it. */
function drillOf() {
  const giveUp = new AbortController();
  const interrupt = new AbortController();
  const parts = {
    giveUp,
    signal: AbortSignal.any([interrupt.signal, giveUp.signal]),
    plan: { seed: 'x', budget: 1000 },
    clock: { now: () => performance.now() },
    zero: performance.now(),
    progress: silent,
    topology: { fleet: { lost: new AbortController().signal }, spec: {}, server: {} },
    observer: { consensus: () => ({}) },
    ...{ faults: [], procedures: [], live: [], warnings: [], values: new Map() },
  };
  return { drill: parts as unknown as Drill, giveUp, interrupt };
}

const quiet = (over: Partial<AnyFault>): AnyFault =>
  defineFault({
    summary: 'of a user',
    params: z.strictObject({}),
    impact: 'none',
    inject: async () => ({ heal: async () => undefined }),
    effect: async (_targets, _params, _ctx, { requestedAt }) => ({ at: requestedAt, uncertainty: 0, text: 'seen' }),
    ...over,
  });

const never = (): Promise<never> => new Promise(() => undefined);
const entry = { kind: 'fault', id: 'hit', type: 'of-a-user', trigger: { next: true }, targetWords: [], params: {} };

async function carried(over: Record<string, unknown>, more: Record<string, unknown> = {}, { drill } = drillOf()) {
  faultRegistry['of-a-user'] = quiet(over as Partial<AnyFault>);
  const { ok, over: ended } = await runFault({ ...entry, ...more } as unknown as PlannedFault, drill);
  await ended;
  return { ok, record: drill.faults[0]!, drill };
}

beforeAll(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterAll(() => {
  delete faultRegistry['of-a-user'];
  delete procedureRegistry['of-a-user'];
  vi.useRealTimers();
});

describe("what a user's fault returns", () => {
  it('is taken where it is what it has to be', async () => {
    const { ok, record } = await carried({});
    expect({ ok, effective: record.effective?.text, error: record.error }).toEqual({
      ...{ ok: true, effective: 'seen', error: undefined },
    });
  });

  it.each([
    [
      'inject: nothing',
      { inject: async () => null },
      'inject of of-a-user returned nothing: it has to return { heal }',
    ],
    ['inject: no heal', { inject: async () => ({}) }, 'inject of of-a-user returned an object with a wrong "heal"'],
    [
      'effect: nothing',
      { effect: async () => undefined },
      'effect of of-a-user returned nothing: it has to return { at',
    ],
    [
      'effect: a text as its moment',
      { effect: async () => ({ at: 'now', uncertainty: 'some', text: 42 }) },
      'effect of of-a-user returned an object with a wrong "at"',
    ],
    ['effect: no number', { effect: async () => ({ at: Number.NaN, uncertainty: 1, text: '' }) }, 'with a wrong "at"'],
    [
      'effect: less than exact',
      { effect: async () => ({ at: 1, uncertainty: -5, text: '' }) },
      'with a wrong "uncertainty"',
    ],
    [
      'effect: a moment to come',
      { effect: async () => ({ at: performance.now() + 1400, uncertainty: 0, text: 'later' }) },
      'returned a moment that is yet to come',
    ],
    [
      'effect: long ago',
      { effect: async () => ({ at: -100_000, uncertainty: 0, text: 'long ago' }) },
      'returned a moment that was before its inject',
    ],
  ])('is no proof where it is not: %s', async (_, over, why) => {
    const { ok, record } = await carried(over);
    expect(ok).toBe(false);
    expect(record.effective).toBeUndefined();
    expect(record.error).toContain(why);
    expect(record.error).not.toContain('could not be injected');
  });

  it('leaves its reason where its heal breaks too, and both are told', async () => {
    const broken = async (): Promise<void> => {
      throw new Error('heal broke');
    };
    const ran = carried({ inject: async () => ({ heal: broken }), effect: async () => undefined }, { for: 5 });
    await vi.advanceTimersByTimeAsync(10);
    expect((await ran).record.error).toMatch(/^effect of .* returned nothing.*; it could not be healed: heal broke$/);
  });
});

describe("a user's code that never comes back", () => {
  it.each(['inject', 'effect'])('%s is waited for until the budget is used up, and is no proof', async (part) => {
    const { drill, giveUp, interrupt } = drillOf();
    const ran = carried({ [part]: never }, {}, { drill, giveUp, interrupt });
    await vi.advanceTimersByTimeAsync(5000);
    giveUp.abort(new Error('the budget is used up'));
    await vi.advanceTimersByTimeAsync(3000);
    const { ok, record } = await ran;
    expect(ok).toBe(false);
    expect(record.error).toMatch(new RegExp(`^${part} of of-a-user did not come back within 7(\\.\\d+)? s$`));
  });

  it('does not keep an interruption from ending the drill', async () => {
    const { drill, giveUp, interrupt } = drillOf();
    const ran = carried({ effect: never }, {}, { drill, giveUp, interrupt });
    const ended = expect(ran).rejects.toThrow('interrupted');
    interrupt.abort(new Error('interrupted'));
    await vi.advanceTimersByTimeAsync(3000);
    await ended;
  });

  it('is waited for a moment longer where it hears the signal and tells in its own words', async () => {
    const { drill, giveUp, interrupt } = drillOf();
    const hears: AnyFault['effect'] = (_targets, _params, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => setTimeout(() => reject(new Error('my own words')), 500));
      });
    const ran = carried({ effect: hears }, {}, { drill, giveUp, interrupt });
    await vi.advanceTimersByTimeAsync(100);
    giveUp.abort(new Error('late'));
    await vi.advanceTimersByTimeAsync(1000);
    expect((await ran).record.error).toContain('my own words');
  });

  it('heal becomes a warning at the end of the drill', async () => {
    const { drill } = await carried({ inject: async () => ({ heal: never }) });
    const healed = heal(drill);
    await vi.advanceTimersByTimeAsync(31_000);
    expect(await healed).toEqual([]);
    expect(drill.warnings).toEqual(['hit could not be healed: heal did not come back within 30 s']);
  });

  it.each([
    ['steps', 'its steps did not come back within 3 s'],
    ['verify', 'its check did not come back within 3 s'],
  ])('%s fails the procedure', async (part, why) => {
    const { drill, giveUp } = drillOf();
    const fine = async (): Promise<void> => undefined;
    procedureRegistry['of-a-user'] = {
      ...{ summary: 'x', params: z.strictObject({}), steps: fine, verify: fine },
      [part]: never,
    };
    const planned = { kind: 'procedure', id: 'mend', type: 'of-a-user', trigger: { next: true }, params: {} };
    const ran = runProcedure(planned as unknown as PlannedProcedure, drill);
    await vi.advanceTimersByTimeAsync(1000);
    giveUp.abort(new Error('late'));
    await vi.advanceTimersByTimeAsync(3000);
    expect(await ran).toBe(false);
    expect(drill.procedures[0]).toMatchObject({ verdict: 'failed', message: why });
  });

  it('is left alone where it is ours: that has budgets of its own', async () => {
    const kept = procedureRegistry['rolling-restart'];
    expect(kept).toBeDefined();
    const { drill, giveUp } = drillOf();
    let finish = (): void => undefined;
    const long = (): Promise<void> =>
      new Promise((resolve) => {
        finish = resolve;
      });
    procedureRegistry['rolling-restart'] = { ...kept!, managed: true, steps: long, verify: async () => undefined };
    const planned = { kind: 'procedure', id: 'mend', type: 'rolling-restart', trigger: { next: true }, params: {} };
    const ran = runProcedure(planned as unknown as PlannedProcedure, drill);
    giveUp.abort(new Error('late'));
    await vi.advanceTimersByTimeAsync(60_000);
    finish();
    expect(await ran).toBe(true);
    procedureRegistry['rolling-restart'] = kept!;
  });
});
