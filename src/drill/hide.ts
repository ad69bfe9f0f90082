/** What leaves a run leaves it without passwords: the recording, from which every report is made, and what is said meanwhile. */
import { type Mask, masked } from '../core/mask.js';
import type { Progress } from '../core/progress.js';
import type { Recording } from '../recording/recording.js';

/** What judging compares and points with, written by redrill itself: a password that happens to be such a word stays one here. */
const ownWords = new Set([
  ...['version', 'runId', 'name', 'id', 'entry', 'kind', 'type', 'op', 'code', 'verdict', 'tags', 'position'],
  ...['node', 'nodes', 'shards', 'targets', 'cutOff', 'starved', 'primary', 'replica', 'role', 'zone', 'zones'],
  ...['impact', 'loses', 'product', 'connect', 'offsets'],
]);

export function withoutSecrets(recording: Recording, mask: Mask): Recording {
  // Names and numbers by the thousand, and no text of anybody's.
  const { ops, probes, samples, found, views, logs, ...rest } = recording;
  const hidden = Object.entries(logs).map(([node, lines]) => [
    node,
    lines.map(({ t, text }) => ({ t, text: mask(text) })),
  ]);
  return { ...masked(rest, mask, ownWords), ops, probes, samples, found, views, logs: Object.fromEntries(hidden) };
}

export const quietAbout = (progress: Progress, mask: Mask): Progress => ({
  phase: (stage, detail) => progress.phase(stage, detail === undefined ? undefined : mask(detail)),
  note: (text) => progress.note(mask(text)),
  done: (text) => progress.done(mask(text)),
  ...(progress.budget && { budget: (elapsed, budget) => progress.budget?.(elapsed, budget) }),
});
