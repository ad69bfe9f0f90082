/** One operation of the load: sent through a real client library, and its outcome written down. */

import type { Clock } from '../core/clock.js';
import { appendKey, elementText, expiringKey, timeToLive } from '../recording/keys.js';
import type { LoadSpec } from '../recording/load-spec.js';
import { newOps, OpKind, type Ops, Profile, Status } from '../recording/tables.js';
import type { Texts } from '../recording/texts.js';
import { GONE, keyOf, OTHER, stringOf } from './canaries.js';
import { classifyError } from './classify.js';
import type { Client } from './client.js';
import type { Tag } from './tags.js';

export interface Operations {
  readonly table: Ops;
  /** Sequence numbers used so far, per client. */
  readonly sequences: readonly number[];
  /** Operations that have not been answered yet. */
  pending(): number;
  /** Moment of the last error of a tuned client; undefined if there was none. */
  lastError(): number | undefined;
  /** Sends the next operation of this client; `intended` is its moment on the schedule. Settles when it is answered, never rejects. */
  start(client: number, intended: number): Promise<void>;
  /** What never was answered becomes unknown. */
  close(): void;
}

const WAIT_BUDGET = 300;
/** A cache is read more than it is written. */
const READS_PER_WRITE = 4;

export function operations(
  clients: readonly Client[],
  tags: readonly Tag[],
  spec: LoadSpec,
  clock: Clock,
  texts: Texts,
): Operations {
  const tagTexts = tags.map(({ tag }) => tag);
  const table = newOps();
  const sequences = clients.map(() => 0);
  const { write, expire } = writesOf(spec);
  let lastError: number | undefined;
  let pending = 0;

  const start = (index: number, intended: number): Promise<void> => {
    const client = clients[index]!;
    const seq = sequences[index]!++;
    const { shard, slot, tag } = tags[seq % tags.length]!;
    const read = spec.kind === 'read' || (spec.kind === 'cache' && seq % (READS_PER_WRITE + 1) !== 0);
    const row = table.reserve();
    const { raw } = table;
    raw.intended[row] = intended;
    raw.sent[row] = clock.now();
    raw.done[row] = Number.NaN;
    raw.client[row] = index;
    raw.profile[row] = client.profile;
    raw.kind[row] = read ? OpKind.read : OpKind.write;
    raw.shard[row] = shard;
    raw.slot[row] = slot;
    raw.seq[row] = seq;
    pending++;
    const key = keyFor(spec, tagTexts, index, seq);
    const work = read
      ? client.redis.get(key)
      : spec.kind === 'expiring'
        ? expire(client, key, elementText(index, seq), timeToLive(tagTexts, index, seq, spec.ttl))
        : write(client, key, spec.kind === 'append' ? elementText(index, seq) : undefined);
    // A value that was put there before the drill is the only one that its readers can use.
    const wanted = spec.kind === 'read' ? stringOf(tag) : undefined;
    return work.then(
      (value) => {
        if (wanted === undefined || value === wanted) finish(row, Status.ok);
        else finish(row, Status.fail, value === null ? GONE : OTHER);
      },
      (error: Error) => {
        const { status, text } = classifyError(error, client.profile === Profile.default);
        if (client.profile === Profile.tuned) lastError = clock.now();
        finish(row, status, text);
      },
    );
  };

  const finish = (row: number, status: number, error?: string): void => {
    pending--;
    const { raw } = table;
    if (raw.status[row] !== Status.pending) return;
    raw.done[row] = clock.now();
    raw.status[row] = status;
    if (error !== undefined) raw.error[row] = texts.numberOf(error);
  };

  return {
    table,
    sequences,
    pending: () => pending,
    lastError: () => lastError,
    start,
    close: () => {
      for (let row = 0; row < table.length; row++)
        if (table.at(row, 'status') === Status.pending) {
          table.set(row, 'status', Status.unknown);
          table.set(row, 'error', texts.numberOf('never answered'));
        }
    },
  };
}

/** The key that a client's operation of this number is about. */
function keyFor({ kind, keys }: LoadSpec, tags: readonly string[], client: number, seq: number): string {
  if (kind === 'append') return appendKey(tags, client, seq);
  if (kind === 'expiring') return expiringKey(tags, client, seq);
  const tag = tags[seq % tags.length]!;
  return kind === 'read' ? keyOf(tag, 'string') : `{${tag}}:c:${Math.floor(seq / tags.length) % keys}`;
}

/** How this load writes: plainly, or so that replicas have it too. */
function writesOf({ waitReplicas, valueSize }: LoadSpec) {
  const value = 'x'.repeat(valueSize);

  // The usual write must not cost a promise of its own: it is what the load does tens of thousands of times a second.
  const write = (client: Client, key: string, item: string | undefined): Promise<unknown> => {
    if (waitReplicas > 0) return writeAndWait(client, item === undefined ? ['set', key, value] : ['rpush', key, item]);
    return item === undefined ? client.redis.set(key, value) : client.redis.rpush(key, item);
  };

  const expire = (client: Client, key: string, item: string, ms: number): Promise<unknown> =>
    waitReplicas > 0
      ? writeAndWait(client, ['set', key, item, 'PX', String(ms)])
      : client.redis.set(key, item, 'PX', ms);

  const writeAndWait = async (client: Client, command: string[]): Promise<void> => {
    // WAIT speaks of the writes of its own connection, so it must share the pipeline with the write.
    const [first, waited] = (await client.redis.pipeline([command, ['wait', waitReplicas, WAIT_BUDGET]]).exec()) ?? [];
    if (first?.[0]) throw first[0];
    if (waited?.[0] || Number(waited?.[1]) < waitReplicas) throw new Error('not acknowledged by enough replicas');
  };

  return { write, expire };
}
