import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { duration } from '../../core/fields.js';
import { s } from '../../core/units.js';
import { withSentinels } from '../../deployment/kinds.js';
import { parseInfo } from '../../deployment/nodes-text.js';
import { watches } from '../../deployment/roles.js';
import { bringUp } from '../../topology/bring-up.js';
import type { ManagedNode } from '../../topology/types.js';
import type { Timed } from '../moment.js';
import { START_BUDGET } from '../node/process.js';
import { noticed } from '../noticed.js';
import { DidNotBite, defineFault } from '../types.js';
import { nodeByNode } from '../undo.js';
import { GUARDED } from './example.js';

export const tilt = defineFault({
  summary:
    'freeze sentinels until they distrust their own clock: in TILT mode, 30 s long, they watch but decide nothing',
  handbook: ['3.1.1'],
  params: z.strictObject({
    // Later than this a sentinel's timer makes it distrust its clock (SENTINEL_TILT_TRIGGER).
    freeze: duration('how long each stands still; a sentinel minds more than 2 s', {
      least: '2100ms',
      most: '1m',
    }).prefault('3s'),
  }),
  impact: 'none',
  needs: ['freeze', 'stop', 'restart'],
  kinds: withSentinels,
  example: {
    target: 'sentinels',
    params: { freeze: '2500ms' },
    topology: GUARDED,
  },
  inject: async (targets, { freeze }, ctx) => {
    const sentinels = targets.filter(({ initial }) => watches(initial));
    const wake = async (node: ManagedNode): Promise<void> => {
      if ((await node.container.state()).status === 'paused') await node.container.unpause();
    };
    // TILT ends by itself after 30 s; a sentinel that is started anew has forgotten it at once.
    const undoing = nodeByNode(sentinels, async (node) => {
      await wake(node);
      if ((await tilted(node)) === '1') await node.container.stop(s(5));
      await bringUp(node, START_BUDGET);
    });
    if (sentinels.length < targets.length) throw new DidNotBite('only sentinels can tilt');
    for (const node of sentinels)
      if ((await tilted(node)) === '1') throw new DidNotBite(`${node.name} is in TILT mode already`);
    let moment: Timed;
    try {
      await Promise.all(sentinels.map((node) => node.container.pause()));
      await sleep(freeze, undefined, { signal: ctx.signal });
      // The timer that finds itself late runs with the first tick after this.
      moment = { at: ctx.clock.now(), uncertainty: 0 };
      await Promise.all(sentinels.map(wake));
    } catch (error) {
      await undoing.heal().catch(() => undefined);
      throw error;
    }
    return { ...undoing, moment };
  },
  effect: async (targets, _params, ctx, { moment }) => {
    const seen = await Promise.all(
      targets.map((node) =>
        noticed(ctx, { describe: `${node.name} is in TILT mode`, within: s(5), since: moment.at }, async () => {
          const flag = await tilted(node);
          return { found: flag === '1' ? node.name : undefined, seen: `sentinel_tilt:${flag}` };
        }),
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

async function tilted(node: ManagedNode): Promise<string> {
  const text = String(await node.call(['INFO', 'sentinel'], { timeout: 1000 }).catch(() => ''));
  return parseInfo(text).get('sentinel_tilt') ?? 'no answer';
}
