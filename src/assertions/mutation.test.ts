/**
 * Mutation of the judge: for each objective of the registry, recordings of drills with a defect that must fail and, beside each,
 * a control that differs in nothing but the defect and must pass. An objective without a pair does not compile, nor does it
 * pass here.
 */
import { describe, expect, it } from 'vitest';
import type { FinalState, Recording } from '../recording/recording.js';
import { newFound, newOps, OpKind, type Ops, Profile, Status } from '../recording/tables.js';
import { layout, type Story, stories, storyOf } from '../recording/testing/story.js';
import { syntheticRecording } from '../recording/testing/synthetic.js';
import { analyse } from '../timeline/analyse.js';
import { type ObjectiveName, objectives } from './index.js';
import { judge } from './judge.js';
import { parseObjective } from './parse.js';
import { withLifetimes, withReaders, withTalk } from './testing/beside.js';
import type { Finding } from './types.js';

/** What both witnesses would say of it, the limit that lies between, and the two recordings. */
interface Pair {
  defect: string;
  limit: string;
  bad: () => Recording;
  /** Default: the drill of a primary that crashes and is replaced as it should be. */
  good?: () => Recording;
}

const E = layout.effective;
const { segfault, replica } = stories;
const told = new Map<string, Recording>();
/** One recording for each story, however many pairs share it. */
function tell(name: string, story: () => Story): Recording {
  const found = told.get(name) ?? syntheticRecording({ ops: 3000, story: story() });
  told.set(name, found);
  return found;
}
const good = (): Recording => tell('control', () => segfault);

type Step = 'suspected' | 'agreed' | 'elected' | 'promoted' | 'served' | 'restarted' | 'redundant';
const order: readonly Step[] = ['suspected', 'agreed', 'elected', 'promoted', 'served', 'restarted', 'redundant'];
/** Two seconds more in one step of the recovery, and all that follows as much later. */
const late =
  (step: Step, by = 2000) =>
  (): Recording =>
    tell(`${step} + ${by}`, () => {
      const moved = order.slice(order.indexOf(step)).map((name) => [name, segfault[name]! + by] as const);
      return storyOf({ ...segfault, ...Object.fromEntries(moved) });
    });

type Answer = ReturnType<Story['client']>['answer'];
/** Clients that are answered otherwise than the servers' state would have it. */
const clients =
  (name: string, story: Story, other: (t: number, shard: number) => Answer | undefined) => (): Recording =>
    tell(name, () => ({
      ...story,
      client: (shard, t) => {
        const { node, answer } = story.client(shard, t);
        return { node, answer: other(t, shard) ?? answer };
      },
    }));
const took = (ms: number): Answer => ({ status: Status.ok, took: ms });
const silent: Answer = { status: Status.unknown, error: 'no answer within 250 ms', took: 400 };
const refused: Answer = { status: Status.fail, error: 'CLUSTERDOWN The cluster is down' };
const { served: back, redundant: whole } = segfault as Required<Story>;

const never = (): Recording => tell('never', () => stories.never);
/** Half of the time it is, after all, as it was before. */
const relapse = (): Recording =>
  tell('relapse', () => ({
    ...segfault,
    answer: (node, shard, t) => (shard === 1 && t > 6500 ? refused : segfault.answer(node, shard, t)),
  }));

/** A disturbance that interrupts nothing: latency is all that there is to see. */
const quick = clients('quick', replica, () => took(1));
const slowIn = (from: number, to: number, share = 1) =>
  clients(`slow from ${from} to ${to} (${share})`, replica, (t) =>
    t >= from && t < to && Math.abs(Math.round(t * 7919)) % 100 < 100 * share ? took(200) : took(1),
  );
const BEFORE = [-1e6, 0] as const;
const DURING = [0, replica.redundant!] as const;
const AFTER = [replica.redundant! + 100, 1e6] as const;

const ended = (change: Partial<FinalState>) => (): Recording => ({ ...good(), final: { ...good().final!, ...change } });
const [first, ...others] = good().final!.replicas;
const canaries = (missing: string[], changed: string[]) => ({ canaries: { written: 300, missing, changed } });

/** The same with the elements that these operations wrote gone in the end. */
function losing(recording: Recording, gone: (ops: Ops, row: number) => boolean): Recording {
  const { ops, found } = recording;
  const lost = new Set<string>();
  for (let i = 0; i < ops.length; i++)
    if (ops.at(i, 'kind') === OpKind.write && ops.at(i, 'status') === Status.ok && gone(ops, i))
      lost.add(`${ops.at(i, 'client')}/${ops.at(i, 'seq')}`);
  const kept = newFound();
  for (let i = 0; i < found.length; i++) {
    const row = { client: found.at(i, 'client'), seq: found.at(i, 'seq'), count: found.at(i, 'count') };
    if (!lost.has(`${row.client}/${row.seq}`)) kept.push(row);
  }
  return { ...recording, found: kept };
}

