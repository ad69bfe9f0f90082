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
  /** It prints this while it is watched, and stamps it by a clock that is so many ms ahead of the machine's. */
  prints?: { text: string; ahead: number };
  /** Does the fleet know that its clock was moved, before any of it? */
  moved?: boolean;
  /** Is it node-1 that the drill itself has stopped? */
  stopped?: boolean;
}

/** One node, looked at every 20 ms; only what a `never` asks for is there. */
function drillOf({ answers = true, log = [OWN], stopped = false, prints, moved = false }: Deployment): Drill {
  const clock = startClock();
  const look = (): NodeView => ({
    ...unreachable('node-1', clock.now()),
    ...(answers && { reachable: true, role: 'primary' as const }),
  });
  const nodes = (): Map<string, NodeView> => new Map([['node-1', look()]]);
  const record = { targets: ['node-1'], healedAt: undefined };
  const begun = clock.wall(clock.now());
  const lines = log.map((text) => ({ wall: 0, text }));
  if (prints) lines.push({ wall: begun + 5, text: `${stampAt(begun + 5 + prints.ahead)} ${prints.text}` });
  const logs = async () => lines;
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
      kind: 'cluster',
      sentinels: [],
      shards: [{ shard: 1, slots: [[0, 16383]] }],
      all: [{ name: 'node-1', container: { logs, clockMoved: moved ? begun - 1000 : undefined } }],
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

/** "1:M 22 Nov 2026 10:50:00.123 *" */
function stampAt(wall: number): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(wall).toUTCString())!;
  return `1:M ${day} ${month} ${year} ${time}.${String(Math.floor(wall) % 1000).padStart(3, '0')} *`;
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

describe('a line that is printed while it is watched for', () => {
  const HOUR = 3_600_000;
  const text = 'Failover election won';
  const event = `log matches /${text}/`;

  it('is found, by its stamp', async () => {
    expect(await watch(event, { prints: { text, ahead: 0 } })).toMatchObject({ met: false });
    expect(await watch(event, { prints: { text, ahead: HOUR } })).toMatchObject({ met: true });
  });

  it('is found where a fault has moved the clock of its node: then the stamp says nothing', async () => {
    expect(await watch(event, { prints: { text, ahead: HOUR }, moved: true })).toMatchObject({ met: false });
    expect(await watch(event, { prints: { text: 'another', ahead: HOUR }, moved: true })).toMatchObject({ met: true });
  });
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
