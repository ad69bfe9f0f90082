import { z } from 'zod';
import { until } from '../core/until.js';
import { traitsOf } from '../deployment/kinds.js';
import type { ClusterView } from '../deployment/types.js';
import type { Endpoint } from '../server/types.js';
import { answeringSentinels } from './failover/sentinel.js';
import { targetField, timeoutField } from './fields.js';
import { disagreements, nothingWrong } from './nothing-wrong.js';
import { defineProcedure, type ProcedureContext } from './types.js';

/**
 * Sentinels forget nobody by themselves. A sentinel that is gone for good goes on counting for the majority that an election
 * takes; a replica that is gone, for what has to be moved after it.
 */
export const resetSentinels = defineProcedure({
  summary: 'let sentinels forget nodes, addresses and sentinels that are gone for good, one sentinel after the other',
  handbook: ['3.1.1'],
  params: z.strictObject({
    target: targetField.optional().describe('which sentinels; default: those that list somebody who is gone'),
    timeout: timeoutField('time for a sentinel to know everybody again').prefault('30s'),
  }),
  refuses: (_params, { kind }) =>
    traitsOf(kind).arbiter === 'sentinels'
      ? undefined
      : { param: 'procedure', why: `a topology of kind ${kind} has no sentinels` },
  steps: async (ctx, { target, timeout }) => {
    await settledPrimary(ctx, timeout);
    const wanted = target === undefined ? answeringSentinels(ctx) : await ctx.resolve(target);
    // Asked now: what came about a moment ago the observers may not have seen yet.
    const view = await ctx.deployment.look();
    for (const sentinel of wanted)
      if (target !== undefined || strange(view, sentinel.name).length > 0) await forgetAt(ctx, sentinel, timeout);
  },
  verify: (ctx, { timeout }) =>
    nothingWrong(ctx, 'sentinels know everybody, and nobody else', timeout, () => disagreements(ctx.view())),
});

/**
 * The name of the primary, once every sentinel that answers holds the same one, and none is in the middle of a failover. The
 * leader of a failover tells the new primary's address long before it has taken it over itself: who resets it meanwhile makes it
 * watch the old one for ever.
 */
export const settledPrimary = (ctx: ProcedureContext, within: number): Promise<string> =>
  ctx.step('Wait until sentinels hold the same primary', { command: 'SENTINEL MASTER on each' }, async () => {
    const seen = await until(
      () => heldBySentinels(ctx),
      (held) => held.settled,
      {
        describe: 'all sentinels hold the same primary, which is one, and none is failing over',
        within,
        every: 100,
        signal: ctx.signal,
        show: ({ told }) => told.join(', '),
      },
    );
    return seen.told[0]!;
  });

async function heldBySentinels(ctx: ProcedureContext): Promise<{ settled: boolean; told: string[] }> {
  const { primaryName, addresses } = ctx.deployment;
  const told = await Promise.all(
    answeringSentinels(ctx).map(async (sentinel) => {
      const flat = (await sentinel.call(['SENTINEL', 'MASTER', primaryName])) as string[];
      const field = (name: string): string => flat[flat.indexOf(name) + 1] ?? '';
      const name = addresses.nameOf(field('ip'), field('port')) ?? field('ip');
      return field('flags').includes('failover_in_progress') ? `${name}, failing over` : name;
    }),
  );
  const same = told.length > 0 && told.every((name) => name === told[0]);
  return { told, settled: same && ctx.view().nodes.get(told[0]!)?.role === 'primary' };
}

/** To be done to one after the other: a sentinel that has just forgotten everything is no use to a failover. */
export async function forgetAt(ctx: ProcedureContext, sentinel: Endpoint, within: number): Promise<void> {
  const former = strange(await ctx.deployment.look(), sentinel.name);
  const command = ['SENTINEL', 'RESET', ctx.deployment.primaryName];
  await ctx.step(
    `Let ${sentinel.name} forget who is gone`,
    { node: sentinel.name, command: command.join(' ') },
    async () => {
      await sentinel.call(command);
      await nothingWrong(ctx, `${sentinel.name} knows everybody again`, within, async () =>
        missedBy(sentinel, await ctx.deployment.look(), ctx),
      );
      return former.length > 0 ? `forgot ${former.join(', ')}` : 'knows everybody again';
    },
  );
}

/** Those on its lists that are no nodes any more. */
export const strange = ({ nodes }: ClusterView, sentinel: string): string[] =>
  [...(nodes.get(sentinel)?.peers.keys() ?? [])].filter((name) => !nodes.has(name));

/** Whom it does not hold for well, of those that answer. */
function missedBy(sentinel: Endpoint, view: ClusterView, { deployment }: ProcedureContext): string[] {
  const peers = view.nodes.get(sentinel.name)?.peers;
  const missed = deployment.all.filter(({ name }) => {
    const peer = peers?.get(name);
    return view.nodes.get(name)?.reachable && (!peer?.linked || peer.health !== 'ok');
  });
  return [...strange(view, sentinel.name), ...missed.map(({ name }) => `${name} is missing`)];
}
