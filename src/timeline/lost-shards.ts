/** Of the shards that one disturbance left without a primary, the one whose recovery is told. */
import type { Recording } from '../recording/recording.js';
import { type Disturbance, FLAP } from './incidents.js';
import type { Ownership } from './ownership.js';

export interface LostShard {
  shard: number;
  /** Who led it. */
  primary: string;
}

/** A shard that lost its primary, and when another was elected or promoted in its place. */
export interface Return extends LostShard {
  led: number | undefined;
}

/** Shards whose primary it hit: those that are short of one only because the whole cluster refuses are not meant. */
export function lostShards(
  { topology }: Recording,
  ownership: Ownership,
  { targets, at }: Pick<Disturbance, 'targets' | 'at'>,
): LostShard[] {
  return topology.shards.flatMap(({ shard }) => {
    const primary = ownership.owner(shard, at - 1);
    return primary !== undefined && targets.includes(primary) ? [{ shard, primary }] : [];
  });
}

export const leaderless = (...of: Parameters<typeof lostShards>): number[] =>
  lostShards(...of).map(({ shard }) => shard);

/**
 * The one that was led again last, of those whose outage lasted as long as the whole. A cluster that refuses everything while
 * one shard has no owner gives all of them back at the same time: which probe was answered first then says nothing.
 */
export function returnedLast(
  lost: readonly Return[],
  { views }: Recording,
  { at, outages, episode }: Disturbance,
): Return | undefined {
  const end = (shard: number): number =>
    Math.max(
      ...outages.filter((o) => o.shard === shard).map(({ to }) => to ?? Number.POSITIVE_INFINITY),
      Number.NEGATIVE_INFINITY,
    );
  const last = episode?.to ?? Number.POSITIVE_INFINITY;
  const whole = lost.filter(({ shard }) => end(shard) + FLAP >= last);
  // Where nobody took its place its own primary may have come back.
  const back = ({ primary, led }: Return): number =>
    led ?? views.find((v) => v.node === primary && v.t > at && v.reachable && v.runId !== undefined)?.t ?? last;
  return (whole.length > 0 ? whole : lost).reduce<Return | undefined>(
    (best, one) => (best === undefined || back(one) > back(best) ? one : best),
    undefined,
  );
}
