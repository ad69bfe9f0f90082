/** When is a drill over? When everything that can still change has stopped changing, or its budget is used up. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ms, s } from '../../core/units.js';
import { ownerNow } from '../../topology/targets.js';
import type { Drill } from './drill.js';

/** How long service has to last before it is believed: a p99 needs it. */
const SERVICE_HOLD = s(1);
/** How long agreement and redundancy have to: several looks at every node. Most of it passes while service is proving itself. */
const VIEW_HOLD = ms(300);
/** ms without an acknowledged write: longer than a hiccup of a busy machine. */
const PATIENCE = ms(200);

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
  let serviceSince = clock.now();
  let viewSince = clock.now();
  let wrong: string[] = ['nothing was seen yet'];
  while (clock.now() < end) {
    signal.throwIfAborted();
    const now = clock.now();
    const service = serviceWrong(drill, now);
    // A fault that is never healed leaves its mark on the view; it is waited for only where somebody asked for redundancy.
    const whole = wantsRedundancy || drill.live.every(({ record }) => record.healedAt !== undefined);
    const view = [...(whole ? drill.observer.consensus().problems : []), ...(over ? [] : ['the plan is not finished'])];
    if (service.length > 0) serviceSince = now;
    // Errors that clients saw are over the moment after the last one.
    serviceSince = Math.max(serviceSince, drill.load.lastError() ?? 0);
    if (view.length > 0) viewSince = now;
    if (now - serviceSince >= SERVICE_HOLD && now - viewSince >= VIEW_HOLD) return [];
    wrong = [...service, ...view];
    drill.progress.budget?.(now - drill.zero, plan.budget);
    await sleep(10, undefined, { signal });
  }
  return wrong.length > 0 ? wrong : ['it was well for too short a time to be believed'];
}

function serviceWrong(drill: Drill, now: number): string[] {
  const view = drill.observer.consensus();
  const wrong: string[] = [];
  for (const { shard } of drill.topology.shards)
    if (now - (drill.prober.lastOk(shard) ?? 0) > PATIENCE)
      wrong.push(`shard ${shard} (${ownerNow(shard, view, drill.topology)}) acknowledges no write`);
  return wrong;
}
