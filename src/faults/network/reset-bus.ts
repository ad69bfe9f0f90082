import { z } from 'zod';
import { withSlots } from '../../deployment/kinds.js';
import { NoReply } from '../../server/no-reply.js';
import { ReplyError } from '../../server/resp.js';
import { BUS_PORT } from '../../topology/config.js';
import type { ManagedNode } from '../../topology/types.js';
import { noticed } from '../noticed.js';
import { DidNotBite, defineFault, type FaultContext } from '../types.js';
import { linksToLose } from './cut.js';
import { again, againField } from './reset.js';

/** ms until every link of before is gone. */
const ARRIVAL = 3000;

export const resetBus = defineFault({
  summary:
    'reset the established cluster bus connections of each target, in both directions, once or again and again; they are made anew at once',
  handbook: ['2.1.2'],
  params: z.strictObject({
    every: againField,
  }),
  impact: 'none',
  needs: ['reset'],
  kinds: withSlots,
  supports: ({ server }) =>
    server?.product === 'redis' && Number.parseInt(server.version, 10) < 7
      ? 'its links can be told apart from Redis 7.0 on (CLUSTER LINKS)'
      : true,
  inject: async (targets, { every }, ctx) => {
    const before = new Map<ManagedNode, Set<string>>();
    for (const node of targets) before.set(node, await linksBefore(node, ctx));
    const left = new Set(targets);
    const reset = (): Promise<unknown> =>
      ctx.fleet.reset([...left].map(({ container }) => ({ of: container, port: BUS_PORT, made: 'both', but: [] })));
    // They are looked at meanwhile: the reset has its moment before the tool that makes it ends.
    const [moment] = await Promise.all([allGone(before, ctx), reset()]);
    const links = [...before.values()].reduce((sum, { size }) => sum + size, 0);
    return { ...again(left, reset, every), moment, seen: `all ${links} bus connections` };
  },
  effect: async (targets, { every }, _ctx, { moment, seen }) => ({
    ...moment,
    text: `${seen} of ${targets.map((node) => node.name).join(', ')} were reset${every === undefined ? '' : `, and again every ${every} ms`}`,
  }),
});

/** What the reset has to take away. @throws DidNotBite for a node that no living peer is linked to: its links come and go by themselves. */
async function linksBefore(node: ManagedNode, ctx: FaultContext): Promise<Set<string>> {
  linksToLose([[node], ctx.topology.nodes.filter((other) => other !== node)], ctx);
  try {
    const links = await linksOf(node);
    if (links.length === 0) throw new DidNotBite(`${node.name} has no bus connection to reset`);
    return new Set(links);
  } catch (error) {
    if (error instanceof ReplyError || error instanceof NoReply)
      throw new DidNotBite(`${node.name} does not tell its bus connections: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Each established link of a node's bus, by its direction, its peer and the moment at which it was made. */
async function linksOf(node: ManagedNode): Promise<string[]> {
  const reply = await node.call(['CLUSTER', 'LINKS'], { timeout: 500 });
  if (!Array.isArray(reply)) return [];
  return reply.flatMap((link) => {
    const fields = Array.isArray(link) ? link.map(String) : [];
    const of = (name: string): string => fields[fields.indexOf(name) + 1] ?? '';
    // One that is still being made listens for nothing yet, and may vanish by itself.
    return of('events').includes('r') ? [`${of('direction')} ${of('node')} ${of('create-time')}`] : [];
  });
}

/** When none of the links of before stood any more. */
async function allGone(before: ReadonlyMap<ManagedNode, ReadonlySet<string>>, ctx: FaultContext) {
  const { at, uncertainty } = await noticed(
    ctx,
    { describe: 'every bus connection of before is gone', within: ARRIVAL, every: 10, since: ctx.clock.now() },
    async () => {
      const links = await Promise.all(
        [...before].map(async ([node, old]) => (await linksOf(node)).filter((link) => old.has(link))),
      );
      const stand = links.flat().length;
      return { found: stand === 0 ? true : undefined, seen: `${stand} still stand` };
    },
  );
  return { at, uncertainty };
}
