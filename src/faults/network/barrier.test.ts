import { expect, test } from 'vitest';
import type { Barrier } from '../../fleet/types.js';
import type { ManagedNode } from '../../topology/types.js';
import { around, between } from './barrier.js';

const node = (name: string, ip: string) => ({ name, container: { name, ip } }) as ManagedNode;
const [a, b, c] = [node('a', '10.0.0.1'), node('b', '10.0.0.2'), node('c', '10.0.0.3')] as const;
const shown = (barriers: Barrier[]) =>
  barriers
    .map((barrier) => `${'from' in barrier ? barrier.from.map((f) => f.name).join('') : ''}>${barrier.at.name}`)
    .sort();

test('a cut between two sets stands at the door of each node, against those of the other set', () => {
  expect(shown(between([a], [b, c]))).toEqual(['a>b', 'a>c', 'bc>a']);
});

test('targets are cut off from everybody, from each other too; the others keep their links', () => {
  expect(shown(around([a], [a, b, c]))).toEqual(['a>b', 'a>c', 'bc>a']);
  expect(shown(around([a, b], [a, b, c]))).toEqual(['ab>c', 'ac>b', 'bc>a']);
});
