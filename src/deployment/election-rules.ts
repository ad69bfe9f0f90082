/** How long a replica waits before it stands for election, by the server and its version (cluster.c, later cluster_legacy.c). In ms. */

interface Server {
  nodeTimeout: number;
  product: string | undefined;
  version: string | undefined;
}

interface ElectionRule {
  delay: number;
  draw: number;
  perRank: number;
  /** For each shard that failed at the same time, in the order of their ids. */
  perShard: number;
  /** One that lost to another shard stands again at once. */
  again: boolean;
  text: string;
}

const major = (version: string | undefined): [number, number] | undefined => {
  const m = /^(\d+)\.(\d+)/.exec(version ?? '');
  return m ? [Number(m[1]), Number(m[2])] : undefined;
};

/** The wait before an election. Valkey 9.0 scales it with the node timeout, 9.1 lets the best replica go at once. */
export function electionRule({ nodeTimeout, product, version }: Server): ElectionRule {
  const v = major(version);
  const classic = {
    delay: 500,
    draw: 500,
    perRank: 1000,
    perShard: 0,
    again: false,
    text: '500 ms + a draw below 500 ms + 1 s for each rank',
  };
  if (product === 'redis' && v) return classic;
  if (product === 'valkey' && v && (v[0] < 8 || (v[0] === 8 && v[1] === 0))) return classic;
  if (product === 'valkey' && v && v[0] === 8) return { ...classic, perShard: 500, again: true };
  const d = Math.min(nodeTimeout / 30, 500);
  if (product === 'valkey' && v && v[0] === 9 && v[1] === 0)
    return {
      delay: d,
      draw: d,
      perRank: 2 * d,
      perShard: d,
      again: true,
      text: 'min(NT/30, 500 ms) + a draw as long + twice that for each rank',
    };
  if (product === 'valkey' && v)
    return {
      delay: 0,
      draw: 2 * d,
      perRank: 2 * d,
      perShard: d,
      again: true,
      text: 'at once for the best replica when all agree, else as Valkey 9.0',
    };
  return {
    ...classic,
    delay: 0,
    draw: 1000,
    perShard: 500,
    text: 'unknown server: anything up to the longest known delay',
  };
}
