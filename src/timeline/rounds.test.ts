import { describe, expect, it } from 'vitest';
import type { LogLine, NodeInfo } from '../recording/recording.js';
import { roundRows, worthTelling } from '../report/rounds.js';
import { analyse } from './analyse.js';
import { logFacts } from './logs.js';
import { roundsOf } from './rounds.js';
import { drill } from './testing/drills.js';

const NT = 5000;
const rules = { nodeTimeout: NT, product: 'redis', version: '7.0.15' };
const id = (n: number): string => String(n).padStart(40, '0');

/** Five shards: node-1 to node-5 lead, node-6 to node-10 follow them. */
const nodes = Array.from(
  { length: 10 },
  (_, i): NodeInfo => ({
    name: `node-${i + 1}`,
    id: id(i + 1),
    address: `10.0.0.${i + 1}:6379`,
    role: i < 5 ? 'primary' : 'replica',
    shard: (i % 5) + 1,
  }),
);
const shards = Array.from({ length: 5 }, (_, i) => ({
  shard: i + 1,
  slots: [[i * 3277, Math.min(16383, i * 3277 + 3276)]] as [number, number][],
}));

/** Lines as servers print them, by node. */
class Logs {
  readonly lines: Record<string, LogLine[]> = {};
  say(node: number, t: number, text: string): this {
    this.lines[`node-${node}`] ??= [];
    this.lines[`node-${node}`]!.push({ t, text: `1:S 26 Nov 2026 16:40:18.524 # ${text}` });
    return this;
  }
  stand(node: number, t: number, epoch: number, delay = 700): this {
    return this.say(node, t - delay, `Start of election delayed for ${delay} milliseconds (rank #0, offset 42).`).say(
      node,
      t,
      `Starting a failover election for epoch ${epoch}.`,
    );
  }
  granted(node: number, t: number, epoch: number, ...by: number[]): this {
    for (const voter of by) this.say(voter, t, `Failover auth granted to ${id(node)} for epoch ${epoch}`);
    return this;
  }
  taken(node: number, t: number, epoch: number, ...by: number[]): this {
    for (const voter of by) this.say(voter, t, `Failover auth denied to ${id(node)}: already voted for epoch ${epoch}`);
    return this;
  }
  late(node: number, t: number, epoch: number, ...by: number[]): this {
    for (const voter of by)
      this.say(voter, t, `Failover auth denied to ${id(node)}: reqEpoch (${epoch}) < curEpoch(${epoch + 1})`);
    return this;
  }
  won(node: number, t: number): this {
    return this.say(node, t, "Failover election won: I'm the new master.");
  }
}

const rounds = ({ lines }: Logs, to = 22_000, of: typeof rules = rules) => {
  const base = drill();
  const recording = {
    ...base,
    topology: { ...base.topology, nodes, shards, nodeTimeout: of.nodeTimeout },
    logs: lines,
    stages: [],
    clock: { ...base.clock, end: to },
  };
  return roundsOf(recording, logFacts(recording), of, { from: 0, to });
};

