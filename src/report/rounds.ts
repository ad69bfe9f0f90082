/** Rounds of elections in words, for every form of the report. */
import { formatDuration, plural } from '../core/units.js';
import type { LostElection, Round } from '../timeline/types.js';

export interface RoundRow {
  round: string;
  /** From the moment the fault took effect. */
  when: string;
  elected: string;
  lost: string;
  predicted: string;
}

/** One shard that was elected at its first try is no story. */
export const worthTelling = (rounds: readonly Round[] = []): boolean =>
  rounds.length > 1 || rounds.some(({ stood, lost }) => stood > 1 || lost.length > 0);

export const roundRows = ({ at, rounds = [] }: { at: number; rounds?: readonly Round[] }): RoundRow[] =>
  rounds.map(({ from, to, stood, won, lost, predicted, fit }, i) => ({
    round: String(i + 1),
    when: between(from - at, to - at),
    elected: `${won.length} of ${plural(stood, 'shard')}`,
    lost: lostWords(lost),
    predicted: predicted ? `${between(predicted.min - at, predicted.max - at)}: ${fit ?? 'not compared'}` : '',
  }));

const between = (from: number, to: number): string =>
  formatDuration(from) === formatDuration(to)
    ? `+${formatDuration(from)}`
    : `+${formatDuration(from)} to +${formatDuration(to)}`;

const words: Record<LostElection['why'], string> = {
  'epoch taken': 'the epoch was taken by another shard',
  'too late': 'its epoch was over',
  'not enough votes': 'not enough votes',
  'not decided': 'not decided when measuring ended',
};

/** "3: the epoch was taken by another shard (shards 1, 5, 7), 1: not enough votes (shard 9)". */
function lostWords(lost: readonly LostElection[]): string {
  const by = new Map<string, number[]>();
  for (const { why, shard } of lost) by.set(words[why], [...(by.get(words[why]) ?? []), shard]);
  const reasons = [...by]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([why, shards]) => `${shards.length}: ${why} (${listed(shards)})`);
  const barred = lost.filter((one) => one.barred !== undefined).map(({ shard }) => shard);
  const over =
    barred.length > 0 ? `; for good, as the data of the replicas is too old to stand again (${listed(barred)})` : '';
  return `${reasons.join(', ')}${over}`;
}

const SHOWN = 12;
const listed = (shards: readonly number[]): string =>
  `shard${shards.length === 1 ? '' : 's'} ${shards.slice(0, SHOWN).join(', ')}${shards.length > SHOWN ? ' …' : ''}`;
