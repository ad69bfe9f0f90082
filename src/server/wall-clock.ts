import type { Clock } from '../core/clock.js';
import type { Endpoint } from './types.js';

/**
 * How many ms a node's wall clock is ahead of ours. Measured by TIME, as NTP does: the reply was made in the middle of the
 * round trip. The best of some round trips is taken.
 */
export async function aheadOf(
  node: Pick<Endpoint, 'call'>,
  clock: Clock,
  roundTrips = 5,
): Promise<{ ahead: number; uncertainty: number }> {
  let best = { ahead: 0, uncertainty: Number.POSITIVE_INFINITY };
  for (let i = 0; i < roundTrips; i++) {
    const sent = clock.now();
    const [seconds, micros] = (await node.call(['TIME'])) as [string, string];
    const back = clock.now();
    if ((back - sent) / 2 >= best.uncertainty) continue;
    const theirs = Number(seconds) * 1000 + Number(micros) / 1000;
    best = { ahead: theirs - clock.wall((sent + back) / 2), uncertainty: (back - sent) / 2 };
  }
  return best;
}
