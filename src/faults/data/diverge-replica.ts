import { z } from 'zod';
import { until } from '../../core/until.js';
import { inRanges, tagFor } from '../../deployment/slots.js';
import { forceFullSync } from '../../server/compare.js';
import { infoOf } from '../../server/info.js';
import { ownerNow, replicasNow } from '../../server/owners.js';
import { ReplyError } from '../../server/resp.js';
import type { ManagedNode } from '../../topology/types.js';
import { timed } from '../moment.js';
import { noticed } from '../noticed.js';
import { DidNotBite, defineFault, type FaultContext, type Heal } from '../types.js';
import { reversible } from '../undo.js';

const BUDGET = 15_000;
const VALUE = 16;
/** What DEBUG DIGEST-VALUE says of a key that does not exist. */
const ABSENT = '0'.repeat(40);

/** Keys that only the replica has: written past the replication, so that offsets, link and INFO say that all is well. */
export const divergeReplica = defineFault({
  summary:
    'give a replica keys that its primary has not (DEBUG POPULATE); offsets stay equal, and nothing in INFO tells',
  handbook: ['2.1.3', '5.4'],
  params: z.strictObject({ keys: z.int().min(1).max(1_000_000).default(10).describe('how many keys') }),
  impact: 'none',
  supports: ({ topology }) => topology.replicas > 0 || 'the topology has no replicas',
  example: { target: 'replica of shard 2' },
  inject: (targets, { keys }, ctx) =>
    reversible(async (_undo, on) => {
      const places = targets.map((node) => placeOf(node, ctx));
      for (const [i, node] of targets.entries())
        if ((await digestOf(node, `${places[i]!.prefix}:${keys - 1}`)) !== ABSENT)
          throw new DidNotBite(`${node.name} has such keys already`);
      const moment = await timed(ctx.clock, () =>
        Promise.all(
          targets.map(async (node, i) => {
            on(node)(healOf(node, places[i]!, keys, ctx));
            await populate(node, places[i]!, keys);
          }),
        ),
      );
      return { moment };
    }),
  effect: async (targets, { keys }, ctx, { moment }) => {
    const told = await Promise.all(targets.map((node) => differs(node, placeOf(node, ctx), keys, ctx)));
    return { ...moment, text: told.join('; ') };
  },
});

interface Place {
  shard: number;
  primary: ManagedNode;
  /** Beginning of the keys: their slot is one of the shard's. */
  prefix: string;
}

function placeOf(node: ManagedNode, { topology, view }: FaultContext): Place {
  const shard = topology.shards.find((one) => replicasNow(one.shard, view(), topology).includes(node.name));
  if (!shard) throw new DidNotBite(`${node.name} is not a replica now`);
  const tag = tagFor((slot) => inRanges(slot, shard.slots));
  return {
    shard: shard.shard,
    primary: topology.node(ownerNow(shard.shard, view(), topology)),
    prefix: `{${tag}}:redrill:diverged:${node.name}`,
  };
}

async function populate(node: ManagedNode, { prefix }: Place, keys: number): Promise<void> {
  try {
    await node.call(['DEBUG', 'POPULATE', keys, prefix, VALUE], { timeout: BUDGET });
  } catch (error) {
    if (error instanceof ReplyError) throw new DidNotBite(`${node.name} refuses DEBUG POPULATE: ${error.message}`);
    throw error;
  }
}

/** Of one key, wherever it is: DEBUG is not redirected, and does not read past what the server holds itself. */
const digestOf = async (node: ManagedNode, key: string): Promise<string> =>
  ((await node.call(['DEBUG', 'DIGEST-VALUE', key])) as string[])[0]!;

async function differs(
  node: ManagedNode,
  { primary, prefix }: Place,
  keys: number,
  ctx: FaultContext,
): Promise<string> {
  const sent = (await infoOf(primary, 'replication')).number('master_repl_offset');
  const { value } = await noticed(
    ctx,
    { describe: `${node.name} is level with ${primary.name}`, within: BUDGET, since: ctx.clock.now() },
    async () => {
      const replication = await infoOf(node, 'replication');
      const reached = replication.number('slave_repl_offset');
      const level = reached >= sent && replication.text('master_link_status') === 'up';
      return { found: level ? reached : undefined, seen: `offset ${reached} of ${sent}` };
    },
  );
  const last = `${prefix}:${keys - 1}`;
  const [theirs, its] = await Promise.all([digestOf(primary, last), digestOf(node, last)]);
  if (its === ABSENT) throw new DidNotBite(`${node.name} does not hold ${last}`);
  if (theirs !== ABSENT) throw new DidNotBite(`${primary.name} holds ${last} too`);
  return `${node.name} holds ${keys} keys that ${primary.name} has not, at offset ${value} with its link up`;
}

/** Where the node leads by now the keys are like any others, else only a full synchronisation takes them away. */
const healOf =
  (node: ManagedNode, { shard, prefix }: Place, keys: number, ctx: FaultContext): Heal =>
  async () => {
    const last = `${prefix}:${keys - 1}`;
    const gone = async (): Promise<boolean> =>
      (await node.container.state()).status === 'exited' || (await digestOf(node, last)) === ABSENT;
    if (await gone()) return;
    const view = await ctx.topology.look();
    const primary = ctx.topology.node(ownerNow(shard, view, ctx.topology));
    if (primary === node) for (let n = 0; n < keys; n++) await node.call(['DEL', `${prefix}:${n}`]);
    else await forceFullSync(primary);
    await until(gone, (done) => done, { describe: `${node.name} copies everything anew`, within: BUDGET });
  };
