/** Undoing a fault: as a whole, or on some of its nodes, by whoever comes first: its own time, a procedure, the end of the drill. */
import type { Clock } from '../core/clock.js';
import type { Undoing } from '../faults/types.js';
import type { FaultRecord } from '../recording/deeds.js';

/**
 * What can be undone node by node is undone on those that are asked for; what can't, when each of its nodes has been asked for.
 * Callers wait for each other.
 */
export function healing(
  injected: Undoing,
  record: Pick<FaultRecord, 'targets' | 'healed' | 'healedAt'>,
  { now }: Pick<Clock, 'now'>,
): (nodes?: readonly string[]) => Promise<string[]> {
  const asked = new Set<string>();
  const done = new Set<string>();
  let last: Promise<unknown> = Promise.resolve();
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
      await injected.heal();
      record.healedAt = now();
      return left;
    }
    if (!apart) return [];
    const due = left.filter((name) => (whole || nodes?.includes(name)) && apart.has(name));
    for (const name of due) {
      await apart.get(name)!();
      done.add(name);
      record.healed = { ...record.healed, [name]: now() };
    }
    if (record.targets.every((name) => done.has(name) || !apart.has(name))) record.healedAt = now();
    return due;
  }
}
