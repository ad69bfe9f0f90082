import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { duration } from '../../core/fields.js';
import { s } from '../../core/units.js';
import { MANY, targetField } from '../../topology/target-field.js';
import type { ManagedNode } from '../../topology/types.js';
import { DidNotBite, defineFault, type FaultContext } from '../types.js';
import { nodeByNode } from '../undo.js';
import { allRun, exitCode, revive, watchEnd } from './process.js';

export const coldStart = defineFault({
  summary:
    'everything stops, sentinels too, stays down for a while, and is started again, in this order or all at once: a power cut, a move, the first day after maintenance',
  handbook: ['2.1.1', '5.1.3', '5.2'],
  params: z.strictObject({
    order: z
      .array(targetField)
      .min(1)
      .max(MANY)
      .optional()
      .describe(
        'who is started first, second and so on, by the roles from before the end: [sentinels, primaries, replicas]; who is not named comes last. Default: all at once',
      ),
    pause: duration('time between one of the order and the next', { least: '0s', most: '10m' }).prefault('0s'),
    down: duration('how long everything is down', { least: '0s', most: '1h' }).prefault('1s'),
    kill: z.boolean().default(false).describe('SIGKILL, as of a power cut, instead of an orderly shutdown'),
    grace: duration('time for an orderly shutdown before SIGKILL', { least: '1s', most: '10m' }).prefault('15s'),
  }),
  impact: 'stops',
  needs: ['signal', 'stop', 'restart'],
  comesBack: true,
  targeted: false,
  targetParams: ['order'],
  example: { params: { order: ['replicas'], pause: '100ms', down: '200ms' } },
  inject: async (_targets, { order = [], pause, down, kill, grace }, ctx) => {
    const all = [...ctx.topology.all];
    await allRun(all);
    const groups = await groupsIn(order, all, ctx);
    const within = grace + s(5);
    const begun = ctx.clock.now();
    const ending = watchEnd(all, { within, what: 'everything ended' }, ctx);
    await Promise.all(
      all.map((node) =>
        Promise.all([exitCode(node, within), kill ? node.container.kill('SIGKILL') : node.container.stop(grace)]),
      ),
    );
    const from = ctx.clock.now();
    await sleep(down, undefined, { signal: ctx.signal });
    const states = await Promise.all(all.map((node) => node.container.state()));
    const until = ctx.clock.now();
    for (const [i, group] of groups.entries()) {
      if (i > 0) await sleep(pause, undefined, { signal: ctx.signal });
      await Promise.all(group.map((node) => start(node)));
    }
    const up = all.find((_, i) => states[i]!.status === 'running');
    if (up) throw new DidNotBite(`${up.name} was started again before everything was down`);
    const told = groups.map((group) => group.map(({ name }) => name).join(', ')).join('; then ');
    return {
      hits: all,
      proof: ending.then((evidence) => ({
        ...evidence,
        text: `${evidence.text}; all ${all.length} of them down at once for ${Math.round(until - from)} ms, ${Math.round(from - begun)} ms after the request; started ${told}`,
      })),
      ...nodeByNode(all, (node) => revive(node)),
    };
  },
  effect: (_targets, _params, _ctx, { proof }) => proof,
});

/** Each node once, with the first that names it. */
async function groupsIn(
  order: readonly (string | string[])[],
  all: readonly ManagedNode[],
  ctx: FaultContext,
): Promise<ManagedNode[][]> {
  const placed = new Set<ManagedNode>();
  const groups: ManagedNode[][] = [];
  for (const words of [...order, undefined]) {
    const named = words === undefined ? all : await ctx.resolve(words);
    const group = named.filter((node) => !placed.has(node));
    for (const node of group) placed.add(node);
    if (group.length > 0) groups.push(group);
  }
  return groups;
}

/** Somebody may have been quicker: then it runs, and that is what is wanted. */
async function start({ container }: ManagedNode): Promise<void> {
  if ((await container.state()).status !== 'running') await container.start();
}
