/** Small recordings for tests: the synthetic drill with some of its tables replaced. */
import type { Recording } from '../../recording/recording.js';
import { newOps, newProbes, OpKind, Status } from '../../recording/tables.js';
import { type Scenario, syntheticRecording } from '../../recording/testing/synthetic.js';

const made = new Map<Scenario, Recording>();

/** Shared between tests: change what a copy points to, never the tables themselves. */
export function drill(scenario: Scenario = 'segfault', change: Partial<Recording> = {}): Recording {
  const base = made.get(scenario) ?? syntheticRecording({ scenario, ops: 3000 });
  made.set(scenario, base);
  return { ...base, ...change };
}

/** A write probe every 10 ms to each shard's initial primary; `down` tells when shard 1 answers with an error. */
export function probesWith(down: (t: number) => boolean, from = 4000, to = 22_000): Recording['probes'] {
  const table = newProbes();
  for (let t = from; t < to; t += 10)
    for (const shard of [1, 2, 3]) {
      const bad = shard === 1 && down(t);
      table.push({
        sent: t,
        done: t + 1,
        shard,
        node: shard - 1,
        kind: OpKind.write,
        status: bad ? Status.fail : Status.ok,
        error: bad ? 1 : 0,
      });
    }
  return table;
}

/** A write every `gap` ms that is answered as `answer` says, round robin over the shards. */
export function opsWith(
  answer: (t: number) => { ok: boolean; took: number },
  gap = 4,
  from = 5000,
  to = 22_000,
): Recording['ops'] {
  const table = newOps();
  for (let t = from, i = 0; t < to; t += gap, i++) {
    const { ok, took } = answer(t);
    table.push({
      intended: t,
      sent: t,
      done: t + took,
      client: 0,
      profile: 0,
      kind: OpKind.write,
      status: ok ? Status.ok : Status.fail,
      error: ok ? 0 : 1,
      shard: 1 + (i % 3),
      slot: 5461 * (i % 3),
      seq: i,
    });
  }
  return table;
}

/** Nothing but a crash of node-1 at 8000 that probes may or may not feel: no views beyond the first ones, no logs. */
export const quiet = (change: Partial<Recording> = {}): Recording => {
  const base = drill('replica');
  return { ...base, views: base.views.filter((v) => v.t < 7000), logs: {}, procedures: [], ...change };
};
