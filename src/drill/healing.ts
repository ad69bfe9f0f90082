/** Undoing a fault: as a whole, or on some of its nodes, by whoever comes first: its own time, a procedure, the end of the drill. */
import type { Clock } from '../core/clock.js';
import { s } from '../core/units.js';
import type { Heal, Undoing } from '../faults/types.js';
import type { FaultRecord } from '../recording/deeds.js';
import { comesBack, isForeign } from './foreign.js';

/** What undoing may take, in ms, where it is not ours. */
const LIMIT = s(30);

/**
 * What can be undone node by node is undone on those that are asked for; what can't, when each of its nodes has been asked for.
 * Callers wait for each other.
 */
export function healing(
  injected: Undoing,
  record: Pick<FaultRecord, 'type' | 'targets' | 'healed' | 'healedAt'>,
  { now }: Pick<Clock, 'now'>,
  limit = LIMIT,
): (nodes?: readonly string[]) => Promise<string[]> {
  const asked = new Set<string>();
  const done = new Set<string>();
  let last: Promise<unknown> = Promise.resolve();
  /** Why nobody waits for it again: it was called and is not back. */
  let stuck: unknown;
  return (nodes) => {
    const mine = last.then(() => undo(nodes));
    last = mine.catch(() => undefined);
    return mine;
  };

  async function undo(nodes: readonly string[] | undefined): Promise<string[]> {
    if (record.healedAt !== undefined) return [];
    for (const name of nodes ?? record.targets) asked.add(name);
    const left = record.targets.filter((name) => !done.has(name));
    const { apart } = injected;
    const whole = nodes === undefined || left.every((name) => asked.has(name));
    if (whole && (done.size === 0 || !apart)) {
      await call(injected.heal);
      record.healedAt = now();
      return left;
    }
    if (!apart) return [];
    const due = left.filter((name) => (whole || nodes?.includes(name)) && apart.has(name));
    for (const name of due) {
      await call(apart.get(name)!);
      done.add(name);
      record.healed = { ...record.healed, [name]: now() };
    }
    if (record.targets.every((name) => done.has(name) || !apart.has(name))) record.healedAt = now();
    return due;
  }

  async function call(heal: Heal): Promise<void> {
    if (!isForeign('faults', record.type)) return heal();
    if (stuck !== undefined) throw stuck;
    let back = false;
    const work = async (): Promise<void> => {
      try {
        await heal();
      } finally {
        [back, stuck] = [true, undefined];
      }
    };
    try {
      await comesBack(work, 'heal', { within: limit });
    } catch (error) {
      if (!back) stuck = error;
      throw error;
    }
  }
}
