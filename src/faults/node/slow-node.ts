import { z } from 'zod';
import { duration } from '../../core/fields.js';
import { formatDuration, s } from '../../core/units.js';
import { pingedWithin } from '../../deployment/timing.js';
import { infoOf } from '../../server/info.js';
import { ReplyError } from '../../server/resp.js';
import { leastNodeTimeout } from '../../topology/silence.js';
import type { ManagedNode } from '../../topology/types.js';
import { keepDoing } from '../background.js';
import { first } from '../moment.js';
import { notes } from '../notes.js';
import { DidNotBite, defineFault, type FaultContext } from '../types.js';
import { nodeByNode } from '../undo.js';

/** ms over which its usual slowness is looked at first. */
const CALM = 300;

export const slowNode = defineFault({
  summary: 'the server stands still for a moment, again and again (short DEBUG SLEEPs): slow, but never down',
  handbook: ['2.1.4'],
  params: z.strictObject({
    stall: duration('how long it stands still each time; it must be less than half of the node timeout', {
      least: '50ms',
      most: '1m',
    }).prefault('300ms'),
    every: duration('from the end of one stall to the next', { least: '10ms', most: '1m' }).prefault('200ms'),
  }),
  impact: 'none',
  example: { params: { stall: '200ms', every: '100ms' } },
  inject: async (targets, { stall, every }, ctx) => {
    // A peer that waits longer reconnects, and suspects after one timeout: that would be another fault, `hang`.
    const limit = pingedWithin(leastNodeTimeout(ctx.topology.spec));
    if (stall >= limit)
      throw new DidNotBite(`stalls of ${stall} ms and more than ${limit} ms make peers suspect a node`);
    const before = notes<number>();
    await Promise.all(targets.map(async (node) => before.set(node, (await slowest(node, CALM, ctx)).longest)));
    const moment = first(await Promise.all(targets.map((node) => stand(node, stall, ctx))));
    // A server that goes down and comes back in between is slow again.
    const loops = new Map(targets.map((node) => [node, keepDoing(every, () => stand(node, stall, ctx), every)]));
    return { before, moment, ...nodeByNode(targets, (node) => loops.get(node)!.stop()) };
  },
  effect: async (targets, { stall, every }, ctx, { moment, before }) => {
    const texts = await Promise.all(
      targets.map(async (node) => {
        const span = 2 * (stall + every);
        const stood = await sleptBy(node);
        const { longest, answers } = await slowest(node, span, ctx);
        const slept = (await sleptBy(node)) - stood;
        const seen = `${answers} PINGs in ${formatDuration(span)}, the slowest after ${formatDuration(longest)} (${formatDuration(before.of(node))} before)`;
        // A busy machine makes answers late, too: that a server stood still is counted by itself.
        if (slept < 0.9 * stall) throw new DidNotBite(`${node.name} did not stand still: it answered ${seen}`);
        return `${node.name} stood still for ${formatDuration(slept)} and answered ${seen}`;
      }),
    );
    return { ...moment, text: texts.join('; ') };
  },
});

/** One stall. @returns when it began: it lies somewhere in the time that command and reply took beyond it. */
async function stand(
  node: ManagedNode,
  stall: number,
  { clock }: FaultContext,
): Promise<{ at: number; uncertainty: number }> {
  const connection = node.open({ timeout: stall + s(5) });
  const sent = clock.now();
  try {
    await connection.call(['DEBUG', 'SLEEP', String(stall / 1000)]);
  } catch (error) {
    if (error instanceof ReplyError) throw new DidNotBite(`${node.name} refuses DEBUG SLEEP: ${error.message}`);
    throw error;
  } finally {
    connection.close();
  }
  const around = Math.max(0, clock.now() - sent - stall);
  return { at: sent + around / 2, uncertainty: around / 2 };
}

/** ms that DEBUG commands have kept the server since it started, by its own count. */
async function sleptBy(node: ManagedNode): Promise<number> {
  const stats = (await infoOf(node, 'commandstats')).text('cmdstat_debug');
  return Number(/usec=(\d+)/.exec(stats)?.[1] ?? 0) / 1000;
}

/** Pings without pause: how long the slowest took. */
async function slowest(
  node: ManagedNode,
  span: number,
  { clock, signal }: FaultContext,
): Promise<{ longest: number; answers: number }> {
  const until = clock.now() + span;
  let longest = 0;
  let answers = 0;
  while (clock.now() < until) {
    signal.throwIfAborted();
    const sent = clock.now();
    await node.call(['PING'], { timeout: s(5) });
    longest = Math.max(longest, clock.now() - sent);
    answers++;
  }
  return { longest, answers };
}
