import { expect, it } from 'vitest';
import { lacksWay, type Variants, wayOn } from './variants.js';

const some: Variants<string> = { cluster: 'by gossip', sentinel: 'by vote' };

it('a kind without a way is told in words, with the kinds that have one', () => {
  const why = 'there is no way to do it on a topology of kind replication; there is one on cluster and sentinel';
  expect(lacksWay(some, 'replication')).toBe(why);
  expect(() => wayOn(some, 'replication')).toThrow(why);
});

it('a kind that has one gets it, and where no ways are told all kinds are alike', () => {
  expect(lacksWay(some, 'sentinel')).toBeUndefined();
  expect(wayOn(some, 'cluster')).toBe('by gossip');
  expect(lacksWay(undefined, 'replication')).toBeUndefined();
});
