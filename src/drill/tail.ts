/** The server logs while the drill runs: where a plan asks for lines every node is followed, so that one is found also later. */
import type { Clock } from '../core/clock.js';
import type { LogLine } from '../recording/recording.js';
import { eventsOf } from '../scenarios/leaves.js';
import type { Plan } from '../scenarios/types.js';
import type { Topology } from '../topology/types.js';
import { type ClockOffsets, datesOf } from './logs.js';

export interface TailLine extends LogLine {
  node: string;
}

export interface LogTail {
  /** In the order they came, of all nodes. */
  readonly lines: readonly TailLine[];
}

export const noTail: LogTail = { lines: [] };

/** Does anything in the plan ask for log lines as they come? */
export const needsTail = ({ entries }: Plan): boolean =>
  entries.flatMap(eventsOf).some(({ on }) => on === 'log' || on === 'full sync started');

export function tailLogs(
  topology: Pick<Topology, 'all'>,
  clock: Clock,
  offsets: ClockOffsets,
  signal: AbortSignal,
): LogTail {
  const lines: TailLine[] = [];
  for (const node of topology.all) {
    const dateOf = datesOf(node, clock, offsets);
    node.container.follow((line) => {
      lines.push({ node: node.name, t: dateOf(line), text: line.text });
    }, signal);
  }
  return { lines };
}
