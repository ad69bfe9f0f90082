/** When is a drill over? When everything that can still change has stopped changing, or its budget is used up. */
import { setTimeout as sleep } from 'node:timers/promises';
import { traitsOf } from '../assertions/registry.js';
import { formatDuration, ms, s } from '../core/units.js';
import { noticedBy } from '../deployment/timing.js';
import { serviceWords } from '../recording/service.js';
import { hiccup } from '../recording/vigil.js';
import { ownerNow } from '../server/owners.js';
import { nodeTimeout } from '../topology/silence.js';
import { patienceWith, watchStandstill } from './standstill.js';
import type { Drill } from './types.js';

/** How long service has to last before it is believed: a p99 needs it. */
const SERVICE_HOLD = s(1);
/** How long agreement and redundancy have to: several looks at every node. Most of it passes while service is proving itself. */
const VIEW_HOLD = ms(300);
/** ms without an acknowledged write: longer than a hiccup of a busy machine. */
const PATIENCE = ms(200);

export interface Settled {
  /** What was still wrong when the waiting ended; empty when the cluster has recovered. */
  wrong: string[];
  /** Why it was not waited until the budget was used up. */
  early?: string;
}

export async function settle(drill: Drill, entries: Promise<void>): Promise<Settled> {
  const { clock, plan, signal } = drill;
  let over = false;
  void entries.then(
    () => {
      over = true;
    },
    () => undefined,
  );
  const end = drill.zero + plan.budget;
  const waitsFor = new Set(plan.objectives.map(({ name }) => traitsOf(name).waitsFor));
  let serviceSince = clock.now();
  let viewSince = clock.now();
  let wrong = (): string[] => ['nothing was seen yet'];
  let interruptedAt = Number.NEGATIVE_INFINITY;
  const [still, patience] = [watchStandstill(drill), patienceWith(drill.topology)];
  while (clock.now() < end) {
    signal.throwIfAborted();
    const now = clock.now();
    const service = unserved(drill, now, PATIENCE);
    // A fault that is never healed leaves its mark on the view; it is waited for only where somebody asked for redundancy.
    const whole = waitsFor.has('redundancy') || drill.live.every(({ record }) => record.healedAt !== undefined);
    const view = [...(whole ? drill.observer.consensus().problems : []), ...(over ? [] : ['the plan is not finished'])];
    if (over && waitsFor.has('notice') && now < noticed(drill, interruptedAt))
      view.push('what lasts has not been noticed yet');
    if (service.length > 0) serviceSince = now;
    // Before the first fault it is a hiccup.
    if (service.length > 0 && drill.live.length > 0) interruptedAt = now;
    // Errors that clients saw are over the moment after the last one.
    serviceSince = Math.max(serviceSince, drill.load.lastError() ?? 0);
    if (view.length > 0) viewSince = now;
    const held = now - serviceSince >= SERVICE_HOLD && now - viewSince >= VIEW_HOLD;
    // Nor in the middle of what may be an outage: whether it ended would not be known.
    if (held && unserved(drill, now, hiccup(drill.prober.every)).length === 0) return { wrong: [] };
    wrong = () => [...inWords(service, drill), ...view];
    if (still() > patience)
      return {
        wrong: wrong(),
        early: `something had failed that was to be done, and then nothing changed for ${formatDuration(patience)}`,
      };
    drill.progress.budget?.(now - drill.zero, plan.budget);
    await sleep(10, undefined, { signal });
  }
  const told = wrong();
  return { wrong: told.length > 0 ? told : ['it was well for too short a time to be believed'] };
}

/** Shards on which no write has been acknowledged for so long. Asked a hundred times a second, of as many shards as there are. */
const unserved = ({ topology, prober }: Drill, now: number, patience: number): number[] =>
  topology.shards.map(({ shard }) => shard).filter((shard) => now - (prober.lastOk(shard) ?? 0) > patience);

function inWords(shards: readonly number[], { observer, topology, plan }: Drill): string[] {
  if (shards.length === 0) return [];
  const view = observer.consensus();
  const { doesNot } = serviceWords(plan.workload);
  return shards.map((shard) => `shard ${shard} (${ownerNow(shard, view, topology)}) ${doesNot}`);
}

/** The moment from which on a fault that lasts, and has not interrupted service since it took effect, will not do so any more. */
const noticed = ({ live, topology }: Drill, interruptedAt: number): number =>
  Math.max(
    ...live.map(({ record: { effective, healedAt } }) =>
      effective && healedAt === undefined && effective.at > interruptedAt
        ? noticedBy(effective.at, nodeTimeout(topology.spec))
        : Number.NEGATIVE_INFINITY,
    ),
  );
