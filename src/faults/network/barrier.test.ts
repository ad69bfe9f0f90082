import { expect, test } from 'vitest';
import type { ManagedNode } from '../../topology/types.js';
import { around, between, rulesOf } from './barrier.js';

const node = (name: string, ip: string) => ({ name, container: { ip } }) as ManagedNode;
const [a, b, c] = [node('a', '10.0.0.1'), node('b', '10.0.0.2'), node('c', '10.0.0.3')] as const;
const shown = (barriers: ReturnType<typeof between>) =>
  barriers.map(({ at, from }) => `${from.map((f) => f.name).join('')}>${at.name}`).sort();

test('a cut between two sets stands at the door of each node, against those of the other set', () => {
  expect(shown(between([a], [b, c]))).toEqual(['a>b', 'a>c', 'bc>a']);
});

test('targets are cut off from everybody, from each other too; the others keep their links', () => {
  expect(shown(around([a], [a, b, c]))).toEqual(['a>b', 'a>c', 'bc>a']);
  expect(shown(around([a, b], [a, b, c]))).toEqual(['ab>c', 'ac>b', 'bc>a']);
});

test('packets vanish, all of them or those of one port', () => {
  expect(rulesOf([{ at: a, from: [b, c] }], 'drop')).toEqual(['-s 10.0.0.2,10.0.0.3 -j DROP']);
  expect(rulesOf([{ at: a, from: [b], port: 16379 }], 'drop')).toEqual([
    '-s 10.0.0.2 -p tcp -m multiport --ports 16379 -j DROP',
  ]);
});

test('a rejecting barrier lets the resets of the other side through, and drops what has no reset', () => {
  expect(rulesOf([{ at: a, from: [b] }], 'reject')).toEqual([
    '-p tcp --tcp-flags RST RST -j RETURN',
    '-s 10.0.0.2 -p tcp -j REJECT --reject-with tcp-reset',
    '-s 10.0.0.2 -j DROP',
  ]);
  expect(rulesOf([{ at: a, from: [b], port: 6379 }], 'reject')).toEqual([
    '-p tcp --tcp-flags RST RST -j RETURN',
    '-s 10.0.0.2 -p tcp -m multiport --ports 6379 -j REJECT --reject-with tcp-reset',
  ]);
});
