import { z } from 'zod';
import { withSlots } from '../../deployment/kinds.js';
import { BUS_PORT } from '../../topology/config.js';
import type { ManagedNode } from '../../topology/types.js';
import { defineFault } from '../types.js';
import { around, manner, raiseAround } from './barrier.js';
import { linksGone, linksToLose } from './cut.js';

export const cutBus = defineFault({
  summary:
    'cut only the cluster bus of each target: replication and clients go on while its peers declare it failed, and a deposed primary is still fed',
  handbook: ['2.1.2', '5.3'],
  params: z.strictObject({ how: manner }),
  impact: 'cuts',
  needs: ['cut'],
  kinds: withSlots,
  inject: async (targets, { how }, ctx) => {
    const { nodes } = ctx.topology;
    const names = targets.map((node) => node.name).join(', ');
    const groups = [...targets.map((node) => [node]), nodes.filter((node) => !targets.includes(node))];
    const links = linksToLose(groups, ctx);
    const barriers = (left: readonly ManagedNode[]) => around(left, nodes, BUS_PORT);
    const raised = await raiseAround(targets, barriers, how, `cut port ${BUS_PORT} of ${names}`, ctx);
    // Nobody is cut off as others are: until its peers depose it, what the target acknowledges still reaches its replicas.
    return { ...raised, links };
  },
  effect: (_targets, { how }, ctx, injected) =>
    linksGone(injected, ctx, `packets of port ${BUS_PORT} ${how === 'drop' ? 'dropped' : 'rejected'}`),
});
