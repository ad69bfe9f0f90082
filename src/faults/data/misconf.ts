/** How a server shows that it can't write to its disk: what INFO says, and what a primary answers. */
import { until } from '../../core/until.js';
import type { Evidence } from '../../recording/deeds.js';
import { type Info, infoOf } from '../../server/info.js';
import { ReplyError } from '../../server/resp.js';
import type { ManagedNode } from '../../topology/types.js';
import { type Sight, shown } from '../noticed.js';
import type { FaultContext } from '../types.js';

/** ms for it to show: an append-only file grows in whole pages, and goes on in the one it has begun. */
export const BUDGET = 20_000;
/** ms a command may take here: a server that waits for its disk is slow. */
const PATIENCE = 2000;

export const persistenceOf = (node: ManagedNode): Promise<Info> => infoOf(node, 'persistence', PATIENCE);

/** A primary answers PING as it would answer a write. @returns the refusal, or undefined. */
export async function misconf(node: ManagedNode): Promise<string | undefined> {
  try {
    await node.call(['PING'], { timeout: PATIENCE });
    return undefined;
  } catch (error) {
    if (error instanceof ReplyError && error.code === 'MISCONF') return error.message.split('.')[0];
    throw error;
  }
}

/** A snapshot, now. Another one that is running is waited for. @returns how it ended. */
export async function snapshot(node: ManagedNode, within: number, signal?: AbortSignal): Promise<string> {
  const describe = `${node.name} makes a snapshot`;
  await until(
    () => node.call(['BGSAVE'], { timeout: PATIENCE }),
    () => true,
    { describe, within, every: 50, signal },
  );
  const after = await until(
    () => persistenceOf(node),
    (seen) => seen.number('rdb_bgsave_in_progress') === 0,
    { describe, within, every: 20, signal, show: () => 'it is still at it' },
  );
  return after.text('rdb_last_bgsave_status');
}

/** Looks from now on, while the fault is being carried out: the moment is between two looks. */
export function watched(
  targets: ManagedNode[],
  ctx: FaultContext,
  sight: (node: ManagedNode) => Sight,
): Promise<Evidence> {
  const proof = shown(targets, ctx, ctx.clock.now(), BUDGET, sight);
  // Nobody asks for it when the fault can't be carried out.
  proof.catch(() => undefined);
  return proof;
}
