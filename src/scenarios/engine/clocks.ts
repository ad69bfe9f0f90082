import type { Clock } from '../../core/clock.js';
import type { Topology } from '../../topology/types.js';

/**
 * Per node: ms to add to its wall clock to get ours. Measured by TIME, as NTP does: the reply was made in the middle of
 * the round trip. The best of five round trips is taken.
 */
export async function clockOffsets(topology: Topology, clock: Clock): Promise<Record<string, number>> {
  const offsets: Record<string, number> = {};
  await Promise.all(
    topology.nodes.map(async (node) => {
      let best = Number.POSITIVE_INFINITY;
      for (let i = 0; i < 5; i++) {
        const sent = clock.now();
        const [seconds, micros] = (await node.call(['TIME'])) as [string, string];
        const back = clock.now();
        if (back - sent >= best) continue;
        best = back - sent;
        const theirs = Number(seconds) * 1000 + Number(micros) / 1000;
        offsets[node.name] = clock.wall((sent + back) / 2) - theirs;
      }
    }),
  );
  // Sentinels don't know TIME. They run on the same machine.
  const known = Object.values(offsets).sort((a, b) => a - b);
  for (const { name } of topology.sentinels) offsets[name] = known[Math.floor(known.length / 2)] ?? 0;
  return offsets;
}
