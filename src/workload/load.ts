/**
 * Open-loop load: operations start on a fixed schedule whatever the server does, so a stalled server can't make the
 * measurement look better by slowing the schedule down (coordinated omission).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../core/clock.js';
import type { LoadSpec } from '../recording/load-spec.js';
import { Profile } from '../recording/tables.js';
import type { Texts } from '../recording/texts.js';
import type { Deployment } from '../server/types.js';
import { openClient } from './client.js';
import { type Operations, operations } from './operations.js';
import { dealTags, type Tag } from './tags.js';

export interface Load extends Pick<Operations, 'table' | 'sequences' | 'lastError'> {
  readonly tags: Tag[];
  /** Ends the schedule and waits `grace` ms for what is still out. */
  stop(grace?: number): Promise<void>;
}

const profiles = {
  tuned: () => Profile.tuned,
  default: () => Profile.default,
  patient: () => Profile.patient,
  both: (client: number) => (client % 2 === 0 ? Profile.tuned : Profile.default),
  all: (client: number) => [Profile.tuned, Profile.default, Profile.patient][client % 3]!,
};

/** Enough slots of every shard that a part of a shard can't be missed; few enough that keys stay long. */
export const tagsFor = (topology: Deployment): Tag[] =>
  dealTags(topology.shards, Math.max(1, Math.min(16, Math.floor(256 / topology.shards.length))));

export async function startLoad(
  topology: Deployment,
  spec: LoadSpec,
  clock: Clock,
  texts: Texts,
  tags: Tag[],
  signal: AbortSignal,
): Promise<Load> {
  const count = spec.kind === 'none' ? 0 : spec.clients;
  const clients = await Promise.all(
    Array.from({ length: count }, (_, i) => openClient(topology, profiles[spec.profiles](i), signal)),
  );
  const ops = operations(clients, tags, spec, clock, texts);
  const abort = new AbortController();
  const loop = clients.length === 0 ? Promise.resolve() : schedule();

  async function schedule(): Promise<void> {
    const interval = 1000 / spec.rate;
    const zero = clock.now();
    for (let n = 0; !abort.signal.aborted; ) {
      const now = clock.now() - zero;
      for (; n * interval <= now; n++) void ops.start(n % clients.length, zero + n * interval);
      await sleep(Math.max(0, n * interval - now), undefined, { signal: abort.signal }).catch(() => undefined);
    }
  }

  return {
    table: ops.table,
    sequences: ops.sequences,
    lastError: ops.lastError,
    tags,
    stop: async (grace = 500) => {
      abort.abort();
      await loop;
      const deadline = clock.now() + grace;
      while (ops.pending() > 0 && clock.now() < deadline) await sleep(5);
      ops.close();
      for (const client of clients) client.close();
    },
  };
}
