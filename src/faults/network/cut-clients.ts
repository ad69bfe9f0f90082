import { z } from 'zod';
import type { ManagedNode } from '../../topology/types.js';
import { fellSilent } from '../node/process.js';
import { DidNotBite, defineFault } from '../types.js';
import { chainsOf, LET_RESETS_IN, type Manner, manner } from './barrier.js';
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
    const { all } = ctx.topology;
    const names = targets.map((node) => node.name).join(', ');
    const rules = (node: ManagedNode) => clientRules(node, who === 'clients' ? all : [], how);
    const raised = await chainsOf(targets, rules, `cut ${who} off from ${names}`, ctx);
    return who === 'clients' ? raised : { ...raised, starved: starvedBy((primary) => targets.includes(primary), ctx) };
  },
  effect: async (targets, { how }, ctx, { requestedAt }) => {
    const evidence = await fellSilent(targets, ctx, requestedAt, `clients ${how === 'drop' ? 'dropped' : 'rejected'}`);
    // A node that is dead is silent as well: this one has to be alive and well.
    await Promise.all(targets.map(alive));
    return { ...evidence, text: `${evidence.text}; alive behind it` };
  },
});

/** Everybody but these nodes, and but the harness itself, which comes in by a door of its own. */
export function clientRules(node: ManagedNode, spared: readonly ManagedNode[], how: Manner): string[] {
  const port = `-p tcp --dport ${node.announced.port}`;
  return [
    ...(spared.length > 0 ? [`-s ${spared.map(({ container }) => container.ip).join(',')} -j RETURN`] : []),
    `${port} -m conntrack --ctstate DNAT -j RETURN`,
    ...(how === 'drop' ? [`${port} -j DROP`] : [LET_RESETS_IN, `${port} -j REJECT --reject-with tcp-reset`]),
  ];
}

async function alive(node: ManagedNode): Promise<void> {
  try {
    await node.call(['PING']);
  } catch (error) {
    throw new DidNotBite(`${node.name} answers nobody at all: ${(error as Error).message}`, { cause: error });
  }
}
