/** Ending what is still injected. */
import { messageOf } from '../core/errors.js';
import type { Course, Ground } from './types.js';

/**
 * Heals what is still injected on these nodes, or everything. One failure does not keep the others from being healed.
 * @returns what was undone, in words.
 */
export async function heal(
  { live, topology, warnings }: Ground & Pick<Course, 'live' | 'warnings'>,
  nodes?: readonly string[],
): Promise<string[]> {
  const due = live.filter(
    ({ record, leavesState }) =>
      record.healedAt === undefined &&
      (!nodes || (!leavesState && record.targets.some((name) => nodes.includes(name)))),
  );
  const { lost } = topology.fleet;
  if (lost.aborted) {
    for (const { record } of due) warnings.push(`${record.id} could not be healed: ${messageOf(lost.reason)}`);
    return [];
  }
  const outcomes = await Promise.allSettled(due.map((one) => one.heal(nodes)));
  return outcomes.flatMap((outcome, i) => {
    const { id, type } = due[i]!.record;
    if (outcome.status === 'rejected') {
      warnings.push(`${id} could not be healed: ${messageOf(outcome.reason)}`);
      return [];
    }
    return outcome.value.length > 0 ? [`${type} on ${outcome.value.join(', ')} (${id})`] : [];
  });
}

/** What nothing in the scenario has ended, in words. */
export const openFaults = ({ live }: Pick<Course, 'live'>): string[] =>
  live.flatMap(({ record: { id, targets, healedAt } }) =>
    healedAt === undefined ? [targets.length > 0 ? `${id} on ${targets.join(', ')}` : id] : [],
  );
