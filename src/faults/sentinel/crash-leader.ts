import { z } from 'zod';
import { PRIMARY_NAME } from '../../topology/config.js';
import { NoReply } from '../../topology/connection.js';
import { ReplyError } from '../../topology/resp.js';
import type { RedisNode } from '../../topology/types.js';
import { exitCode, fellSilent, startAllAgain } from '../node/process.js';
import { DidNotBite, defineFault } from '../types.js';
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
  comesBack: true,
  kinds: ['sentinel'],
  example: {
    target: 'sentinel-1',
    topology: GUARDED,
  },
  inject: async (targets, { after, start }) => {
    const heal = async (): Promise<void> => {
      await startAllAgain(targets)();
      // Any call forgets what was asked before; this one asks for nothing.
      for (const node of targets) await node.call(['SENTINEL', 'SIMULATE-FAILURE', 'help']);
    };
    try {
      for (const node of targets) await node.call(['SENTINEL', 'SIMULATE-FAILURE', `crash-after-${after}`]);
      if (start) await lead(targets[0]!);
    } catch (error) {
      await heal().catch(() => undefined);
      if (error instanceof ReplyError) throw new DidNotBite(`the sentinel refuses: ${error.message}`);
      throw error;
    }
    return { heal };
  },
  effect: async (targets, { after, start }, ctx, { requestedAt }) => {
    const crashed = await firstToEnd(start ? targets.slice(0, 1) : targets, start ? 15_000 : 60_000);
    if (crashed.code !== SIMULATED)
      throw new DidNotBite(`${crashed.node.name} ended with exit code ${crashed.code}, not ${SIMULATED}`);
    return fellSilent([crashed.node], ctx, requestedAt, `${crashed.node.name} crashed as leader, after its ${after}`);
  },
});

/** The reply may be lost with the process. */
async function lead(node: RedisNode): Promise<void> {
  const connection = node.open({ timeout: 2000 });
  try {
    await connection.call(['SENTINEL', 'FAILOVER', PRIMARY_NAME]);
  } catch (error) {
    if (!(error instanceof NoReply)) throw error;
  } finally {
    connection.close();
  }
}

const firstToEnd = (nodes: readonly RedisNode[], within: number): Promise<{ node: RedisNode; code: number }> =>
  Promise.any(nodes.map(async (node) => ({ node, code: await exitCode(node, within) }))).catch(() => {
    throw new DidNotBite(`no sentinel came to lead a failover and crash within ${within / 1000} s`);
  });
