import { z } from 'zod';
import { duration, size } from '../../core/fields.js';
import { formatSize } from '../../core/units.js';
import type { Connection } from '../../server/connection.js';
import { PATIENCE } from '../../server/info.js';
import { clientsOf } from '../../server/slow-log.js';
import type { ManagedNode } from '../../topology/types.js';
import { keepDoing, OVER } from '../background.js';
import { affordable } from '../ceiling.js';
import { type Filler, fillerFor } from '../filler.js';
import { notes } from '../notes.js';
import { shown } from '../noticed.js';
import { DidNotBite, defineFault, type FaultContext } from '../types.js';
import { reversible, type Undo } from '../undo.js';

/** One reply: a list of ELEMENTS of ELEMENT bytes. A single large value may be sent without being copied. */
const ELEMENTS = 128;
const ELEMENT = 8 * 1024;
const REPLY = ELEMENTS * ELEMENT;
/** ms between two looks at whether it is enough. */
const EVERY = 20;

const params = z.strictObject({
  amount: size('unread replies that the server has to keep, over all clients; half of it is the proof', {
    least: '4mb',
    most: '1gb',
  }).prefault('48mb'),
  clients: z.int().min(1).max(64).default(4).describe('clients that ask and do not read'),
  timeout: duration('time until the buffers are that full', { least: '1s', most: '10m' }).prefault('20s'),
});

export const fillClientBuffers = defineFault({
  summary: 'ask a primary for more than is ever read: the replies pile up in its client output buffers',
  handbook: ['2.1.4', '5.6'],
  params,
  impact: 'none',
  example: { params: { amount: '24mb' } },
  inject: (targets, { amount, clients, timeout }, ctx) =>
    reversible(async (_undo, on) => {
      affordable(amount * targets.length, `${formatSize(amount)} of unread replies on each of ${targets.length}`, ctx);
      const before = notes<number>();
      for (const node of targets) before.set(node, await held(node));
      // From the first reply on: an operator may be quicker than a look that begins when all of it is asked for.
      const proof = shown(targets, ctx, ctx.clock.now(), timeout, async (node) => {
        const now = await held(node);
        const text = `holds ${formatSize(now)} for clients that do not read`;
        return { found: now - before.of(node) >= amount / 2 ? text : undefined, seen: text };
      });
      proof.catch(() => undefined);
      for (const node of targets) await ask(node, amount, clients, ctx, on(node));
      return { proof };
    }),
  effect: (_targets, _params, _ctx, { proof }) => proof,
});

async function ask(node: ManagedNode, amount: number, clients: number, ctx: FaultContext, undo: Undo): Promise<void> {
  const filler = fillerFor(node, ctx, 'fill-client-buffers');
  undo(async () => {
    await filler.remove(1);
    filler.close();
  });
  await filler.send([list(filler)], REPLY);
  const deaf: Connection[] = [];
  undo(async () => {
    for (const connection of deaf) connection.close();
  });
  for (let i = 0; i < clients; i++) {
    const connection = node.open({ timeout: 1 });
    deaf.push(connection);
    if ((await connection.call(['PING'], PATIENCE)) !== 'PONG') throw new DidNotBite(`${node.name} does not answer`);
    connection.deafen();
  }
  // The network's own buffers take some megabytes for each connection: what counts is what the server has to keep.
  const asking = keepDoing(EVERY, async () => {
    // Each look waits in line behind what was asked before it, so that little more is asked for than is needed.
    const now = await held(node);
    if (deaf.every(({ closed }) => closed)) return OVER;
    if (now >= amount) return undefined;
    for (const connection of deaf) connection.send(['LRANGE', filler.key(0), 0, -1], () => undefined);
    return undefined;
  });
  undo(asking.stop);
}

/** By the client, as CLIENT LIST tells it: the sum in INFO (mem_clients_normal) is brought up to date once a second. */
const held = async (node: ManagedNode): Promise<number> =>
  (await clientsOf(node)).reduce((sum, { link, unread }) => sum + (link ? 0 : unread), 0);

const list = (filler: Filler) =>
  ['RPUSH', filler.key(0), ...Array.from({ length: ELEMENTS }, () => filler.value(ELEMENT))] as const;
