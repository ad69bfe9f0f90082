import { z } from 'zod';
import { duration } from '../../core/fields.js';
import { formatDuration, s } from '../../core/units.js';
import { ReplyError } from '../../server/resp.js';
import type { ManagedNode } from '../../topology/types.js';
import { DidNotBite, defineFault } from '../types.js';
import { nodeByNode } from '../undo.js';
import { fellSilent, revive } from './process.js';

export const hang = defineFault({
  summary: 'the server is stuck in one command (DEBUG SLEEP): clients and cluster bus get nothing until it ends',
  handbook: ['2.1.1'],
  params: z.strictObject({
    length: duration('how long the command takes; nothing cancels it, so healing waits for its end', {
      least: '500ms',
      most: '1h',
    }).prefault('10s'),
  }),
  impact: 'stops',
  needs: ['restart'],
  comesBack: true,
  example: { params: { length: '2s' } },
  inject: async (targets, { length }, ctx) => {
    const since = ctx.clock.now();
    const stuck = new Map(targets.map((node) => [node, sleep(node, length)]));
    // A refusal is an answer; a command that was taken has none for a while.
    const refused = Promise.all(stuck.values()).then(() => {
      throw new DidNotBite(`DEBUG SLEEP ended before anybody noticed`);
    });
    const proof = Promise.race([
      fellSilent(targets, ctx, since, `stuck in a command of ${formatDuration(length)}`),
      refused as Promise<never>,
    ]);
    proof.catch(() => undefined);
    return {
      proof,
      ...nodeByNode(targets, async (node) => {
        await stuck.get(node)!.catch(() => undefined);
        await revive(node);
      }),
    };
  },
  effect: (_targets, _params, _ctx, { proof }) => proof,
});

/** Resolves when the command is over, also when the server dies of something else meanwhile. */
async function sleep(node: ManagedNode, length: number): Promise<void> {
  const connection = node.open({ timeout: length + s(5) });
  try {
    await connection.call(['DEBUG', 'SLEEP', String(length / 1000)]);
  } catch (error) {
    if (error instanceof ReplyError) throw new DidNotBite(`${node.name} refuses DEBUG SLEEP: ${error.message}`);
  } finally {
    connection.close();
  }
}
