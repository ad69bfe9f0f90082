import { expect, test } from 'vitest';
import type { Place } from '../../network.js';
import { rulesOf } from './cut.js';

const [a, b, c] = ['a', 'b', 'c'].map((name, i) => ({ name, ip: `10.0.0.${i + 1}` })) as [Place, Place, Place];

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

test('what comes to a port is turned away, but from some and from those who watch', () => {
  const clients = { at: a, to: 6379, but: [b, c] };
  const spared = [
    '-s 10.0.0.2,10.0.0.3 -p tcp --dport 6379 -j RETURN',
    '-p tcp --dport 6379 -m conntrack --ctstate DNAT -j RETURN',
  ];
  expect(rulesOf([clients], 'drop')).toEqual([...spared, '-p tcp --dport 6379 -j DROP']);
  expect(rulesOf([clients], 'reject')).toEqual([
    '-p tcp --tcp-flags RST RST -j RETURN',
    ...spared,
    '-p tcp --dport 6379 -j REJECT --reject-with tcp-reset',
  ]);
});

test('who is let through at a port is not let past another barrier at the same container', () => {
  const rules = rulesOf(
    [
      { at: a, to: 6379, but: [b] },
      { at: a, from: [b] },
    ],
    'drop',
  );
  expect(rules[0]).toBe('-s 10.0.0.2 -j DROP');
});
