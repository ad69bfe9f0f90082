/** What a recording can say of the state that the drill left: older ones were read back only after redrill's own heal. */
import type { Recording } from '../recording/recording.js';

/** Why the final state of this recording is not what the drill left; undefined when it is. */
export function mendedBefore({ final, faults, stages }: Recording): string | undefined {
  if (!final || final.left) return undefined;
  const heal = stages.find(({ name }) => name === 'heal')?.from ?? Number.POSITIVE_INFINITY;
  const ours = faults.filter(({ lasting, healedAt = heal }) => !lasting && healedAt >= heal);
  if (ours.length === 0) return undefined;
  return `this recording was read back only after redrill had ended ${ours.map(({ id }) => id).join(', ')} itself: what the drill had left is not known`;
}

/** What could be read only because redrill ended something itself, or only from replicas: in words. */
export function leftOver({ final }: Recording): string[] {
  if (!final?.left) return [];
  const { open, keys, unserved } = final.left;
  const ended = open.length > 0 ? open.join(', ') : 'what was still wrong';
  const notes: string[] = [];
  if (keys.replica > 0)
    notes.push(`${keys.replica} keys of the load had no owner that answered in the end: they were read from replicas`);
  if (keys.afterHeal > 0)
    notes.push(
      `nothing in the scenario ended ${ended}: ${keys.afterHeal} keys of the load could be read from their owner only after redrill had, and count as they were then`,
    );
  const later = unserved.filter(({ is }) => is === 'unchanged').length;
  if (later > 0) notes.push(`${later} values of the data set had nobody who served them in the end, though they exist`);
  return notes;
}
