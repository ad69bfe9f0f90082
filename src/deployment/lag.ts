/** How far replicas trail their primaries, in time: bytes say little without the rate at which they are written. */
import type { NodeView } from './types.js';

/** A replica that trails by more than this, in ms, is no redundancy for what was written meanwhile. */
export const LAGGING = 1000;
/** Looks at a primary that are remembered: two minutes of them, at 20 a second. */
const REMEMBERED = 2400;

/**
 * Given the looks at all nodes in their order, says of each replica how long ago its primary was first seen beyond what the
 * replica has now. Right to the time between two looks.
 *
 *   primary   t=0 offset 100    t=50 offset 160    t=100 offset 220
 *   replica                                                          t=120 offset 150: it trails by 70 ms
 */
export function lagTracker(): (view: NodeView) => number {
  const seen = new Map<string, { t: number; offset: number }[]>();
  return (view) => {
    if (view.role === 'primary') {
      const looks = seen.get(view.node) ?? [];
      seen.set(view.node, looks);
      // A new history begins: offsets of one only grow.
      if (view.offset < (looks.at(-1)?.offset ?? 0)) looks.length = 0;
      if (looks.push({ t: view.t, offset: view.offset }) > REMEMBERED) looks.shift();
      return 0;
    }
    const looks = seen.get(view.peers.get(view.node)?.primary ?? '') ?? [];
    if (view.role !== 'replica' || (looks.at(-1)?.offset ?? 0) <= view.offset) return 0;
    let first = looks.length - 1;
    while (first > 0 && looks[first - 1]!.offset > view.offset) first--;
    return view.t - looks[first]!.t;
  };
}
