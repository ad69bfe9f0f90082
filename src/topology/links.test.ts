import { expect, test } from 'vitest';
import type { Container } from '../fleet/types.js';
import { describeLink, farthest, linkOf, waysBetween } from './links.js';
import type { ManagedNode, ZonesSpec } from './types.js';

const zones: ZonesSpec = {
  names: ['eu', 'us', 'ap'],
  clients: 'eu',
  links: [{ between: ['us', 'eu'], suffers: { delay: 40, loss: 0.1 } }, { suffers: { delay: 100 } }],
};
const node = (n: number, zone: string): ManagedNode =>
  ({ name: `node-${n}`, zone, container: { name: `node-${n}` } as Container }) as ManagedNode;

test('a link is the same in both directions, and inside a zone there is none', () => {
  expect(linkOf(zones, 'eu', 'us')).toEqual({ delay: 40, loss: 0.1 });
  expect(linkOf(zones, 'us', 'eu')).toEqual({ delay: 40, loss: 0.1 });
  expect(linkOf(zones, 'ap', 'us')).toEqual({ delay: 100 });
  expect(linkOf(zones, 'eu', 'eu')).toBeUndefined();
  expect(linkOf({ links: [] }, 'eu', 'us')).toBeUndefined();
});

test('a link is told in one line', () => {
  expect(describeLink({ between: ['eu', 'us'], suffers: { delay: 40, jitter: 4, loss: 0.001, rate: 2 ** 20 } })).toBe(
    'eu–us: 40 ms ± 4 ms, 0.1 % lost, 1 MB/s',
  );
  expect(describeLink({ suffers: { loss: 0.01 } })).toBe('any others: 1 % lost');
});

test('who waits for clients waits as long as the farthest round trip takes', () => {
  expect(farthest({ zones })).toBe(200);
  expect(farthest({ zones: { names: ['eu', 'us'], links: [{ suffers: { delay: 100 } }] } })).toBe(0);
  expect(farthest({})).toBe(0);
});

test('every node has its ways to the other zones, and to clients that are not in its own', () => {
  const ways = waysBetween([node(1, 'eu'), node(2, 'us'), node(3, 'us'), node(4, 'ap')], zones).map(
    ({ from, to, suffers }) => [from.name, to.map((one) => (one === 'clients' ? one : one.name)), suffers],
  );
  expect(ways).toEqual([
    ['node-1', ['node-2', 'node-3'], { delay: 40, loss: 0.1 }],
    ['node-1', ['node-4'], { delay: 100 }],
    ['node-2', ['node-1'], { delay: 40, loss: 0.1 }],
    ['node-2', ['node-4'], { delay: 100 }],
    // There and back.
    ['node-2', ['clients'], { delay: 80, loss: 0.19 }],
    ['node-3', ['node-1'], { delay: 40, loss: 0.1 }],
    ['node-3', ['node-4'], { delay: 100 }],
    ['node-3', ['clients'], { delay: 80, loss: 0.19 }],
    ['node-4', ['node-1'], { delay: 100 }],
    ['node-4', ['node-2', 'node-3'], { delay: 100 }],
    ['node-4', ['clients'], { delay: 200 }],
  ]);
});
