import { describe, expect, it } from 'vitest';
import { type Ballot, elected, electorateOf, failedBy, isQuorate } from './electorate.js';
import type { Law } from './types.js';

interface Vote extends Ballot {
  for: string | undefined;
}
const ballot = (node: string, vote: string | undefined, over: Partial<Vote> = {}): Vote => ({
  node,
  heard: true,
  leads: true,
  size: 3,
  against: new Map(),
  epochOf: () => 0,
  offset: () => 0,
  for: vote,
  ...over,
});
const winner = (law: Law, ...votes: Vote[]): string | undefined =>
  elected(electorateOf(votes, law), (vote) => vote.for);
const cluster: Law = { kind: 'cluster' };
const sentinels: Law = { kind: 'sentinel', sentinels: { names: new Set(['s-1', 's-2', 's-3']), quorum: 2 } };

describe('who leads a shard of a cluster', () => {
  it('is whom more than half of the primaries with slots hold for it', () => {
    expect(winner(cluster, ballot('a', 'a'), ballot('b', 'a'))).toBe('a');
    expect(winner(cluster, ballot('a', 'a'), ballot('b', 'b'))).toBeUndefined();
    expect(winner(cluster, ballot('a', 'a'), ballot('b', 'a', { leads: false }))).toBeUndefined();
    expect(winner(cluster, ballot('a', 'a'), ballot('b', 'a', { heard: false }))).toBeUndefined();
  });

  it('is nobody by the table of one who knows of fewer primaries than another does', () => {
    expect(winner(cluster, ballot('a', 'a', { size: 1 }), ballot('r', 'b', { leads: false, size: 3 }))).toBeUndefined();
    expect(winner(cluster, ballot('a', 'a', { size: 1 }), ballot('r', 'b', { leads: false, size: 1 }))).toBe('a');
  });

  // node-1 wakes and still leads by its own word: four call themselves primary, of three there should be.
  it('is, of two that have as many votes, the one with the higher epoch, whoever was asked first', () => {
    const epochOf = (name: string): number => (name === 'node-4' ? 7 : 1);
    const votes = [
      ballot('node-1', 'node-1', { epochOf: () => 1 }),
      ballot('node-2', 'node-1'),
      ballot('node-3', 'node-4', { epochOf }),
      ballot('node-4', 'node-4', { epochOf }),
    ];
    expect(winner(cluster, ...votes)).toBe('node-4');
    expect(winner(cluster, ...votes.toReversed())).toBe('node-4');
  });
});

describe('who has failed', () => {
  const held = (law: Law, ...votes: Vote[]): string[] => failedBy(electorateOf(votes, law));
  const by = (node: string, weight: number): Vote => ballot(node, undefined, { against: new Map([['x', weight]]) });

  it('takes as many primaries as an election', () => {
    expect(held(cluster, by('a', 1), by('b', 1))).toEqual(['x']);
    expect(held(cluster, by('a', 1), ballot('b', undefined))).toEqual([]);
  });

  it('takes a quorum of sentinels, also where they are no majority', () => {
    expect(held(sentinels, by('s-1', 1), by('s-2', 1))).toEqual(['x']);
    expect(held(sentinels, by('s-1', 1), by('node-1', 1))).toEqual([]);
    expect(held(sentinels, by('s-1', 2))).toEqual(['x']);
  });

  it('is nobody where nobody decides, and nobody is missing for it', () => {
    const electorate = electorateOf([by('a', 1), by('b', 1)], { kind: 'replication' });
    expect(failedBy(electorate)).toEqual([]);
    expect(isQuorate(electorate)).toBe(true);
    expect(isQuorate(electorateOf([ballot('a', undefined)], cluster))).toBe(false);
  });
});

describe('who leads where nobody decides', () => {
  const law: Law = { kind: 'replication' };
  const at = (epoch: number): Partial<Vote> => ({ epochOf: () => epoch });

  it('is who was promoted last, then who has most followers, then who has most of the data', () => {
    expect(winner(law, ballot('a', 'a', at(0)), ballot('b', 'b', at(90)), ballot('c', 'a'))).toBe('b');
    expect(winner(law, ballot('a', 'a'), ballot('b', 'b'), ballot('c', 'b'))).toBe('b');
    expect(winner(law, ballot('a', 'a', { offset: () => 5 }), ballot('b', 'b', { offset: () => 9 }))).toBe('b');
    expect(winner(law, ballot('b', 'b'), ballot('a', 'a'))).toBe('a');
  });

  it('is nobody as long as nobody says so of itself', () => {
    expect(winner(law, ballot('a', 'b'), ballot('c', 'b'))).toBeUndefined();
  });
});