describe('rounds of elections', () => {
  it('tell who won, who lost to another shard, who came too late, and when those stand again', () => {
    const logs = new Logs()
      .stand(6, 9000, 11)
      .granted(6, 9010, 11, 3, 4, 5)
      .won(6, 9050)
      .stand(7, 9020, 11)
      .granted(7, 9030, 11, 2)
      .taken(7, 9030, 11, 3, 4, 5)
      .stand(8, 9100, 12)
      .late(8, 9120, 12, 1, 4, 5)
      // Four node timeouts, and a new delay.
      .stand(7, 29_800, 14)
      .granted(7, 29_810, 14, 3, 4, 5)
      .won(7, 29_900)
      .stand(8, 29_850, 15)
      .granted(8, 29_870, 15, 3, 4, 5)
      .won(8, 29_950);
    const found = rounds(logs, 40_000);
    expect(found).toMatchObject([
      {
        from: 9000,
        to: 9100,
        stood: 3,
        won: [1],
        lost: [
          { shard: 2, node: 'node-7', epoch: 11, why: 'epoch taken', to: 1, votes: 1, needed: 3 },
          { shard: 3, why: 'too late', votes: 0 },
        ],
      },
      { stood: 2, won: [2, 3], lost: [], fit: 'in range', predicted: { min: 29_420, max: 30_400 } },
    ]);
    expect(found[0]!.predicted).toBeUndefined();
    expect(roundRows({ at: 1000, rounds: found })).toMatchObject([
      {
        when: '+8 s to +8.1 s',
        elected: '1 of 3 shards',
        lost: '1: the epoch was taken by another shard (shard 2), 1: its epoch was over (shard 3)',
        predicted: '',
      },
      { elected: '2 of 2 shards', lost: '', predicted: '+28.42 s to +29.4 s: in range' },
    ]);
  });

  it('tell an election for which too few voted from one that nobody has decided yet', () => {
    const logs = new Logs().stand(6, 9000, 11).granted(6, 9010, 11, 4).stand(7, 19_000, 12);
    expect(rounds(logs)).toMatchObject([
      {
        lost: [
          { shard: 1, why: 'not enough votes', votes: 1 },
          { shard: 2, why: 'not decided' },
        ],
      },
    ]);
  });

  it('say that votes came after it had given up', () => {
    const logs = new Logs().stand(6, 9000, 11).granted(6, 9010, 11, 3, 4, 5);
    expect(rounds(logs)).toMatchObject([{ won: [], lost: [{ why: 'too late', votes: 3 }] }]);
  });

  it('count what is held again at once as the same round', () => {
    const logs = new Logs()
      .stand(6, 9000, 11)
      .granted(6, 9001, 11, 3, 4, 5)
      .won(6, 9050)
      .stand(7, 9010, 11)
      .taken(7, 9020, 11, 3, 4, 5)
      .say(7, 9040, 'Resetting the election since we cannot win an election without quorum')
      .stand(7, 9300, 12, 100)
      .granted(7, 9310, 12, 3, 4, 5)
      .won(7, 9350);
    const found = rounds(logs, 22_000, { ...rules, product: 'valkey', version: '9.1.2' });
    expect(found).toMatchObject([{ stood: 2, elections: 3, won: [1, 2], lost: [] }]);
    expect(worthTelling(found)).toBe(true);
  });

  it('keep the first election of a shard that is agreed upon late in the first round', () => {
    const logs = new Logs()
      .stand(6, 9000, 11)
      .late(6, 9010, 11, 3, 4, 5)
      .stand(6, 29_700, 12)
      .granted(6, 29_710, 12, 3, 4, 5)
      .won(6, 29_800)
      .stand(9, 29_900, 13)
      .granted(9, 29_910, 13, 3, 4, 5)
      .won(9, 29_950);
    expect(rounds(logs, 40_000)).toMatchObject([
      { stood: 2, won: [4], lost: [{ shard: 1 }] },
      { stood: 1, won: [1], lost: [] },
    ]);
  });

  it('say who may not stand again, its data being too old', () => {
    const barred = 'Currently unable to failover: Disconnected from master for longer than allowed.';
    const logs = new Logs()
      .stand(6, 9000, 11)
      .late(6, 9010, 11, 3, 4, 5)
      .say(6, 20_000, barred)
      // That was so for a while, until its primary was there again.
      .stand(7, 9100, 12)
      .late(7, 9110, 12, 3, 4, 5)
      .say(7, 12_000, barred)
      .stand(7, 29_900, 13);
    const found = rounds(logs, 40_000);
    expect(found[0]!.lost).toMatchObject([{ shard: 1, barred: 20_000 }, { shard: 2 }]);
    expect(found[0]!.lost[1]!.barred).toBeUndefined();
    expect(roundRows({ at: 0, rounds: found })[0]!.lost).toBe(
      '2: its epoch was over (shards 1, 2); for good, as the data of the replicas is too old to stand again (shard 1)',
    );
  });

  it('call a replica late that stood later than the rules have it', () => {
    const logs = new Logs().stand(6, 9000, 11).late(6, 9010, 11, 3, 4, 5).stand(6, 33_000, 12);
    expect(rounds(logs, 40_000)[1]).toMatchObject({ fit: 'late' });
  });

  it('know that a replica draws no delay where an operator sent FORCE', () => {
    const again = (delay: number) =>
      rounds(new Logs().stand(6, 9000, 11, delay).stand(6, 29_040, 12, delay), 40_000)[1]!.fit;
    expect(again(0)).toBe('in range');
    expect(again(700)).toBe('early');
  });

  it('belong to the incident of the fault that they answer', () => {
    const [incident] = analyse(drill()).incidents!;
    expect(incident!.rounds).toMatchObject([{ stood: 1, won: [1], lost: [] }]);
    expect(incident!.rounds![0]!.from).toBeGreaterThan(incident!.moments.suspected!);
    expect(incident!.rounds![0]!.to).toBeLessThanOrEqual(incident!.moments.elected!);
  });

  it('are no story where one shard was elected at its first try, and none without an election', () => {
    expect(rounds(new Logs())).toEqual([]);
    const one = rounds(new Logs().stand(6, 9000, 11).granted(6, 9010, 11, 3, 4, 5).won(6, 9050));
    expect(one).toMatchObject([{ stood: 1, won: [1] }]);
    expect(worthTelling(one)).toBe(false);
  });
});
