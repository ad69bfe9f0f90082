import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Container, Impairment, Way } from '../../types.js';
import { classesOf, together } from './combine.js';
import { commandsFor } from './commands.js';
import type { Shaping } from './kernel.js';
import { describeMechanism, mechanismFor } from './mechanism.js';

const at = (n: number): Container => ({ name: `node-${n}`, ip: `10.0.0.${n}` }) as Container;
const [a, b, c] = [at(1), at(2), at(3)];
const way = (suffers: Impairment, ...to: Way['to']): Way => ({ from: a, to, suffers });
const can = (...abilities: Shaping[]): Set<Shaping> => new Set(abilities);

describe('what is shaped several times', () => {
  it('takes all delays, and survives with the product of its chances', () => {
    expect(
      together([
        { delay: 40, loss: 0.5 },
        { delay: 10, loss: 0.5 },
      ]),
    ).toEqual({ delay: 50, loss: 0.75 });
    expect(together([{ rate: 100, jitter: 4, distribution: 'normal' }, { rate: 50 }])).toEqual({
      rate: 50,
      jitter: 4,
      distribution: 'normal',
    });
    expect(together([{ delay: 0 }])).toEqual({});
  });

  it('is the same in whatever order it was shaped', () => {
    const impairment = fc.record({
      delay: fc.integer({ min: 0, max: 500 }),
      loss: fc.constantFrom(0, 0.25, 0.5, 1),
      rate: fc.integer({ min: 1, max: 1e9 }),
    });
    fc.assert(
      fc.property(fc.array(impairment), (all) => {
        expect(together([...all].reverse())).toEqual(together(all));
      }),
    );
  });

  it('falls into as many classes as there are different fates', () => {
    const layers = [[way({ delay: 40 }, b, c)], [way({ loss: 0.1 }, c, 'clients')]];
    expect(classesOf('node-1', layers)).toEqual([
      { to: ['10.0.0.2'], suffers: { delay: 40 } },
      { to: ['10.0.0.3'], suffers: { delay: 40, loss: 0.1 } },
      { to: ['clients'], suffers: { loss: 0.1 } },
    ]);
    expect(classesOf('node-2', layers)).toEqual([]);
  });
});

describe('the mechanism', () => {
  const every = can('netem', 'queue', 'htb');
  const by = (suffers: Impairment[], abilities: Set<Shaping>) =>
    mechanismFor(
      suffers.map((one) => ({ to: ['10.0.0.2'], suffers: one })),
      abilities,
    );

  it('is netem where the kernel has it, else the queue', () => {
    expect(by([{ delay: 40 }], every)).toEqual({ packets: 'netem', throttles: false });
    expect(by([{ delay: 40 }], can('queue', 'htb'))).toEqual({ packets: 'queue', throttles: false });
    expect(by([{ rate: 1000 }], can('queue', 'htb'))).toEqual({ packets: undefined, throttles: true });
  });

  it('is the queue for what netem can not do', () => {
    expect(by([{ delay: 40, reorder: 0.1, gap: 5 }], every).packets).toBe('queue');
    expect(by([{ reorder: 0.1, gap: 5 }], every).packets).toBe('netem');
    expect(by([{ duplicate: 0.1 }, { delay: 5 }], every).packets).toBe('queue');
    expect(by([{ duplicate: 0.1, delay: 5 }], every).packets).toBe('netem');
  });

  it('says what is missing', () => {
    expect(() => by([{ delay: 40 }], can('htb'))).toThrow(/lacks sch_netem and NFQUEUE/);
    expect(() => by([{ rate: 40 }], can('queue'))).toThrow(/can't limit bandwidth: it lacks sch_htb/);
    expect(describeMechanism({ packets: 'queue', throttles: true }, can('queue', 'htb'))).toBe(
      'sch_htb and NFQUEUE, for want of sch_netem',
    );
  });
});

describe('the commands', () => {
  const door = { ports: [6379], containers: ['10.0.0.2', '10.0.0.254'] } as const;
  const classes = classesOf('node-1', [
    [way({ delay: 40, jitter: 5, distribution: 'normal' }, b), way({ rate: 125_000, loss: 0.01 }, 'clients')],
  ]);

  it('mark packets by where they go, and clients by the port they came to', () => {
    const { rules, tree, queue } = commandsFor(classes, { packets: 'queue', throttles: true }, door);
    expect(rules).toContain('-d 10.0.0.2/32 -j MARK --set-mark 1\n');
    expect(rules).toContain(
      '-m conntrack --ctorigdstport 6379 --ctdir REPLY -m iprange ! --dst-range 10.0.0.2-10.0.0.254 -j MARK --set-mark 2\n',
    );
    expect(rules).toContain('-m mark --mark 2 -j NFQUEUE --queue-num 0 --queue-bypass\n');
    expect(tree).toContain('class add dev DEV parent 1: classid 1:2 htb rate 1000000bit');
    expect(tree).not.toContain('netem');
    expect(queue).toBe('1 40 5 normal 0 0 0 0\n2 0 0 uniform 0.01 0 0 0\n');
  });

  it('tell netem the same', () => {
    const { rules, tree, queue } = commandsFor(classes, { packets: 'netem', throttles: true }, door);
    expect(rules).toContain('-m mark --mark 1 -j CLASSIFY --set-class 1:1\n');
    expect(rules).not.toContain('NFQUEUE');
    expect(tree).toContain(
      'qdisc add dev DEV parent 1:1 handle 101: netem limit 100000 delay 40ms 5ms distribution normal\n',
    );
    expect(tree).toContain('handle 102: netem limit 1000 loss 1%\n');
    expect(queue).toBe('');
    const held = commandsFor(
      [{ to: ['10.0.0.2'], suffers: { reorder: 0.25, gap: 10 } }],
      { packets: 'netem', throttles: false },
      door,
    );
    expect(held.tree).toContain('netem limit 100000 delay 10ms reorder 75%\n');
  });

  it('are none when nothing is shaped', () => {
    expect(commandsFor([], { packets: undefined, throttles: false }, door)).toEqual({ rules: '', tree: '', queue: '' });
  });
});
