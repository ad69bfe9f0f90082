/** Open connections of servers that are reset, once or again and again. */
import { duration } from '../../core/fields.js';
import type { ManagedNode } from '../../topology/types.js';
import { keepDoing } from '../background.js';
import type { Undoing } from '../types.js';

export const againField = duration('again after this time, as long as the fault lasts; without it once', {
  least: '50ms',
  most: '10m',
}).optional();

/** Goes on resetting after the first time, where it is to be `every` so many ms, those who are `left`: until the last of them is healed. */
export function again(left: Set<ManagedNode>, reset: () => Promise<unknown>, every: number | undefined): Undoing {
  const going = every === undefined ? undefined : keepDoing(every, reset, every);
  const heal = async (): Promise<void> => going?.stop();
  const one = (node: ManagedNode) => async (): Promise<void> => {
    left.delete(node);
    if (left.size === 0) await heal();
  };
  return { heal, apart: new Map([...left].map((node) => [node.name, one(node)])) };
}
