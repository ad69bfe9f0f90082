/** The logs of the nodes, on the run's clock. */
import type { Clock, Ms } from '../core/clock.js';
import { type Printed, printedAt } from '../deployment/log-lines.js';
import type { LogLine } from '../recording/recording.js';
import { redact } from '../topology/access.js';
import type { ManagedNode, Topology } from '../topology/types.js';

/** ms to add to each node's wall clock to get ours, as it was before any fault. */
export type ClockOffsets = Readonly<Record<string, number>>;

/** When a line of this node was printed. */
export const datesOf =
  ({ name, container }: Pick<ManagedNode, 'name' | 'container'>, clock: Clock, offsets: ClockOffsets) =>
  (line: Printed): Ms =>
    printedAt(line, clock, { offset: offsets[name], moved: container.clockMoved });

/** The log of every node. */
export async function collectLogs(
  topology: Pick<Topology, 'all' | 'access'>,
  clock: Clock,
  offsets: ClockOffsets,
): Promise<Record<string, LogLine[]>> {
  const { secrets } = topology.access;
  const logs = await Promise.all(
    topology.all.map(async (node) => {
      const lines = await node.container.logs();
      const dateOf = datesOf(node, clock, offsets);
      return [node.name, lines.map((line) => ({ t: dateOf(line), text: redact(line.text, secrets) }))] as const;
    }),
  );
  return Object.fromEntries(logs);
}
