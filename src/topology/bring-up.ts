import { until } from '../core/until.js';
import type { ManagedNode } from './types.js';

/**
 * Starts the server if it is down, wakes it if it is frozen, and waits for its first answer. A process that is still busy
 * dying counts as down: a crash report takes longer to print than an operator takes to react. `before` comes before each start.
 */
export async function bringUp(
  node: ManagedNode,
  timeout: number,
  signal?: AbortSignal,
  before?: () => Promise<void>,
): Promise<void> {
  await until(
    async () => {
      const { status } = await node.container.state();
      if (status === 'paused') await node.container.unpause();
      if (status === 'exited' || status === 'created') {
        await before?.();
        await node.container.start();
      }
      return node.call(['PING'], { timeout: 250 });
    },
    (reply) => reply === 'PONG',
    { describe: `${node.name} answers`, within: timeout, every: 20, signal },
  );
}