const noLoss = (): Recording => tell('no loss', () => storyOf({ ...segfault, tailLost: 0 }));
const onShard1 = (ops: Ops, row: number, from: number, to: number): boolean =>
  ops.at(row, 'shard') === 1 && ops.at(row, 'done') >= E + from && ops.at(row, 'done') < E + to;

/** What a patient client sent to the primary while it was frozen is acknowledged when it wakes. */
function patient(): Recording {
  const known = told.get('patient');
  if (known) return known;
  const base = noLoss();
  const ops = newOps();
  for (let i = 0; i < base.ops.length; i++) {
    const row = Object.fromEntries(Object.keys(base.ops.shape).map((c) => [c, base.ops.at(i, c as 'seq')])) as never;
    ops.push(row);
    const t = base.ops.at(i, 'intended') - E;
    const waits = base.ops.at(i, 'client') === 0 && base.ops.at(i, 'shard') === 1 && t > 0 && t < back;
    if (!waits || base.ops.at(i, 'kind') !== OpKind.write) continue;
    ops.set(i, 'profile', Profile.patient);
    ops.set(i, 'status', Status.ok);
    ops.set(i, 'done', E + whole);
  }
  const found = newFound();
  for (let i = 0; i < ops.length; i++)
    if (ops.at(i, 'kind') === OpKind.write && ops.at(i, 'status') === Status.ok)
      found.push({ client: ops.at(i, 'client'), seq: ops.at(i, 'seq'), count: 1 });
  const recording = { ...base, ops, found };
  told.set('patient', recording);
  return recording;
}

const talking = (deafFor: number): Recording => withTalk(good(), deafFor);
const living = (left?: number, whose = 0): Recording => withLifetimes(noLoss(), left, whose);
const reading = (stillFor: number, error?: string): Recording => withReaders(good(), stillFor, error);

