/** Objectives that no result can miss are refused when the file is loaded; beside each the one that can. */
import { describe, expect, it } from 'vitest';
import { canariesFor, canaryTags } from '../workload/canaries.js';
import { loadOne, problemsOf } from './testing/write.js';

const file = (kind: string, acts: string, objectives: string): string =>
  `name: vacuous\ntopology: ${kind}\n${acts}\nobjectives: { ${objectives} }\n`;
const FLUSH = 'timeline:\n  - { at: 1s, fault: flushall, target: primary of shard 1 }';
const CLUSTER = '{ kind: cluster, shards: 3 }';
const ONE = '{ kind: replication }';

describe('a limit that all values of the data set would meet', () => {
  it.each([
    [ONE, 'values_missing: <= 16', 16],
    [ONE, 'values_changed: <= 50', 16],
    [ONE, 'values_missing: < 17', 16],
    [CLUSTER, 'values_missing: <= 48', 48],
  ])('is refused: %s %s', async (kind, objective, all) => {
    expect((await problemsOf(file(kind, FLUSH, objective))).join()).toMatch(
      new RegExp(`is always met, so it proves nothing: there are ${all} values in all; write "== 0"`),
    );
  });

  it.each([
    [ONE, 'values_missing: <= 15'],
    [ONE, 'values_changed: < 16'],
    [CLUSTER, 'values_missing: <= 16'],
    [ONE, 'values_missing: == 0'],
  ])('and one that can be missed is not: %s %s', async (kind, objective) => {
    expect((await loadOne(file(kind, FLUSH, objective))).objectives).toHaveLength(1);
  });

  it('counts as many values as are written', () => {
    const shards = [1, 2].map((shard) => ({ shard, slots: [[0, 8191] as [number, number]] }));
    const tags = shards.flatMap(({ shard }) =>
      Array.from({ length: 9 }, (_, i) => ({ tag: `${shard}-${i}`, shard, slot: i })),
    );
    expect(canariesFor(canaryTags(tags, shards))).toHaveLength(32);
  });
});

it('slots are not asked of a kind that has none', async () => {
  expect((await problemsOf(file(ONE, FLUSH, 'slots_covered: == 16384'))).join()).toMatch(
    /only a cluster has slots; leave it out with kind replication/,
  );
  expect((await loadOne(file(CLUSTER, FLUSH, 'slots_covered: == 16384'))).objectives).toHaveLength(1);
});

describe('a recovery from nothing', () => {
  it.each(['none', 'wait-for-heal'])('is refused where all that is done is %s', async (procedure) => {
    const idle = `recovery:\n  - { at: 1s, procedure: ${procedure} }`;
    const told = await problemsOf(file(ONE, idle, 'recovery_time: < 8s, redundancy_restored: < 5s, nodes_agree: true'));
    const text = told.join();
    expect(text).toMatch(
      new RegExp(`recovery_time counts from .* only ${procedure}, which does nothing to the deployment`),
    );
    expect(text).toMatch(/redundancy_restored counts from/);
    expect(text).not.toMatch(/nodes_agree counts/);
  });

  it('and not where something is broken, or done', async () => {
    const done = 'recovery:\n  - { at: 1s, procedure: rolling-restart }';
    const both = `${FLUSH}\nrecovery:\n  - { at: 1s, procedure: wait-for-heal }`;
    for (const acts of [done, both])
      expect((await loadOne(file(ONE, acts, 'recovery_time: < 60s'))).objectives).toHaveLength(1);
  });
});
