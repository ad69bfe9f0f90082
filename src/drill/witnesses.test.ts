/** What nobody could see neither holds nor is it "not met": every form that can be asked, while all who could tell are dead. */
import { describe, expect, it } from 'vitest';
import { consensus } from '../deployment/consensus.js';
import { dealSlots, ONE_SHARD } from '../deployment/slots.js';
import type { DeploymentKind, NodeView, PeerView } from '../deployment/types.js';
import { unreachable } from '../deployment/views.js';
import { conditionForms } from '../scenarios/steps/conditions.js';
import { events, parseWhen } from '../scenarios/when.js';
import { type Baseline, baselineNow, watchFor } from './events.js';
import type { Found } from './found.js';
import type { Drill } from './types.js';
import { tryTo } from './watch-out.js';

const data = ['node-1', 'node-2', 'node-3', 'node-4', 'node-5', 'node-6'];
const watchers = ['sentinel-1', 'sentinel-2', 'sentinel-3'];

/** Three shards with a replica each, or one primary with five of them. */
const layout = {
  cluster: { shards: dealSlots(3), primaries: 3, sentinels: [] },
  sentinel: { shards: ONE_SHARD, primaries: 1, sentinels: watchers },
  replication: { shards: ONE_SHARD, primaries: 1, sentinels: [] },
} as const satisfies Record<DeploymentKind, unknown>;

interface Scene {
  kind?: DeploymentKind;
  dead?: readonly string[];
  /** Is it this drill that has stopped them? */
  ours?: boolean;
  /** Whom everybody who is able to suspects. */
  suspect?: string;
  loading?: string;
}

function viewsOf({ kind = 'cluster', dead = [], suspect, loading }: Scene): Map<string, NodeView> {
  const { shards, primaries, sentinels } = layout[kind];
  const shardOf = (i: number): number => i % primaries;
  const row = (name: string, i: number): [string, PeerView] => [
    name,
    {
      role: i < primaries ? 'primary' : 'replica',
      health: 'ok',
      epoch: 1,
      slots: i < primaries ? [...shards[i]!.slots] : [],
      open: [],
      linked: true,
      ...(i >= primaries && { primary: data[shardOf(i)]! }),
    },
  ];
  const look = (name: string, i: number): NodeView => {
    const suspects = kind === 'cluster' || i >= data.length;
    const peers = new Map(data.map(row));
    for (const sentinel of sentinels)
      peers.set(sentinel, { role: 'sentinel', health: 'ok', epoch: 0, slots: [], open: [], linked: true });
    const about = peers.get(suspect ?? '');
    if (about && suspects && name !== suspect) about.health = 'pfail';
    const role = i >= data.length ? 'sentinel' : i < primaries ? 'primary' : 'replica';
    const replicasOnline = role === 'primary' ? (data.length - primaries) / primaries : 0;
    return {
      ...unreachable(name, 0),
      reachable: true,
      role,
      state: 'ok',
      currentEpoch: 3,
      linkUp: true,
      replicasOnline,
      peers,
    };
  };
  return new Map(
    [...data, ...sentinels].map((name, i) => [
      name,
      dead.includes(name)
        ? unreachable(name, 0)
        : name === loading
          ? { ...unreachable(name, 0), reachable: true, role: 'loading' }
          : look(name, i),
    ]),
  );
}

function drillOf(scene: Scene): Drill {
  const { kind = 'cluster', dead = [], ours = true } = scene;
  const { shards, primaries, sentinels } = layout[kind];
  const views = viewsOf(scene);
  const law = sentinels.length > 0 ? { sentinels: { names: new Set<string>(sentinels), quorum: 2 } } : {};
  const view = consensus(views, { kind, shards, replicas: shards.map(() => 5), ...law }, 0);
  const node = (name: string) => {
    const i = data.indexOf(name);
    return { name, initial: { shard: (i % primaries) + 1, role: i < primaries ? 'primary' : 'replica' } };
  };
  const drill = {
    clock: { now: () => 0 },
    values: new Map(),
    plan: { entries: [] },
    faults: [],
    live: ours ? [{ record: { targets: dead } }] : [],
    tail: { lines: [] },
    ownersBefore: new Map(shards.map(({ shard }, i) => [shard, data[i]!])),
    prober: { lost: () => dead.length > 0 },
    observer: { consensus: () => view, views: () => views },
    topology: { kind, shards, nodes: data.map(node), sentinels: sentinels.map(node), all: [], node },
  };
  return drill as unknown as Drill;
}

/** Asked of this scene, after one in which everybody was there. */
const ask = (text: string, scene: Scene, before?: Baseline): Found =>
  tryTo(watchFor(parseWhen(text), drillOf(scene), before ?? baselineNow(drillOf({ kind: scene.kind ?? 'cluster' }))));

