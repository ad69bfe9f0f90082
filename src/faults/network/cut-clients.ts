import { z } from 'zod';
import type { ManagedNode } from '../../topology/types.js';
import { fellSilent } from '../node/process.js';
import { DidNotBite, defineFault } from '../types.js';
import { manner, raiseAround } from './barrier.js';
import { starvedBy } from './cut.js';

export const cutClients = defineFault({
  summary:
    'cut clients off from the port of each target, as a wrong firewall rule does: the nodes see each other, nobody fails over, and only who tries as a client notices',
  handbook: ['2.1.2', '5.3'],
  params: z.strictObject({
    who: z
      .enum(['clients', 'everybody'])
      .default('clients')
      .describe(
        'clients: whoever is no node of the topology; everybody: its replicas too, which notice after repl-timeout',
      ),
    how: manner,
  }),
  impact: 'none',
  needs: ['cut', 'watch-apart'],
  inject: async (targets, { who, how }, ctx) => {
    const names = targets.map((node) => node.name).join(', ');
    const but = who === 'clients' ? ctx.topology.all.map(({ container }) => container) : [];
    const barriers = (left: readonly ManagedNode[]) =>
      left.map(({ container, announced }) => ({ at: container, to: announced.port, but }));
    const raised = await raiseAround(targets, barriers, how, `cut ${who} off from ${names}`, ctx);
    return who === 'clients' ? raised : { ...raised, starved: starvedBy((primary) => targets.includes(primary), ctx) };
  },
  effect: async (targets, { how }, ctx, { requestedAt }) => {
    const evidence = await fellSilent(targets, ctx, requestedAt, `clients ${how === 'drop' ? 'dropped' : 'rejected'}`);
    // A node that is dead is silent as well: this one has to be alive and well.
    await Promise.all(targets.map(alive));
    return { ...evidence, text: `${evidence.text}; alive behind it` };
  },
});

async function alive(node: ManagedNode): Promise<void> {
  try {
    await node.call(['PING']);
  } catch (error) {
    throw new DidNotBite(`${node.name} answers nobody at all: ${(error as Error).message}`, { cause: error });
  }
}
