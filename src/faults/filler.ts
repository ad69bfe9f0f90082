/** Keys that a fault writes to a primary to have something to work with, and takes away again. */
import { randomBytes } from 'node:crypto';
import { until } from '../core/until.js';
import { inRanges, tagFor } from '../deployment/slots.js';
import type { Connection } from '../server/connection.js';
import { PATIENCE } from '../server/info.js';
import { ownerNow } from '../server/owners.js';
import type { ManagedNode } from '../topology/types.js';
import { DidNotBite, type FaultContext } from './types.js';

/** Bytes on their way at the same time: the harness has to go on measuring while it fills. */
const IN_FLIGHT = 512 * 1024;
const BATCH = 500;
/** Incompressible, so that a snapshot and a full synchronisation are as large as the data. */
const noise = randomBytes(1024 * 1024);

export type Command = readonly (string | number | Buffer)[];

export interface Filler {
  readonly shard: number;
  /** The n-th key; all of them hash to the same slot. */
  key(n: number): string;
  value(bytes: number): Buffer;
  /** Sends the commands in order, some at a time. @throws the first ReplyError or NoReply. */
  send(commands: Iterable<Command>, bytesEach: number): Promise<void>;
  /** Removes keys 0 … n-1 from whoever owns them now. Safe to call twice. */
  remove(n: number): Promise<void>;
  close(): void;
}

/** @throws DidNotBite for a node that is no primary now: what is written to a replica is refused. */
export function fillerFor(node: ManagedNode, ctx: FaultContext, purpose: string): Filler {
  const { topology } = ctx;
  const shard = topology.shards.find((one) => ownerNow(one.shard, ctx.view(), topology) === node.name);
  if (!shard) throw new DidNotBite(`${node.name} leads no shard now: nothing can be written to it`);
  const tag = tagFor((slot) => inRanges(slot, shard.slots));
  const key = (n: number): string => `{${tag}}:redrill:${purpose}:${n}`;
  let connection: Connection | undefined;
  const call = (command: Command): Promise<unknown> => {
    if (!connection || connection.closed) connection = node.open({ timeout: PATIENCE });
    return connection.call(command);
  };
  return {
    shard: shard.shard,
    key,
    value: (bytes) => (bytes <= noise.length ? noise.subarray(0, bytes) : Buffer.alloc(bytes, noise)),
    send: async (commands, bytesEach) => {
      const atOnce = Math.max(1, Math.floor(IN_FLIGHT / Math.max(bytesEach, 100)));
      let batch: Promise<unknown>[] = [];
      const settle = async (): Promise<void> => {
        const outcomes = await Promise.allSettled(batch);
        batch = [];
        for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
      };
      for (const command of commands) {
        batch.push(call(command));
        if (batch.length >= atOnce) await settle();
      }
      await settle();
    },
    remove: async (n) => {
      for (let from = 0; from < n; from += BATCH) {
        const keys = Array.from({ length: Math.min(BATCH, n - from) }, (_, i) => key(from + i));
        await until(
          () =>
            topology.node(ownerNow(shard.shard, ctx.view(), topology)).call(['UNLINK', ...keys], { timeout: PATIENCE }),
          () => true,
          { describe: `what was written to shard ${shard.shard} is removed`, within: PATIENCE, every: 100 },
        );
      }
    },
    close: () => connection?.close(),
  };
}
