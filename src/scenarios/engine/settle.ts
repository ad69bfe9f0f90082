/** When is a drill over? When everything that can still change has stopped changing, or its budget is used up. */
import { setTimeout as sleep } from 'node:timers/promises';
import { s } from '../../core/units.js';
import { ownerNow } from '../../topology/targets.js';
import type { Drill } from './drill.js';

/** How long health has to last before it is believed: gossip needs it, and so does a p99. */
export const HOLD = s(1);

/** ms without an acknowledged write: longer than a hiccup of a busy machine. */
const PATIENCE = 200;

/** @returns what was still wrong when the budget ran out; empty when the cluster has recovered. */
export async function settle(drill: Drill, entries: Promise<void>): Promise<string[]> {
  const { clock, plan, signal } = drill;
  let over = false;
  void entries.then(
    () => {
      over = true;
    },
    () => undefined,
  );
  const end = drill.zero + plan.budget;
  const wantsRedundancy = plan.objectives.some(({ name }) => name === 'redundancy_restored');
  let since = clock.now();
  let wrong: string[] = ['nothing was seen yet'];
  while (clock.now() < end) {
    signal.throwIfAborted();
    wrong = wrongNow(drill, wantsRedundancy || drill.live.every(({ record }) => record.healedAt !== undefined));
    if (!over) wrong.push('the plan is not finished');
    if (wrong.length > 0) since = clock.now();
    else if (clock.now() - since >= HOLD) return [];
    drill.progress.budget?.(clock.now() - drill.zero, plan.budget);
    await sleep(10, undefined, { signal });
  }
  return wrong;
}

function wrongNow(drill: Drill, whole: boolean): string[] {
  const view = drill.observer.consensus();
  const now = drill.clock.now();
  const wrong: string[] = [];
  for (const { shard } of drill.topology.shards) {
    const owner = ownerNow(shard, view, drill.topology);
    if (now - (drill.prober.lastOk(shard) ?? 0) > PATIENCE)
      wrong.push(`shard ${shard} (${owner}) acknowledges no write`);
  }
  const lastError = drill.load.lastError();
  if (lastError !== undefined && now - lastError < HOLD / 2) wrong.push('the application still sees errors');
  return whole ? [...wrong, ...view.problems] : wrong;
}
