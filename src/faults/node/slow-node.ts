import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { duration } from '../../core/fields.js';
import { formatDuration, s } from '../../core/units.js';
import { nodeTimeout } from '../../topology/config.js';
import { ReplyError } from '../../topology/resp.js';
import type { RedisNode } from '../../topology/types.js';
import { first } from '../moment.js';
import { DidNotBite, defineFault, type FaultContext } from '../types.js';

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
    const limit = nodeTimeout(ctx.topology.spec) / 2;
    if (stall >= limit)
      throw new DidNotBite(`stalls of ${stall} ms and more than ${limit} ms make peers suspect a node`);
    const healed = new AbortController();
    const signal = AbortSignal.any([ctx.signal, healed.signal]);
    const loops: Promise<void>[] = [];
    const heal = async (): Promise<void> => {
      healed.abort();
      await Promise.all(loops);
    };
    try {
      const moments = await Promise.all(targets.map((node) => stand(node, stall, ctx)));
      for (const node of targets) loops.push(goOn(node, stall, every, ctx, signal));
      return { moment: first(moments), heal };
    } catch (error) {
      await heal();
      throw error;
    }
  },
  effect: async (targets, { stall, every }, ctx, { moment }) => {
    const texts = await Promise.all(targets.map((node) => slowest(node, stall + every, stall / 2, ctx)));
    return { ...moment!, text: texts.join('; ') };
  },
});

/** One stall. @returns when it began: it lies somewhere in the time that command and reply took beyond it. */
async function stand(
  node: RedisNode,
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

/** A server that goes down and comes back in between is slow again. */
async function goOn(
  node: RedisNode,
  stall: number,
  every: number,
  ctx: FaultContext,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(every, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await stand(node, stall, ctx).catch(() => undefined);
  }
}

/** Pings without pause for two rounds of standing and going: one of them must have waited for most of a stall. */
async function slowest(node: RedisNode, round: number, enough: number, { clock }: FaultContext): Promise<string> {
  const until = clock.now() + 2 * round;
  let longest = 0;
  let answers = 0;
  while (clock.now() < until) {
    const sent = clock.now();
    await node.call(['PING'], { timeout: s(5) });
    longest = Math.max(longest, clock.now() - sent);
    answers++;
  }
  if (longest < enough) throw new DidNotBite(`${node.name} answered every PING within ${formatDuration(longest)}`);
  return `${node.name} answered ${answers} PINGs in ${formatDuration(2 * round)}, the slowest after ${formatDuration(longest)}`;
}
