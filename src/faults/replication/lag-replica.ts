import { z } from 'zod';
import { size } from '../../core/fields.js';
import { formatSize } from '../../core/units.js';
import type { Connection } from '../../server/connection.js';
import { infoOf, PATIENCE } from '../../server/info.js';
import { type Reply, ReplyError } from '../../server/resp.js';
import type { ManagedNode } from '../../topology/types.js';
import { keepDoing, OVER } from '../background.js';
import { affordable } from '../ceiling.js';
import { fillerFor } from '../filler.js';
import { notes } from '../notes.js';
import { shown } from '../noticed.js';
import { DidNotBite, defineFault, type FaultContext } from '../types.js';
import { reversible, type Undo } from '../undo.js';
import { BUDGET, linkDown, needsReplicas, primaryOf } from './links.js';

/** Seconds that the replica sleeps at a time: it must still answer its observers and peers in between. */
const NAP = 0.08;
/** ms: longer than any nap. */
const LONGEST = 60_000;
/** How far it is to be behind, of what was asked for. */
const AHEAD = 1.5;
const VALUE = 8 * 1024;
const KEYS = 64;
/** ms between two looks at how far it trails. */
const EVERY = 50;

export const lagReplica = defineFault({
  summary: 'hold a replica up while its primary is written to: its link stays up, and it falls behind and stays there',
  handbook: ['2.1.1', '2.1.3', '5.2'],
  params: z.strictObject({
    by: size('how far it is kept behind', { least: '256kb', most: '128mb' }).prefault('2mb'),
  }),
  impact: 'none',
  supports: needsReplicas,
  example: { target: 'replica of shard 2' },
  inject: (targets, { by }, ctx) =>
    reversible(async (_undo, on) => {
      affordable(AHEAD * by * targets.length, `keeping ${targets.length} behind by ${formatSize(by)}`, ctx);
      const before = notes<number>();
      for (const node of targets) {
        const primary = await primaryOf(node, ctx);
        before.set(node, Math.max(0, await trails(node, primary)));
        await holdUp(node, primary, by, ctx, on(node));
      }
      return { before };
    }),
  effect: (targets, { by }, ctx, { before, requestedAt }) =>
    shown(targets, ctx, requestedAt, BUDGET, async (node) => {
      const behind = await trails(node, await primaryOf(node, ctx));
      const text = `trails its primary by ${formatSize(Math.max(0, behind))}`;
      return {
        found: behind - before.of(node) >= by && !(await linkDown(node)) ? `${text}, its link is up` : undefined,
        seen: text,
      };
    }),
});

/**
 * Two clients send DEBUG SLEEP by turns, so that one of them always waits: between two naps the replica reads one buffer of the
 * stream, and no more. Meanwhile the primary is written to until the replica is as far behind as it is to be. Each asks together
 * with its nap whom the node follows: one that leads, or follows another one, is let alone after one nap more of each.
 */
async function holdUp(
  node: ManagedNode,
  primary: ManagedNode,
  by: number,
  ctx: FaultContext,
  undo: Undo,
): Promise<void> {
  try {
    await node.call(['DEBUG', 'SLEEP', 0]);
  } catch (error) {
    if (error instanceof ReplyError) throw new DidNotBite(`${node.name} refuses DEBUG SLEEP: ${error.message}`);
    throw error;
  }
  const filler = fillerFor(primary, ctx, `lag-replica-${node.name}`);
  undo(async () => {
    await filler.remove(KEYS);
    filler.close();
  });
  let over = false;
  const nap = (connection: Connection) => async (): Promise<unknown> => {
    const role = connection.call(['ROLE']);
    const slept = connection.call(['DEBUG', 'SLEEP', NAP]).catch(() => OVER);
    const held = await role.then((reply) => follows(reply, primary)).catch(() => false);
    if (held && !over) return slept;
    if (!over) ctx.over(`${node.name} does not follow ${primary.name} any more`);
    over = true;
    return OVER;
  };
  for (let n = 0; n < 2; n++) {
    const connection = node.open({ timeout: LONGEST });
    const napping = keepDoing(0, nap(connection));
    undo(async () => {
      connection.close();
      await napping.stop();
    });
  }
  const value = filler.value(VALUE);
  undo(
    keepDoing(EVERY, async () => {
      if (over) return OVER;
      // A little more than asked for: what it catches up between two looks must not make it fall short.
      const lacks = AHEAD * by - (await trails(node, primary));
      const writes = Array.from({ length: Math.max(0, Math.ceil(lacks / VALUE)) }, (_, n) => n % KEYS);
      return filler.send(
        writes.map((n) => ['SET', filler.key(n), value] as const),
        VALUE,
      );
    }).stop,
  );
}

/** What ROLE says of a replica: slave, host and port of its primary, and more. */
function follows(reply: Reply, { announced }: ManagedNode): boolean {
  const [role, host, port] = reply as [string, string, number];
  return role === 'slave' && host === announced.host && Number(port) === announced.port;
}

/** Bytes. The replica is asked first: what the primary writes meanwhile counts as behind, what the replica reads does not. */
async function trails(node: ManagedNode, primary: ManagedNode): Promise<number> {
  const mine = (await infoOf(node, 'replication', PATIENCE)).number('slave_repl_offset');
  return (await infoOf(primary, 'replication', PATIENCE)).number('master_repl_offset') - mine;
}
