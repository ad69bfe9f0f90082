import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { duration } from '../../core/fields.js';
import { s } from '../../core/units.js';
import { parseInfo } from '../../topology/nodes-text.js';
import type { RedisNode } from '../../topology/types.js';
import { startAllAgain } from '../node/process.js';
import { noticed } from '../noticed.js';
import { DidNotBite, defineFault } from '../types.js';
import { GUARDED } from './example.js';

/** A sentinel whose timer is late by more than this distrusts its clock (SENTINEL_TILT_TRIGGER). */
const TRIGGER = s(2);

export const tilt = defineFault({
  summary:
    'freeze sentinels until they distrust their own clock: in TILT mode, 30 s long, they watch but decide nothing',
  handbook: ['3.1.1'],
  params: z.strictObject({
    freeze: duration('how long each stands still; a sentinel minds more than 2 s', {
      least: '2100ms',
      most: '1m',
    }).prefault('3s'),
  }),
  impact: 'none',
  kinds: ['sentinel'],
  example: {
    target: 'sentinels',
    params: { freeze: '2500ms' },
    topology: GUARDED,
  },
  inject: async (targets, { freeze }, ctx) => {
    const sentinels = targets.filter((node) => node.initial.role === 'sentinel');
    const wake = async (): Promise<void> => {
      for (const node of sentinels)
        if ((await node.container.state()).status === 'paused') await node.container.unpause();
    };
    // TILT ends by itself after 30 s; a sentinel that is started anew has forgotten it at once.
    const heal = async (): Promise<void> => {
      await wake();
      await Promise.all(
        sentinels.map(async (node) => {
          if ((await tilted(node)) !== '1') return;
          await node.container.stop(s(5));
          await node.container.exited();
        }),
      );
      await startAllAgain(sentinels)();
    };
    if (freeze <= TRIGGER) throw new DidNotBite('a freeze of 2 s or less is no reason for TILT');
    if (sentinels.length < targets.length) throw new DidNotBite('only sentinels can tilt');
    let moment: { at: number; uncertainty: number };
    try {
      await Promise.all(sentinels.map((node) => node.container.pause()));
      await sleep(freeze, undefined, { signal: ctx.signal });
      // The timer that finds itself late runs with the first tick after this.
      moment = { at: ctx.clock.now(), uncertainty: 0 };
      await wake();
    } catch (error) {
      await heal().catch(() => undefined);
      throw error;
    }
    return { heal, moment };
  },
  effect: async (targets, _params, ctx, { requestedAt, moment }) => {
    const seen = await Promise.all(
      targets.map((node) =>
        noticed(
          ctx,
          { describe: `${node.name} is in TILT mode`, within: s(5), since: moment?.at ?? requestedAt },
          async () => {
            const flag = await tilted(node);
            return { found: flag === '1' ? node.name : undefined, seen: `sentinel_tilt:${flag}` };
          },
        ),
      ),
    );
    const last = seen.reduce((a, b) => (b.at > a.at ? b : a));
    return {
      at: last.at,
      uncertainty: last.uncertainty,
      text: `${seen.map(({ value }) => value).join(', ')}: sentinel_tilt:1`,
    };
  },
});

async function tilted(node: RedisNode): Promise<string> {
  const text = String(await node.call(['INFO', 'sentinel'], { timeout: 1000 }).catch(() => ''));
  return parseInfo(text).get('sentinel_tilt') ?? 'no answer';
}