/** What no server is asked for, and who tells of it. */
const ownWitness = {
  '<who> answers': 'the observer',
  'shard <n> serves': 'the probes',
  '${a} > ${b}': 'what was saved',
  'service lost': 'the probes',
  'service restored': 'the probes',
  steady: 'nobody may ask for it',
  healed: 'nobody may ask for it',
};

/** `kind`: only there. `sentinels`: nobody but they can tell it, where there are some. */
interface Asked {
  texts: readonly string[];
  kind?: DeploymentKind;
  sentinels?: true;
}
const conditions: Record<string, readonly Asked[]> = {
  'cluster ok on <who>': [
    { texts: ['cluster ok', 'cluster fail', 'cluster ok on all', 'cluster fail on node-2'], kind: 'cluster' },
  ],
  'slot <n> migrating': [
    { texts: ['slot 42 migrating', 'slot 42 not migrating', 'slot 42 moved', 'slot 42 not moved'], kind: 'cluster' },
  ],
  'nodes agree': [{ texts: ['nodes agree', 'nodes disagree'] }],
  '<who> has <n> replicas': [
    {
      texts: [
        'shard 1 has 0 replicas',
        'shard 1 has 1 replica',
        'node-1 has >= 1 replicas',
        'node-1 has != 0 replicas',
      ],
    },
  ],
  '<who> is primary': [
    {
      texts: ['node-1 is primary', 'node-1 is not primary', 'node-1 is replica', 'replicas of shard 1 is not primary'],
    },
  ],
  '<who> is failed': [
    {
      texts: [
        'node-1 is suspected',
        'node-1 is not suspected',
        'node-1 is failed',
        'node-1 is not failed',
        'all is not failed',
      ],
      sentinels: true,
    },
  ],
  '<who> is in sync': [{ texts: ['node-4 is in sync', 'node-4 is not in sync', 'replicas of shard 1 is in sync'] }],
  '<who> is replica of <who>': [
    { texts: ['node-4 is replica of node-1', 'node-4 is not replica of node-1'] },
    { texts: ['node-4 is replica of primary', 'node-4 is not replica of primaries'], sentinels: true },
  ],
  '<who> is <who>': [
    {
      texts: [
        'primary of shard 1 is node-1',
        'primary of shard 1 is not node-1',
        'primary of slot 42 is node-1',
        'primary of key user:1 is not node-1',
        'primary is node-1',
        'node-4 is replica of shard 1',
        'replicas of shard 1 is not node-4',
      ],
      sentinels: true,
    },
  ],
};
const happenings: Record<string, readonly Asked[]> = {
  suspected: [{ texts: ['suspected'], sentinels: true }],
  failed: [{ texts: ['failed'], sentinels: true }],
  'failover started': [{ texts: ['failover started'], sentinels: true }],
  'failover complete': [{ texts: ['failover complete'], sentinels: true }],
  'full sync started': [{ texts: ['full sync started'] }],
};

const asked = [...Object.values(conditions), ...Object.values(happenings)].flat();
const flags = /suspected|failed$/;
/** Nobody suspects there: such a question is refused when the file is loaded. */
const isAsked = (text: string, kind: DeploymentKind): boolean => kind !== 'replication' || !flags.test(text);

const rows = (['cluster', 'sentinel', 'replication'] as const).flatMap((kind) =>
  asked.flatMap(({ texts, kind: only, sentinels = false }) =>
    only !== undefined && only !== kind
      ? []
      : texts.filter((text) => isAsked(text, kind)).map((text) => ({ kind, text, sentinels })),
  ),
);

it('every form and every event is asked here, but for those that no server is asked for', () => {
  const forms = [...conditionForms.map(({ form }) => form), ...Object.keys(events)];
  const here = [...Object.keys(conditions), ...Object.keys(happenings), ...Object.keys(ownWitness)];
  expect(new Set(here)).toEqual(new Set(forms));
});

describe.each(rows)('$kind: $text', ({ kind, text }) => {
  const everybody = [...data, ...layout[kind].sentinels];

  it('is known where everybody answers', () => {
    expect(ask(text, { kind }).holds).toBeTypeOf('boolean');
  });

  it('is not known where nobody is alive, whoever killed them', () => {
    for (const ours of [true, false]) {
      const { holds, text: why } = ask(text, { kind, dead: everybody, ours });
      expect(holds).toBeUndefined();
      expect(why).toMatch(/did not answer|does not answer|no answer|nobody|unreachable|no primary that answers/);
      expect(why).not.toMatch(/not suspected|not failed/);
    }
  });
});

const withSentinels = rows.filter(({ kind }) => kind === 'sentinel');

