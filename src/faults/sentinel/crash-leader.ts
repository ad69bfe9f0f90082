import { z } from 'zod';
import { withSentinels } from '../../deployment/kinds.js';
import type { Evidence } from '../../recording/deeds.js';
import { NoReply } from '../../server/no-reply.js';
import { ReplyError } from '../../server/resp.js';
import { bringUp } from '../../topology/bring-up.js';
import { primaryNameOf } from '../../topology/config.js';
import type { ManagedNode } from '../../topology/types.js';
import { allRun, START_BUDGET, watchEnd } from '../node/process.js';
import { DidNotBite, defineFault, type FaultContext } from '../types.js';
import { nodeByNode } from '../undo.js';
import { GUARDED } from './example.js';

/** sentinelSimFailureCrash ends the process with this code. */
const SIMULATED = 99;

export const crashLeader = defineFault({
  summary:
    'a sentinel crashes while it leads a failover: after its election, or after it has promoted a replica (SENTINEL SIMULATE-FAILURE)',
  handbook: ['3.1.1'],
  params: z.strictObject({
    after: z.enum(['election', 'promotion']).default('election').describe('how far it gets'),
    start: z
      .boolean()
      .default(true)
      .describe('ask the sentinel for a failover at once; false: the first target that comes to lead one crashes then'),
  }),
  impact: 'stops',
  needs: ['signal', 'restart'],
  comesBack: true,
  kinds: withSentinels,
  example: {
    target: 'sentinel-1',
    topology: GUARDED,
  },
  inject: async (targets, { after, start }, ctx) => {
    await allRun(targets);
    const undoing = nodeByNode(targets, async (node) => {
      await bringUp(node, START_BUDGET);
      // Any call forgets what was asked before; this one asks for nothing.
      await node.call(['SENTINEL', 'SIMULATE-FAILURE', 'help']);
    });
    const proof = firstToEnd(start ? targets.slice(0, 1) : targets, after, start ? 15_000 : 60_000, ctx);
    try {
      for (const node of targets) await node.call(['SENTINEL', 'SIMULATE-FAILURE', `crash-after-${after}`]);
      if (start) await lead(targets[0]!, primaryNameOf(ctx.topology.spec));
    } catch (error) {
      await undoing.heal().catch(() => undefined);
      if (error instanceof ReplyError) throw new DidNotBite(`the sentinel refuses: ${error.message}`);
      throw error;
    }
    return { ...undoing, proof };
  },
  effect: (_targets, _params, _ctx, { proof }) => proof,
});

/** The reply may be lost with the process. */
async function lead(node: ManagedNode, primaryName: string): Promise<void> {
  const connection = node.open({ timeout: 2000 });
  try {
    await connection.call(['SENTINEL', 'FAILOVER', primaryName]);
  } catch (error) {
    if (!(error instanceof NoReply)) throw error;
  } finally {
    connection.close();
  }
}

function firstToEnd(
  nodes: readonly ManagedNode[],
  after: string,
  within: number,
  ctx: FaultContext,
): Promise<Evidence> {
  const ends = nodes.map((node) => {
    const what = `${node.name} crashed as leader, after its ${after}`;
    return watchEnd([node], { code: SIMULATED, signal: 'SIMULATE-FAILURE', within, what }, ctx);
  });
  const proof = Promise.any(ends).catch((error: AggregateError) => {
    const [why] = error.errors as Error[];
    throw new DidNotBite(`no sentinel came to lead a failover and crash within ${within / 1000} s: ${why?.message}`);
  });
  proof.catch(() => undefined);
  return proof;
}
