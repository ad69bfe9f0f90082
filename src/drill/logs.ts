import type { Clock } from '../core/clock.js';
import type { Line } from '../fleet/types.js';
import type { LogLine } from '../recording/recording.js';
import { redact } from '../topology/access.js';
import type { Topology } from '../topology/types.js';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** "1:M 22 Nov 2026 10:50:00.123 * text": the server's own time, UTC in containers. @returns ms since the Unix epoch. */
export function stampOf(line: string): number | undefined {
  const m = /^\d+:[A-Z] (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2})\.(\d{3}) /.exec(line);
  if (!m) return undefined;
  const [day, , year, hour, minute, second, milli] = m.slice(1).map(Number);
  return Date.UTC(year!, MONTHS.indexOf(m[2]!), day!, hour!, minute!, second!, milli!);
}

/** When a line was printed, on the run's clock. A node whose clock was moved stamps its lines wrong from then on. */
export const momentOf = ({ wall, text }: Line, clock: Clock, offset = 0, moved = Number.POSITIVE_INFINITY): number =>
  clock.fromWall((wall < moved ? (stampOf(text) ?? wall) : wall) + offset);

/** The log of every node on the run's clock, by the server's own timestamps; lines without one (crash reports) by the engine's. */
export async function collectLogs(
  topology: Pick<Topology, 'all' | 'access'>,
  clock: Clock,
  offsets: Record<string, number>,
): Promise<Record<string, LogLine[]>> {
  const { secrets } = topology.access;
  const logs = await Promise.all(
    topology.all.map(async ({ name, container }) => {
      const lines = await container.logs();
      return [
        name,
        lines.map(({ wall, text }) => ({
          t: momentOf({ wall, text }, clock, offsets[name], container.clockMoved),
          text: redact(text, secrets),
        })),
      ] as const;
    }),
  );
  return Object.fromEntries(logs);
}
