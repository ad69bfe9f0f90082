import type { Clock } from '../core/clock.js';
import { aheadOf } from '../server/wall-clock.js';
import type { Topology } from '../topology/types.js';

/** Per node: ms to add to its wall clock to get ours. */
export async function clockOffsets(topology: Topology, clock: Clock): Promise<Record<string, number>> {
  const offsets: Record<string, number> = {};
  await Promise.all(
    topology.nodes.map(async (node) => {
      offsets[node.name] = -(await aheadOf(node, clock)).ahead;
    }),
  );
  // Sentinels don't know TIME. They run on the same machine.
  const known = Object.values(offsets).sort((a, b) => a - b);
  for (const { name } of topology.sentinels) offsets[name] = known[Math.floor(known.length / 2)] ?? 0;
  return offsets;
}
