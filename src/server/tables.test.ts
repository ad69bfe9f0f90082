import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseNodes } from '../deployment/nodes-text.js';
import { identitiesOf } from './identities.js';
import { readPeers, tableReader } from './tables.js';

const ids = Array.from({ length: 6 }, (_, i) => `${i + 1}`.repeat(40));
const info = () =>
  ids.map((id, i) => ({ name: `node-${i + 1}`, id, address: '', shard: (i % 3) + 1, role: 'primary' as const }));

interface Line {
  flags: string;
  primary: string;
  epoch: number;
  link: string;
  slots: string;
}
const plain = (i: number): Line =>
  i < 3
    ? {
        flags: i === 0 ? 'myself,master' : 'master',
        primary: '-',
        epoch: i + 1,
        link: 'connected',
        slots: ` ${i}-${i}`,
      }
    : { flags: 'slave', primary: ids[i - 3]!, epoch: i - 2, link: 'connected', slots: '' };

/** `pinged`: what differs from one look to the next in any case. */
const text = (pinged: number, changed: Record<number, Partial<Line>> = {}): string =>
  ids
    .map((id, i) => {
      const { flags, primary, epoch, link, slots } = { ...plain(i), ...changed[i] };
      return `${id} 10.0.0.${i}:6379@16379 ${flags} ${primary} ${pinged * i} ${1e12 + pinged} ${epoch} ${link}${slots}\n`;
    })
    .join('');

test('a table that differs only in when peers were pinged is the same one', () => {
  const tables = tableReader(identitiesOf(info()));
  const first = tables.read('node-1', text(0));
  expect(tables.read('node-1', text(7))).toBe(first);
  expect(tables.read('node-2', text(7))).not.toBe(first);
});

test('a line that changes is read anew, the others are the same', () => {
  const tables = tableReader(identitiesOf(info()));
  const first = tables.read('node-1', text(0));
  const second = tables.read('node-1', text(1, { 1: { flags: 'master,fail?' } }));
  expect(second.get('node-2')!.health).toBe('pfail');
  expect(first.get('node-2')!.health).toBe('ok');
  expect(second.get('node-3')).toBe(first.get('node-3'));
});

test('a node that is found under another id is called by its name from then on', () => {
  const identities = identitiesOf(info());
  const tables = tableReader(identities);
  const stranger = 'f'.repeat(40);
  const line = `${stranger} 10.0.0.9:6379@16379 master - 0 1 9 connected\n`;
  const first = tables.read('node-1', text(0) + line);
  expect(first.has('ffffffff')).toBe(true);
  identities.learn('node-6', stranger);
  const second = tables.read('node-1', text(1) + line);
  expect(second.has('ffffffff')).toBe(false);
  expect(second.has('node-6')).toBe(true);
});

const change = fc.record(
  {
    flags: fc.constantFrom('master', 'slave', 'master,fail', 'master,fail?', 'slave,fail'),
    epoch: fc.integer({ min: 0, max: 9 }),
    link: fc.constantFrom('connected', 'disconnected'),
    slots: fc.constantFrom('', ' 5', ' 5-9 12', ' 5-9 [7->-x]'),
  },
  { requiredKeys: [] },
);

test('whatever was read before, it reads what a reader without a memory reads', () => {
  const look = fc.record({
    pinged: fc.nat(),
    changed: fc.dictionary(fc.constantFrom('1', '2', '3', '4', '5'), change),
    gone: fc.integer({ min: 1, max: 12 }),
  });
  fc.assert(
    fc.property(fc.array(look, { minLength: 1, maxLength: 6 }), (looks) => {
      const identities = identitiesOf(info());
      const tables = tableReader(identities);
      for (const { pinged, changed, gone } of looks) {
        const seen = text(pinged, changed)
          .split('\n')
          .filter((_, i) => i !== gone)
          .join('\n');
        expect(tables.read('node-1', seen)).toEqual(readPeers(seen, 'node-1', identities));
        expect(tables.read('node-1', seen).size).toBe(parseNodes(seen).length);
      }
    }),
  );
});
