/** Does a replica hold what its primary holds? And how to make it. */
import { until } from '../core/until.js';
import { infoOf } from './info.js';
import { ReplyError } from './resp.js';
import type { Endpoint } from './types.js';

interface Comparison {
  sameOffset: boolean;
  /** undefined when it could not be compared; `how` says why. */
  sameData?: boolean;
  how: string;
}

const DIGEST = 10_000;

/**
 * Offsets first: at equal offsets any difference in content is a divergence, at unequal ones it may be mere lag. Who writes
 * meanwhile moves the offsets: then there may be no moment at which they are equal.
 */
export async function compare(
  primary: Endpoint,
  replica: Endpoint,
  { within, signal }: { within: number; signal: AbortSignal },
): Promise<Comparison> {
  try {
    const { digests } = await until(
      async () => {
        const before = await offsets(primary, replica);
        const digests = await Promise.all([digest(primary), digest(replica)]);
        const after = await offsets(primary, replica);
        return { digests, still: new Set([...before, ...after]).size === 1 };
      },
      // The primary pings its replicas once a second, which moves the offset: try again until none came between.
      ({ still }) => still,
      { describe: `${replica.name} reaches the offset of ${primary.name}`, within, every: 30, signal },
    );
    return digests.includes(undefined)
      ? { sameOffset: true, how: 'offsets only: the server refuses DEBUG' }
      : { sameOffset: true, sameData: digests[0] === digests[1], how: 'DEBUG DIGEST at equal offset' };
  } catch (error) {
    return { sameOffset: false, how: (error as Error).message };
  }
}

const digest = (node: Endpoint): Promise<string | undefined> =>
  node
    .call(['DEBUG', 'DIGEST'], { timeout: DIGEST })
    .then(String)
    .catch((error: unknown) => (error instanceof ReplyError ? undefined : Promise.reject(error)));

async function offsets(primary: Endpoint, replica: Endpoint): Promise<[number, number]> {
  const [theirs, its] = await Promise.all([infoOf(primary, 'replication'), infoOf(replica, 'replication')]);
  return [theirs.number('master_repl_offset'), its.number('slave_repl_offset')];
}

/**
 * Makes every replica of this primary copy everything. A link that merely breaks would not do: the replica asks for what it
 * missed since, and keeps its differences.
 */
export async function forceFullSync(primary: Endpoint): Promise<void> {
  await primary.call(['DEBUG', 'CHANGE-REPL-ID']);
  await primary.call(['CLIENT', 'KILL', 'TYPE', 'replica']);
}
