/** Do keys with a time to live live that long, and no longer? As the drill left them. */
import { formatDuration } from '../core/units.js';
import type { ExpiryReport } from '../timeline/types.js';
import type { Objective } from './types.js';
import { unmeasured } from './units.js';
import { noIncident } from './watch.js';

export const wrong_expiries: Objective = {
  summary:
    'Keys that do not live as long as they were to: still there after it, without an end, or with another one (workload: kind expiring)',
  unit: 'count',
  better: 'lower',
  handbook: ['2.1.3'],
  measure(analysis) {
    const { expiries, recording } = analysis;
    if (recording.workload.kind !== 'expiring')
      return unmeasured('no key of the load had a time to live: write kind: expiring');
    if (!expiries) return unmeasured('the keys of the load were never asked for in the end');
    const { due, asked, wrong } = expiries;
    const value = Object.values(wrong).reduce((a, b) => a + b, 0);
    if (value === 0 && !analysis.effective) return unmeasured(noIncident(analysis));
    if (value === 0 && due === 0) return unmeasured(`none of ${asked} keys was due before it was asked for`);
    // Nor does it say anything of those that nobody answered for.
    const unread = recording.final?.unread ?? 0;
    if (value === 0 && unread > 0) return unmeasured(`${unread} keys could not be asked for`);
    return { value, note: value === 0 ? `${due} of ${asked} keys were due` : wrongInWords(expiries) };
  },
};

const words = {
  outlived: 'still there when their time was over',
  forever: 'without a time to live',
  later: 'with a later end',
  sooner: 'with an earlier end',
} as const;

export function wrongInWords({ wrong, keys }: Pick<ExpiryReport, 'wrong' | 'keys'>): string {
  const told = Object.entries(wrong).flatMap(([how, n]) => (n > 0 ? [`${n} ${words[how as keyof typeof words]}`] : []));
  const [first] = keys;
  const by = typeof first?.by === 'number' ? ` by ${formatDuration(Math.abs(first.by))}` : '';
  return `${told.join(', ')}${first ? ` (${first.key}${by})` : ''}`;
}
