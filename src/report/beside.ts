/** What went on beside the load, in words: console, JUnit and page show the same lines. */
import { wrongInWords } from '../assertions/expiries.js';
import { formatCount, formatDuration, plural } from '../core/units.js';
import type { ExpiryReport, MessageReport, ReplicaReading } from '../timeline/types.js';
import type { Result } from './types.js';

export interface Beside {
  id: string;
  title: string;
  /** What holds for all of it, then one line for each node or kind that has something to tell. */
  lines: string[];
}

export const besideOf = ({
  messages,
  expiries,
  replicaReads,
}: Pick<Result, 'messages' | 'expiries' | 'replicaReads'>): Beside[] => [
  ...(messages ? [{ id: 'messages', title: 'Messages', lines: messageLines(messages) }] : []),
  ...(expiries ? [{ id: 'expiries', title: 'Keys with a time to live', lines: expiryLines(expiries) }] : []),
  ...(replicaReads ? [{ id: 'replica-reads', title: 'Reads from replicas', lines: readLines(replicaReads) }] : []),
];

/** ms: what is shorter is told as delay. */
const DEAF = 250;

const cameOf = (due: number, lost: number): string =>
  lost === 0
    ? `all ${formatCount(due)} deliveries that were due came`
    : `${formatCount(lost)} of ${formatCount(due)} deliveries that were due never came`;

function messageLines({ published, refused, due, lost, away, delay, subscribers }: MessageReport): string[] {
  const failed = Object.entries(refused).map(([text, n]) => `${formatCount(n)} ${text}`);
  return [
    `${plural(published, 'message')} published${failed.length > 0 ? `, of which ${failed.join(', ')}` : ''}; ${cameOf(due, lost)}${away > 0 ? `, ${formatCount(away)} more came by while a subscriber was not connected` : ''}`,
    ...(delay
      ? [
          `delay ${formatDuration(delay.p50)} (median), ${formatDuration(delay.p99)} (p99), ${formatDuration(delay.max)} at most`,
        ]
      : []),
    ...subscribers
      .filter((one) => one.lost > 0 || one.away > 0 || (one.deaf?.ms ?? 0) > DEAF)
      .map(
        ({ node, due, lost, away, deaf }) =>
          `subscriber on ${node}: ${cameOf(due, lost)}${away > 0 ? `, ${formatCount(away)} came by while it was not connected` : ''}${deaf && deaf.ms > DEAF ? `, deaf for ${formatDuration(deaf.ms)} though its connection stood` : ''}`,
      ),
  ];
}

function expiryLines({ asked, due, wrong, keys }: ExpiryReport): string[] {
  const sum = Object.values(wrong).reduce((a, b) => a + b, 0);
  return [
    `${plural(asked, 'acknowledged key')} asked for in the end, ${formatCount(due)} of them due`,
    sum === 0 ? 'all of them live as long as they were to' : wrongInWords({ wrong, keys: [] }),
    ...keys.slice(0, 10).map(({ key, how, by }) => `${key}: ${how}${by === null ? '' : `, by ${formatDuration(by)}`}`),
  ];
}

function readLines({ reads, answered, errors, behind, worst, nodes }: ReplicaReading): string[] {
  const failed = Object.entries(errors).map(([text, n]) => `${formatCount(n)} ${text}`);
  return [
    `${formatCount(answered)} of ${plural(reads, 'read')} answered${failed.length > 0 ? `; ${failed.join(', ')}` : ''}`,
    worst
      ? `${formatCount(behind)} answers were behind acknowledged writes, ${worst.node} for longest: ${formatDuration(worst.ms)}, ${plural(worst.writes, 'write')}`
      : 'no answer was behind acknowledged writes',
    ...nodes
      .filter((node) => node.failed > 0 || node.behind > 0)
      .map(
        (node) =>
          `${node.node}: ${plural(node.reads, 'read')}, ${formatCount(node.failed)} failed, ${formatCount(node.behind)} behind, for ${formatDuration(node.worst.ms)} and ${plural(node.worst.writes, 'write')} at most`,
      ),
  ];
}
