/** What the faults on the keys of a running server share: where they can be done, which keys they pick, and when they did it. */
import { z } from 'zod';
import type { Connection } from '../../server/connection.js';
import { PATIENCE } from '../../server/info.js';
import { ownerNow } from '../../server/owners.js';
import { type Reply, ReplyError } from '../../server/resp.js';
import type { ManagedNode } from '../../topology/types.js';
import type { Timed } from '../moment.js';
import { DidNotBite, type Fault, type FaultContext, type Injected } from '../types.js';

export const someKeys = z.strictObject({
  pattern: z.string().min(1).max(1000).default('*').describe('which keys, as SCAN … MATCH understands it'),
  count: z.int().min(1).max(100_000).default(10).describe('how many of those on each target, drawn from the seed'),
});

/** @throws DidNotBite for a node that leads no shard: an operator's command is refused there. */
function leads(node: ManagedNode, { view, topology }: FaultContext): void {
  if (!topology.shards.some(({ shard }) => ownerNow(shard, view(), topology) === node.name))
    throw new DidNotBite(`${node.name} leads no shard now: it refuses to change keys`);
}

export interface Done extends Injected {
  moment: Timed;
  /** In words. */
  seen: string;
}

/** Carries it out on every target, on a connection of its own. It happened between the first command and the last answer. */
export async function carryOut(
  targets: ManagedNode[],
  ctx: FaultContext,
  deed: (connection: Connection, node: ManagedNode) => Promise<{ from: number; text: string }>,
): Promise<Done> {
  for (const node of targets) leads(node, ctx);
  const told = await Promise.all(
    targets.map(async (node) => {
      const connection = node.open({ timeout: PATIENCE });
      try {
        const { from, text } = await deed(connection, node);
        return { from, to: ctx.clock.now(), text: `${node.name}: ${text}` };
      } catch (error) {
        if (error instanceof ReplyError) throw new DidNotBite(`${node.name} refuses: ${error.message}`);
        throw error;
      } finally {
        connection.close();
      }
    }),
  );
  const from = Math.min(...told.map((one) => one.from));
  const to = Math.max(...told.map((one) => one.to));
  return {
    heal: async () => undefined,
    moment: { at: (from + to) / 2, uncertainty: (to - from) / 2 },
    seen: told.map((one) => one.text).join('; '),
  };
}

/** By the moment and the words of inject, which saw the replies. */
export const asSeen: Fault<never, Done>['effect'] = async (_targets, _params, _ctx, { moment, seen }) => ({
  ...moment,
  text: seen,
});

/** All of them at once: no other client comes between. @throws ReplyError for the first that is refused. */
export async function transaction(connection: Connection, commands: (string | Buffer)[][]): Promise<Reply[]> {
  const replies = await Promise.all([['MULTI'], ...commands, ['EXEC']].map((command) => connection.call(command)));
  const results = replies.at(-1) as Reply[];
  for (const result of results) if (result instanceof ReplyError) throw result;
  return results;
}

export async function pickKeys(
  connection: Connection,
  node: ManagedNode,
  { pattern, count }: z.output<typeof someKeys>,
  ctx: FaultContext,
): Promise<Buffer[]> {
  const keys = new Set<string>();
  let cursor = '0';
  do {
    const [next, found] = (await connection.call(['SCAN', cursor, 'MATCH', pattern, 'COUNT', 1000])) as [
      string,
      string[],
    ];
    for (const key of found) keys.add(key);
    cursor = next;
  } while (cursor !== '0');
  if (keys.size === 0) throw new DidNotBite(`${node.name} has no key that matches ${pattern}`);
  // In an order of their own: SCAN's depends on the server's hash seed.
  const drawn = ctx.rng
    .fork(node.name)
    .shuffle([...keys].sort())
    .slice(0, count);
  return drawn.map((key) => Buffer.from(key, 'latin1'));
}
