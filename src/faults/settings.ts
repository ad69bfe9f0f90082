/** Settings of a running server that a fault changes, and puts back. */

import { PATIENCE } from '../server/info.js';
import { NoReply } from '../server/no-reply.js';
import { ReplyError } from '../server/resp.js';
import type { ManagedNode } from '../topology/types.js';
import { DidNotBite, type Heal } from './types.js';

/** Does the server still have the settings that were given to it? One that was started again, or that an operator mended, has not. */
export async function stillHas(node: ManagedNode, settings: Record<string, string | number>): Promise<boolean> {
  for (const [name, ours] of Object.entries(settings)) {
    const [, now] = (await node.call(['CONFIG', 'GET', name], { timeout: PATIENCE })) as string[];
    if (now !== String(ours)) return false;
  }
  return true;
}

/**
 * @returns how to put them back; safe to call twice, and after half of them were set. They live in the server's memory
 * only: a process that is gone took them with it.
 */
export async function changeSettings(node: ManagedNode, settings: Record<string, string | number>): Promise<Heal> {
  const before = new Map<string, string>();
  const restore = async (): Promise<void> => {
    try {
      for (const [name, value] of before) await node.call(['CONFIG', 'SET', name, value], { timeout: PATIENCE });
    } catch (error) {
      if (!(error instanceof NoReply) || (await node.container.state()).status !== 'exited') throw error;
    }
  };
  try {
    for (const [name, value] of Object.entries(settings)) {
      const [, old] = (await node.call(['CONFIG', 'GET', name], { timeout: PATIENCE })) as string[];
      if (old === undefined) throw new DidNotBite(`${node.name} has no setting ${name}`);
      before.set(name, old);
      await node.call(['CONFIG', 'SET', name, value], { timeout: PATIENCE });
    }
  } catch (error) {
    await restore();
    if (error instanceof ReplyError) throw new DidNotBite(`${node.name} refuses CONFIG SET: ${error.message}`);
    throw error;
  }
  return restore;
}