const pairs: Record<ObjectiveName, readonly [Pair, ...Pair[]]> = {
  recovery_time: [
    { defect: 'service is back two seconds late', limit: '< 4s', bad: late('served') },
    { defect: 'the election took two seconds more', limit: '< 4s', bad: late('elected') },
    { defect: 'service never came back', limit: '< 1m', bad: never },
    { defect: 'the shard was lost again, for good', limit: '< 1m', bad: relapse },
  ],
  client_recovery_time: [
    { defect: 'service is back late', limit: '< 4s', bad: late('served') },
    {
      defect: 'the application goes on failing after service is back',
      limit: '< 4s',
      bad: clients('clients lag', segfault, (t, shard) =>
        shard === 1 && t > back && t < back + 2000 ? silent : undefined,
      ),
    },
    { defect: 'the application fails to the end', limit: '< 1m', bad: never },
  ],
  redundancy_restored: [
    { defect: 'the replica is in sync two seconds late', limit: '< 7s', bad: late('redundant') },
    { defect: 'the replica never comes back', limit: '< 1m', bad: never },
  ],
  time_to_suspect: [{ defect: 'nobody noticed for two seconds more', limit: '< 3s', bad: late('suspected') }],
  time_to_agree: [{ defect: 'the majority agreed two seconds late', limit: '< 3s', bad: late('agreed') }],
  time_to_elect: [
    { defect: 'the election was won two seconds late', limit: '< 4s', bad: late('elected') },
    { defect: 'nobody was elected', limit: '< 1m', bad: never },
  ],
  time_to_promote: [{ defect: 'the winner took over two seconds late', limit: '< 4s', bad: late('promoted') }],
  time_to_normal: [
    { defect: 'service is back late', limit: '< 8s', bad: late('served', 4000) },
    {
      defect: 'p99 stays out of its band for long',
      limit: '< 8s',
      bad: clients('slow for long', segfault, (t) => (t > back && t < back + 7000 ? took(60) : undefined)),
    },
  ],
  phase_suspected: [{ defect: 'nobody noticed for two seconds more', limit: '< 3s', bad: late('suspected') }],
  phase_agreed: [{ defect: 'the majority agreed two seconds late', limit: '< 1s', bad: late('agreed') }],
  phase_elected: [{ defect: 'the election took two seconds more', limit: '< 2s', bad: late('elected') }],
  phase_promoted: [{ defect: 'the winner took over two seconds late', limit: '< 1s', bad: late('promoted') }],
  phase_served: [
    { defect: 'the new primary opened two seconds late', limit: '< 1s', bad: late('served') },
    { defect: 'service never came back', limit: '< 1m', bad: never },
  ],
  phase_client: [
    {
      defect: 'the application goes on failing after service is back',
      limit: '< 1s',
      bad: clients('clients lag', segfault, (t, shard) =>
        shard === 1 && t > back && t < back + 2000 ? silent : undefined,
      ),
    },
  ],
  phase_redundant: [{ defect: 'the replica is in sync two seconds late', limit: '< 4s', bad: late('redundant') }],
  phase_normal: [
    {
      defect: 'p99 stays out of its band long after all is whole',
      limit: '< 1s',
      bad: clients('slow for long', segfault, (t) => (t > back && t < back + 7000 ? took(60) : undefined)),
    },
  ],
  lost_acknowledged_writes: [
    { defect: 'the last three acknowledgements died with the primary', limit: '== 0', good: noLoss, bad: good },
    {
      defect: 'a primary that was cut off acknowledged for two seconds more',
      limit: '<= 20',
      good: noLoss,
      bad: () => tell('minority', () => stories.minority),
    },
    {
      defect: 'one write in the middle of another shard is gone',
      limit: '== 0',
      good: noLoss,
      bad: () => losing(noLoss(), (ops, row) => ops.at(row, 'shard') === 2 && ops.at(row, 'seq') === 17),
    },
    {
      defect: 'what a patient client was told by the primary that woke is gone',
      limit: '== 0',
      good: patient,
      bad: () => losing(patient(), (ops, row) => ops.at(row, 'profile') === Profile.patient),
    },
  ],
  rpo_seconds: [
    {
      defect: 'two seconds of acknowledgements before the crash are gone',
      limit: '< 1s',
      bad: () => losing(good(), (ops, row) => onShard1(ops, row, -2000, 0)),
    },
    {
      defect: 'a primary that was cut off went on acknowledging',
      limit: '< 1s',
      bad: () => tell('minority', () => stories.minority),
    },
  ],
  availability: [{ defect: 'four seconds more without service', limit: '>= 75%', bad: late('served', 4000) }],
  availability_worst_shard: [
    { defect: 'one shard is away for four seconds more', limit: '>= 60%', bad: late('served', 4000) },
  ],
  client_availability: [
    {
      defect: 'the application gets no answer from a shard whose servers serve',
      limit: '>= 80%',
      bad: clients('shard 2 silent', segfault, (t, shard) => (shard === 2 && t > 0 ? silent : undefined)),
    },
  ],
  error_rate: [
    { defect: 'four seconds more of refusals', limit: '< 20%', bad: late('served', 4000) },
    {
      defect: 'another shard gives the application no answer, though the probes have theirs',
      limit: '< 20%',
      bad: clients('shard 2 silent', segfault, (t, shard) => (shard === 2 && t > 0 ? silent : undefined)),
    },
  ],
  throughput_during: [
    {
      defect: 'the shards that were not hit refuse too, from the beginning',
      limit: '>= 30%',
      bad: clients('all refuse', segfault, (t) => (t > 0 && t < back ? refused : undefined)),
    },
  ],
  throughput_after: [
    {
      defect: 'a third of the application gets no answer any more, some time after service is back',
      limit: '>= 90%',
      bad: clients('a relapse of clients', segfault, (t, shard) =>
        shard === 2 && t > whole + 2500 ? silent : undefined,
      ),
    },
  ],
  p50_before: [
    {
      defect: 'half of the operations are slow before the fault',
      limit: '< 50ms',
      good: quick,
      bad: slowIn(...BEFORE, 0.6),
    },
  ],
  p99_before: [
    {
      defect: 'a few operations are slow before the fault',
      limit: '< 50ms',
      good: quick,
      bad: slowIn(...BEFORE, 0.05),
    },
  ],
  max_before: [{ defect: 'a short stall before the fault', limit: '< 50ms', good: quick, bad: slowIn(-1000, -900) }],
  p50_during: [
    { defect: 'half of the operations are slow', limit: '< 50ms', good: quick, bad: slowIn(...DURING, 0.6) },
    {
      defect: 'half of the operations are not answered for seconds',
      limit: '< 200ms',
      good: quick,
      bad: clients('two shards silent', replica, (t, shard) => (shard < 3 && t > 0 && t < 5000 ? silent : took(1))),
    },
  ],
  p99_during: [
    { defect: 'a few operations are slow', limit: '< 50ms', good: quick, bad: slowIn(...DURING, 0.05) },
    {
      defect: 'a shard answers nothing, the others at once',
      limit: '< 500ms',
      good: quick,
      bad: clients('one shard silent', replica, (t, shard) => (shard === 1 && t > 0 && t < 4000 ? silent : took(1))),
    },
    {
      defect: 'a shard refuses at once, for seconds',
      limit: '< 500ms',
      good: quick,
      bad: clients('one shard refuses', replica, (t, shard) => (shard === 1 && t > 0 && t < 4000 ? refused : took(1))),
    },
  ],
  max_during: [
    { defect: 'a short stall', limit: '< 50ms', good: quick, bad: slowIn(1000, 1100) },
    {
      defect: 'a shard answers nothing for a second',
      limit: '< 500ms',
      good: quick,
      bad: clients('a second', replica, (t, shard) => (shard === 1 && t > 1000 && t < 2000 ? silent : took(1))),
    },
  ],
  p50_after: [{ defect: 'half of the operations stay slow', limit: '< 50ms', good: quick, bad: slowIn(...AFTER, 0.6) }],
  p99_after: [
    { defect: 'a few operations stay slow', limit: '< 50ms', good: quick, bad: slowIn(...AFTER, 0.05) },
    { defect: 'it never recovered', limit: '< 1m', bad: never },
  ],
  max_after: [{ defect: 'a stall when all was well again', limit: '< 50ms', good: quick, bad: slowIn(9000, 9100) }],
  lost_messages: [
    {
      defect: 'a node gets no messages for two seconds',
      limit: '<= 5',
      good: () => talking(0),
      bad: () => talking(2000),
    },
  ],
  subscriber_deafness: [
    {
      defect: 'a node gets no messages for two seconds',
      limit: '< 1s',
      good: () => talking(0),
      bad: () => talking(2000),
    },
  ],
  wrong_expiries: [
    { defect: 'a key is there though its time is over', limit: '== 0', good: () => living(), bad: () => living(5000) },
    { defect: 'a key has no time to live any more', limit: '== 0', good: () => living(), bad: () => living(-1) },
    {
      defect: 'a key was to outlive the drill and ends an hour early',
      limit: '== 0',
      good: () => living(),
      bad: () => living(23 * 3_600_000, 1),
    },
  ],
  replica_staleness: [
    {
      defect: 'a replica that its primary has lost goes on answering, for two seconds',
      limit: '< 1s',
      good: () => reading(0),
      bad: () => reading(2000),
    },
  ],
  replica_read_errors: [
    {
      defect: 'a replica refuses its readers, for two seconds',
      limit: '< 5%',
      good: () => reading(0),
      bad: () => reading(2000, 'MASTERDOWN'),
    },
  ],
  slots_covered: [
    { defect: 'the slots of a shard have no owner', limit: '== 16384', bad: ended({ slotsCovered: 10_923 }) },
  ],
  nodes_agree: [{ defect: 'one node holds another map', limit: 'true', bad: ended({ nodesAgreeing: 5 }) }],
  data_intact: [
    { defect: 'a value is gone', limit: 'true', bad: ended(canaries(['k'], [])) },
    { defect: 'a value is another one', limit: 'true', bad: ended(canaries([], ['k'])) },
    {
      defect: 'a replica differs',
      limit: 'true',
      bad: ended({ replicas: [{ ...first!, sameData: false }, ...others] }),
    },
  ],
  values_missing: [{ defect: 'a value is gone', limit: '== 0', bad: ended(canaries(['k'], [])) }],
  values_changed: [{ defect: 'a value is another one', limit: '== 0', bad: ended(canaries([], ['k'])) }],
  replicas_equal: [
    {
      defect: 'a replica differs',
      limit: 'true',
      bad: ended({ replicas: [{ ...first!, sameData: false }, ...others] }),
    },
  ],
};

/** The analysis of a recording is made once, and knows nothing of objectives: they are put into it one after the other. */
function judged(recording: Recording, name: ObjectiveName, limit: string): Finding {
  recording.objectives = [{ ...parseObjective(name, limit), optional: false }];
  return judge(analyse(recording))[0]!;
}

const named = Object.keys(objectives) as ObjectiveName[];

describe.each(named)('%s', { timeout: 60_000 }, (name) => {
  it.each(pairs[name])('fails where $defect, and passes where not ($limit)', ({ limit, bad, good: control = good }) => {
    const [failed, passed] = [judged(bad(), name, limit), judged(control(), name, limit)];
    expect(failed.verdict, failed.text).toBe('fail');
    expect(passed.verdict, passed.text).toBe('pass');
  });
});

it('has at least 25 defects, and one for each objective', () => {
  expect(named.filter((name) => !pairs[name] || pairs[name].length === 0)).toEqual([]);
  expect(Object.values(pairs).flat().length).toBeGreaterThanOrEqual(Math.max(25, named.length));
});
