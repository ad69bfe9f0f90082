import { describe, expect, it } from 'vitest';
import { startClock } from '../core/clock.js';
import { silent } from '../core/progress.js';
import type { NodeView } from '../deployment/types.js';
import { unreachable } from '../deployment/views.js';
import type { StepRecord } from '../recording/deeds.js';
import type { NeverStep, PlannedStep } from '../scenarios/types.js';
import { parseWhen } from '../scenarios/when.js';
import { steadyState } from './events.js';
import { carryOutStep } from './steps.js';
import type { Drill } from './types.js';
import { watchOut } from './watch-out.js';

const OWN = '1:M 22 Nov 2026 10:50:00.123 * Ready to accept connections';

interface Deployment {
  /** Does node-1 answer the observer? */
  answers?: boolean;
  /** What its container has printed. */
  log?: string[];
  /** Is it node-1 that the drill itself has stopped? */
  stopped?: boolean;
}

/** One node, looked at every 20 ms; only what a `never` asks for is there. */
function drillOf({ answers = true, log = [OWN], stopped = false }: Deployment): Drill {
  const clock = startClock();
  const look = (): NodeView => ({
    ...unreachable('node-1', clock.now()),
    ...(answers && { reachable: true, role: 'primary' as const }),
  });
  const nodes = (): Map<string, NodeView> => new Map([['node-1', look()]]);
  const record = { targets: ['node-1'], healedAt: undefined };
  const logs = async () => log.map((text) => ({ wall: 0, text }));
  const drill = {
    clock,
    signal: new AbortController().signal,
    values: new Map(),
    plan: { entries: [] },
    faults: [],
    live: stopped ? [{ record }] : [],
    ownersBefore: new Map(),
    epochBefore: 0,
    zero: 0,
    offsets: {},
    tail: { lines: [] },
    progress: silent,
    giveUp: new AbortController(),
    prober: { lost: () => false },
    topology: {
      shards: [{ shard: 1, slots: [[0, 16383]] }],
      all: [{ name: 'node-1', container: { logs } }],
      nodes: [],
      access: { secrets: [] },
    },
    observer: {
      every: 20,
      views: nodes,
      onLook: () => undefined,
      consensus: () => ({
        t: clock.now(),
        nodes: nodes(),
        owners: new Map(),
        failed: new Set(),
        quorate: true,
        agree: true,
        problems: [],
      }),
    },
  };
  return drill as unknown as Drill;
}

const watch = (event: string, deployment: Deployment) =>
  watchOut({ kind: 'never', conditions: [parseWhen(event)], for: 60 } as unknown as NeverStep, drillOf(deployment), {
    attempts: 0,
  } as unknown as StepRecord);

it('what nothing showed, although somebody could see it, never was', async () => {
  expect(await watch('failover started', {})).toMatchObject({ met: true });
  expect(await watch('log matches /Failover election won/', {})).toMatchObject({ met: true });
});

it('what nobody could see is not known, however short the watch', async () => {
  expect(await watch('failover started', { answers: false })).toMatchObject({ met: false, unknown: true });
  // Also where the drill itself silenced them all.
  expect(await watch('failover started', { answers: false, stopped: true })).toMatchObject({
    met: false,
    unknown: true,
  });
  expect(await watch('suspected', { answers: false, stopped: true })).toMatchObject({ met: false, unknown: true });
});

it('log lines of a server that prints elsewhere were not read', async () => {
  const outcome = await watch('log matches /Failover election won/', { log: [] });
  expect(outcome).toMatchObject({ met: false, unknown: true });
  expect(outcome.why).toBe('node-1 has printed nothing that redrill could read: where does it log to?');
  expect(await watch('failover started', { log: [] })).toMatchObject({ met: true });
});

describe('a line that is expected and does not come', () => {
  const expectLine = async (deployment: Deployment): Promise<StepRecord> => {
    const step = {
      id: 'a',
      kind: 'expect',
      conditions: [parseWhen('log matches /Failover election won/')],
      within: 60,
    };
    const record = { id: 'a', attempts: 0, nodes: [], title: 'expect' } as unknown as StepRecord;
    const drill = Object.assign(drillOf(deployment), { steps: [record] });
    await carryOutStep(step as unknown as PlannedStep, drill, steadyState(drill));
    return record;
  };

  it('was not printed, where the log can be read', async () => {
    expect(await expectLine({})).toMatchObject({ verdict: 'not met' });
  });

  it('is not known of a server that prints elsewhere', async () => {
    const { verdict, why } = await expectLine({ log: [] });
    expect(verdict).toBe('unknown');
    expect(why).toContain('node-1 has printed nothing that redrill could read: where does it log to?');
  });
});
