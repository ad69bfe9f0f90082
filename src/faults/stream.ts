/** A client that sends slow commands, one after another on one connection, until somebody stops it. */
import type { ManagedNode } from '../topology/types.js';
import { type Background, keepDoing, OVER } from './background.js';
import type { Command } from './filler.js';

/** ms: longer than any command that a drill can wait for. */
const LONGEST = 600_000;

/**
 * `every` ms at the most often; 0 is back to back. It does not come back once its connection was closed (CLIENT KILL) or its
 * script was killed: an operator who stops it has stopped it.
 */
export function stream(node: ManagedNode, every: number, command: Command): Background {
  const connection = node.open({ timeout: LONGEST });
  const work = keepDoing(every, () => connection.call(command).catch(() => OVER));
  return {
    stop: async () => {
      connection.close();
      await work.stop();
    },
  };
}
