import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bestReplica, type Candidate } from './best-replica.js';

const candidate = (name: string, over: Partial<Candidate> = {}): Candidate => ({
  name,
  reachable: true,
  replid: 'a',
  offset: 100,
  linkDownFor: 0,
  priority: 100,
  loading: false,
  ...over,
});

test('the highest offset wins and the choice says what would be lost', () => {
  const choice = bestReplica([candidate('x', { offset: 90 }), candidate('y', { offset: 95 })], {
    replid: 'a',
    offset: 100,
  });
  expect(choice.best.name).toBe('y');
  expect(choice.behind).toBe(5);
  expect(choice.rejected).toEqual(['x is 5 bytes behind y']);
});

// A larger number in another history says nothing: that replica would throw the shard's data away.
test('an offset of another replication history does not count', () => {
  expect(
    bestReplica([candidate('stranger', { replid: 'b', offset: 1e9 }), candidate('x')], { replid: 'a', offset: 100 })
      .best.name,
  ).toBe('x');
  expect(
    bestReplica([candidate('stranger', { replid: 'b', offset: 1e9 }), candidate('x'), candidate('y')]).best.name,
  ).toBe('x');
});

test('priority 0, loading and unreachable replicas are passed over, and a shard without any says why', () => {
  const out = [
    candidate('x', { priority: 0 }),
    candidate('y', { loading: true }),
    candidate('z', { reachable: false }),
  ];
  expect(bestReplica([...out, candidate('w', { offset: 1 })]).best.name).toBe('w');
  expect(() => bestReplica(out)).toThrow('no replica can take over: x has priority 0; y is loading; z does not answer');
  expect(() => bestReplica([])).toThrow('the shard has none');
});

test('no able replica of the same history is ever ahead of the chosen one', () => {
  const some = fc.array(
    fc.record({ offset: fc.nat(1000), linkDownFor: fc.nat(50), priority: fc.integer({ min: 1, max: 9 }) }),
    { minLength: 1, maxLength: 6 },
  );
  fc.assert(
    fc.property(some, (list) => {
      const all = list.map((over, i) => candidate(`n${i}`, over));
      expect(bestReplica(all).best.offset).toBe(Math.max(...all.map((c) => c.offset)));
    }),
  );
});
