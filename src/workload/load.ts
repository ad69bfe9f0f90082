/**
 * Open-loop load: operations start on a fixed schedule whatever the server does, so a stalled server can't make the
 * measurement look better by slowing the schedule down (coordinated omission).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../core/clock.js';
import type { Topology } from '../topology/types.js';
import { classifyError } from './classify.js';
import { type Client, openClient } from './client.js';
import { appendKey, element } from './keys.js';
import { newOps, OpKind, type Ops, Profile, Status } from './recording.js';
import { dealTags, type Tag } from './tags.js';
import type { Texts } from './texts.js';

export interface LoadSpec {
  kind: 'append' | 'cache' | 'none';
  clients: number;
  /** Operations per second over all clients. */
  rate: number;
  waitReplicas: number;
  profiles: 'tuned' | 'default' | 'both';
  keys: number;
  valueSize: number;
}

export interface Load {
  readonly table: Ops;
  readonly tags: Tag[];
  /** Sequence numbers used so far, per client. */
  readonly sequences: readonly number[];
  /** Moment of the last error, of a tuned client; undefined if there was none. */
  lastError(): number | undefined;
  /** Ends the schedule, waits `grace` ms for what is still out; what never answers becomes unknown. */
  stop(grace?: number): Promise<void>;
}

const WAIT_BUDGET = 300;
/** A cache is read more than it is written. */
const READS_PER_WRITE = 4;

export async function startLoad(
  topology: Topology,
  spec: LoadSpec,
  clock: Clock,
  texts: Texts,
  signal: AbortSignal,
): Promise<Load> {
  const tags = dealTags(topology.shards, Math.max(1, Math.min(16, Math.floor(256 / topology.shards.length))));
  const tagTexts = tags.map(({ tag }) => tag);
  const profileOf = (i: number): number =>
    spec.profiles === 'tuned'
      ? Profile.tuned
      : spec.profiles === 'default'
        ? Profile.default
        : i % 2 === 0
          ? Profile.tuned
          : Profile.default;
  const clients =
    spec.kind === 'none'
      ? []
      : await Promise.all(Array.from({ length: spec.clients }, (_, i) => openClient(topology, profileOf(i), signal)));
  const table = newOps();
  const sequences = clients.map(() => 0);
  const value = 'x'.repeat(spec.valueSize);
  let lastError: number | undefined;
  let out = 0;

  const start = (index: number, intended: number): void => {
    const client = clients[index]!;
    const seq = sequences[index]!++;
    const { shard, slot, tag } = tags[seq % tags.length]!;
    const read = spec.kind === 'cache' && seq % (READS_PER_WRITE + 1) !== 0;
    const row = table.push({
      intended,
      sent: clock.now(),
      done: Number.NaN,
      client: index,
      profile: client.profile,
      kind: read ? OpKind.read : OpKind.write,
      status: Status.pending,
      error: 0,
      shard,
      slot,
      seq,
    });
    out++;
    const key =
      spec.kind === 'append'
        ? appendKey(tagTexts, index, seq)
        : `{${tag}}:c:${Math.floor(seq / tags.length) % spec.keys}`;
    const work = read
      ? client.cluster.get(key)
      : write(client, key, spec.kind === 'append' ? element(index, seq) : undefined);
    work.then(
      () => finish(row, Status.ok),
      (error: Error) => {
        const { status, text } = classifyError(error, client.profile === Profile.default);
        if (client.profile === Profile.tuned) lastError = clock.now();
        finish(row, status, text);
      },
    );
  };

  const write = async (client: Client, key: string, item: string | undefined): Promise<unknown> => {
    if (spec.waitReplicas === 0)
      return item === undefined ? client.cluster.set(key, value) : client.cluster.rpush(key, item);
    // WAIT speaks of the writes of its own connection, so it must share the pipeline with the write.
    const command = item === undefined ? ['set', key, value] : ['rpush', key, item];
    const [first, waited] =
      (await client.cluster.pipeline([command, ['wait', spec.waitReplicas, WAIT_BUDGET]]).exec()) ?? [];
    if (first?.[0]) throw first[0];
    if (waited?.[0] || Number(waited?.[1]) < spec.waitReplicas) throw new Error('not acknowledged by enough replicas');
    return undefined;
  };

  const finish = (row: number, status: number, error?: string): void => {
    out--;
    if (table.at(row, 'status') !== Status.pending) return;
    table.set(row, 'done', clock.now());
    table.set(row, 'status', status);
    table.set(row, 'error', texts.numberOf(error));
  };

  const abort = new AbortController();
  const loop = clients.length === 0 ? Promise.resolve() : run();

  async function run(): Promise<void> {
    const interval = 1000 / spec.rate;
    const zero = clock.now();
    for (let n = 0; !abort.signal.aborted; ) {
      const now = clock.now() - zero;
      for (; n * interval <= now; n++) start(n % clients.length, zero + n * interval);
      await sleep(Math.max(0, n * interval - now), undefined, { signal: abort.signal }).catch(() => undefined);
    }
  }

  return {
    table,
    tags,
    sequences,
    lastError: () => lastError,
    stop: async (grace = 500) => {
      abort.abort();
      await loop;
      const deadline = clock.now() + grace;
      while (out > 0 && clock.now() < deadline) await sleep(5);
      for (let row = 0; row < table.length; row++)
        if (table.at(row, 'status') === Status.pending) {
          table.set(row, 'status', Status.unknown);
          table.set(row, 'error', texts.numberOf('never answered'));
        }
      for (const client of clients) client.close();
    },
  };
}