it.each(withSentinels.filter(({ sentinels }) => sentinels))('no sentinel is alive: $text is not known', ({ text }) => {
  const { holds, text: why } = ask(text, { kind: 'sentinel', dead: watchers });
  expect(holds).toBeUndefined();
  expect(why).toMatch(/sentinel-1, sentinel-2, sentinel-3 did not answer|nobody by majority/);
});

it.each(withSentinels.filter(({ sentinels }) => !sentinels))('no sentinel is alive: $text is known', ({ text }) => {
  expect(ask(text, { kind: 'sentinel', dead: watchers }).holds).toBeTypeOf('boolean');
});

describe('some of those who could see it are dead', () => {
  const kind = 'sentinel';
  const unhappened = [
    'suspected',
    'failed',
    'failover started',
    'failover complete',
    'node-1 is suspected',
    'node-1 is failed',
  ];

  it.each(unhappened)('%s: by this drill, and a quorum looked: it was not', (text) => {
    expect(ask(text, { kind, dead: ['sentinel-3'] }).holds).toBe(false);
    expect(ask(text, { dead: ['node-1'] }).holds).toBe(false);
  });

  it.each(unhappened)('%s: by nothing of this drill: what they saw is not known', (text) => {
    expect(ask(text, { kind, dead: ['sentinel-3'], ours: false })).toEqual({
      holds: undefined,
      text: expect.stringContaining('sentinel-3 did not answer'),
    });
  });

  it('without a quorum nobody has failed for certain, and nobody is certain not to have', () => {
    const dead = ['sentinel-2', 'sentinel-3'];
    const why = 'too few are left to agree on it: sentinel-2, sentinel-3 did not answer';
    expect(ask('failed', { kind, dead })).toEqual({ holds: undefined, text: why });
    expect(ask('node-1 is not failed', { kind, dead })).toEqual({
      holds: undefined,
      text: `node-1: not known: ${why}`,
    });
    // One that is left starts no failover that could be missed, and would say whom it suspects.
    expect(ask('failover started', { kind, dead }).holds).toBe(false);
    expect(ask('node-1 is suspected', { kind, dead, suspect: 'node-1' }).holds).toBe(true);
  });

  it('sentinels tell of servers that are all dead', () => {
    expect(ask('suspected', { kind, dead: data }).holds).toBe(false);
    expect(ask('suspected', { kind, dead: data, suspect: 'node-1' }).holds).toBe(true);
    expect(ask('full sync started', { kind, dead: data }).holds).toBeUndefined();
  });

  it('"cluster ok" is asked of whoever answers, and a replica of itself or of its primary', () => {
    expect(ask('cluster ok', { dead: ['node-1'] })).toMatchObject({ holds: true });
    expect(ask('cluster fail', { dead: data.slice(1) })).toMatchObject({ holds: false });
    expect(ask('cluster ok', { loading: 'node-1' }).holds).toBeUndefined();
    expect(ask('node-4 is replica of shard 1', { dead: ['node-4'] }).holds).toBe(true);
    expect(ask('node-4 is replica of shard 1', { dead: ['node-1'] }).holds).toBe(true);
    expect(ask('node-4 is replica of shard 1', { dead: ['node-1', 'node-4'] }).holds).toBeUndefined();
  });

  it('replicas in sync are counted where the primary answers, or all others do', () => {
    expect(ask('shard 1 has 0 replicas', { dead: ['node-4'] }).holds).toBe(true);
    // It still holds one for online, and nothing of this drill has stopped it.
    expect(ask('shard 1 has 0 replicas', { dead: ['node-4'], ours: false }).holds).toBeUndefined();
    expect(ask('shard 1 has 0 replicas', { dead: ['node-1'] }).holds).toBe(false);
    expect(ask('shard 1 has 0 replicas', { dead: ['node-1', 'node-4'] }).holds).toBeUndefined();
    expect(ask('shard 1 has <= 2 replicas', { dead: ['node-1', 'node-4'] }).holds).toBe(true);
  });
});

it('an election is told by those who elect: offsets of promoted servers are no epochs of sentinels', () => {
  const kind = 'sentinel';
  const drill = drillOf({ kind });
  drill.observer.consensus().nodes.get('node-2')!.currentEpoch = 54_321;
  expect(baselineNow(drill).epoch).toBe(3);
  const before = { ...baselineNow(drill), epoch: 2 };
  expect(ask('failover started', { kind }, before).holds).toBe(true);
  // Who comes back with an epoch that nobody could tell before has not been elected now.
  const blind = baselineNow(drillOf({ kind, dead: watchers }));
  expect(ask('failover started', { kind }, blind).holds).toBeUndefined();
});
