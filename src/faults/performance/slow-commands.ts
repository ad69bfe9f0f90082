import { z } from 'zod';
import { duration, rate } from '../../core/fields.js';
import { formatDuration } from '../../core/units.js';
import { type SlowCommand, slowLogOf } from '../../server/slow-log.js';
import type { ManagedNode } from '../../topology/types.js';
import { notes } from '../notes.js';
import { shown } from '../noticed.js';
import { stream } from '../stream.js';
import { DidNotBite, defineFault } from '../types.js';
import { reversible } from '../undo.js';
import { commandOf, isOurs, slowCommand, works } from './slow-work.js';

const BUDGET = 15_000;

export const slowCommands = defineFault({
  summary: 'a client sends slow commands to the server at a rate: everybody else waits behind them',
  handbook: ['2.1.4', '5.5'],
  params: z.strictObject({
    command: z
      .enum(works)
      .default('sort')
      .describe('sort: SORT of a big list; keys: KEYS over many; lua: a script that computes; sleep: DEBUG SLEEP'),
    rate: rate('how often', { least: '1/m', most: '1000/s' }).prefault('5/s'),
    takes: duration('how long one of them takes (lua, sleep)', { least: '1ms', most: '10m' }).prefault('50ms'),
    elements: z
      .int()
      .min(1000)
      .max(2_000_000)
      .default(200_000)
      .describe('how much it goes through (sort: elements of the list, keys: keys)'),
  }),
  impact: 'none',
  example: { params: { command: 'sort', rate: '5/s' } },
  variants: [{ params: { command: 'keys', elements: 200_000 } }, { params: { command: 'sleep' } }],
  inject: (targets, { command, rate, takes, elements }, ctx) =>
    reversible(async (_undo, on) => {
      const before = notes<number>();
      let begunAt = Number.POSITIVE_INFINITY;
      for (const node of targets) {
        const slow = await slowCommand(node, command, { takes, elements }, ctx, on(node));
        before.set(node, (await slowLog(node))[0]?.id ?? -1);
        begunAt = Math.min(begunAt, ctx.clock.now());
        on(node)(stream(node, 1000 / rate, slow).stop);
      }
      return { before, begunAt };
    }),
  effect: (targets, { command }, ctx, { before, begunAt }) =>
    shown(targets, ctx, begunAt, BUDGET, async (node) => {
      const mine = (await slowLog(node)).find(({ id, words }) => id > before.of(node) && isOurs(words, command));
      const text = mine && `was held up by ${commandOf[command]} for ${formatDuration(mine.took)} (SLOWLOG)`;
      return { found: text, seen: `no ${commandOf[command]} in the slow log` };
    }),
});

/** @throws DidNotBite where the server keeps none: there would be no proof. */
async function slowLog(node: ManagedNode): Promise<SlowCommand[]> {
  const log = await slowLogOf(node);
  if (!log) throw new DidNotBite(`${node.name} keeps no slow log (slowlog-log-slower-than -1)`);
  return log;
}
