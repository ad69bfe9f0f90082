/** What becomes of probes: the table of all of them, who serves which shard, and since when nobody does. */
import type { ShardInfo } from '../deployment/types.js';
import { denialsIn } from '../recording/service.js';
import { newProbes, Status } from '../recording/tables.js';
import type { Texts } from '../recording/texts.js';
import { Vigil } from '../recording/vigil.js';
import type { Connection, Outcome } from '../server/connection.js';
import { ReplyError } from '../server/resp.js';
import { statusOfReply } from './classify.js';
import type { Probed } from './probed.js';

/** One probe on its way. */
export interface Shot {
  p: Probed;
  connection: Connection;
  row: number;
  shard: number;
  kind: number;
  sent: number;
  /** Sent on by another node's ASK. */
  asking: boolean;
}

interface Rules {
  shards: readonly ShardInfo[];
  every: number;
  patience: number;
  texts: Texts;
  /** The kind of probe that says whether a shard is served. */
  decides: number;
}

export function probeLedger({ shards, every, patience, texts, decides }: Rules) {
  const table = newProbes();
  const lastOk = new Map<number, number>();
  /** Who served each shard last. */
  const served = new Map<number, Probed>();
  const vigils = new Map(shards.map(({ shard }) => [shard, new Vigil(every)]));

  const write = ({ p, row, shard, kind, sent }: Shot, status: number, error: string): void => {
    table.set(row, 'status', status);
    table.set(row, 'error', texts.numberOf(error));
    if (kind !== decides || served.get(shard) !== p) return;
    for (const at of denialsIn({ sent, status, error }, patience)) vigils.get(shard)?.denied(at);
  };

  return {
    table,
    /** Moment at which this shard served last. */
    lastOk: (shard: number) => lastOk.get(shard),
    lost: (shard: number, now: number): boolean => vigils.get(shard)?.lost(now) === true,
    sent: (node: number, shard: number, kind: number, sent: number): number => {
      if (kind === decides) vigils.get(shard)?.sent(sent);
      const pending = { done: Number.NaN, status: Status.pending, error: 0 };
      return table.push({ sent, shard, node, kind, ...pending });
    },
    /** `wrong`: why an answer that is no error is none all the same. @returns an error reply that may send clients on. */
    settle: (shot: Shot, outcome: Outcome, done: number, wrong: string | undefined): ReplyError | undefined => {
      const { p, connection, row, shard, kind, sent, asking } = shot;
      table.set(row, 'done', done);
      if (outcome.kind === 'silent') {
        const refused = outcome.reason === 'refused';
        write(shot, refused ? Status.fail : Status.unknown, outcome.reason);
        p.serving.clear();
        if (refused) p.refusals.refused(connection);
        fellSilent(p, connection, sent);
        return undefined;
      }
      p.refusals.answered();
      p.hearing.answered(sent, done);
      if (outcome.reply instanceof ReplyError) {
        write(shot, statusOfReply(outcome.reply.code), outcome.reply.code);
        if (kind !== decides) return undefined;
        p.serving.delete(shard);
        return asking ? undefined : outcome.reply;
      }
      if (wrong !== undefined) {
        write(shot, Status.fail, wrong);
        return undefined;
      }
      table.set(row, 'status', Status.ok);
      if (kind !== decides) return undefined;
      p.serving.add(shard);
      served.set(shard, p);
      lastOk.set(shard, done);
      vigils.get(shard)?.acknowledged(done);
      return undefined;
    },
  };
}

export function fellSilent({ hearing }: Probed, connection: Connection, sent: number): void {
  hearing.missed(sent);
  connection.close();
}
