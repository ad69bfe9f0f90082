/** A line of a server's log: "1:S 12 Mar 2025 10:00:11.300 * Failover election won", and when it was printed. */
import type { Clock, Ms } from '../core/clock.js';

export interface ServerLine {
  pid: number;
  /** M a primary, S a replica, C a child that saves, X a sentinel. */
  role: 'M' | 'S' | 'C' | 'X';
  /** Its own wall clock, UTC in containers, in ms since the Unix epoch. Redis before 4 printed no year. */
  wall: number | undefined;
  /** `.` debug, `-` verbose, `*` notice, `#` warning. */
  level: '.' | '-' | '*' | '#';
  text: string;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const LINE =
  /^(\d+):([MSCX]) (\d{1,2}) ([A-Z][a-z]{2}) (?:(\d{4}) )?(\d{2}):(\d{2}):(\d{2})(?:\.(\d{3}))? ([.\-*#]) (.*)$/s;

/** undefined: what has no stamp, as the lines of a crash report. */
export function parseLogLine(line: string): ServerLine | undefined {
  const found = LINE.exec(line);
  if (!found) return undefined;
  const [, pid, role, day, month, year, hour, minute, second, milli = '0', level, text] = found;
  const wall =
    year === undefined
      ? undefined
      : Date.UTC(Number(year), MONTHS.indexOf(month!), ...[day, hour, minute, second, milli].map(Number));
  return { pid: Number(pid), role: role as ServerLine['role'], wall, level: level as ServerLine['level'], text: text! };
}

/** What it says, without what stands before. */
export const withoutStamp = (line: string): string => parseLogLine(line)?.text ?? line;

/** Of the server itself: not of a crash report, nor of whatever started it. */
export const isServers = (line: string): boolean => parseLogLine(line)?.wall !== undefined;

/** A line as it came out, with the time at which the machine took it. */
export interface Printed {
  wall: number;
  text: string;
}

/** What is known of the wall clock by which a node stamps its lines. */
export interface Stamps {
  /** ms to add to it to get ours. */
  offset: number | undefined;
  /** When it was first moved, by the machine's: from then on its stamps say nothing. */
  moved: number | undefined;
}

/** When a line was printed, on our clock: by the server's own stamp, which is the better one, as long as it can be trusted. */
export function printedAt({ wall, text }: Printed, clock: Clock, { offset = 0, moved }: Stamps): Ms {
  const stamp = moved === undefined || wall < moved ? parseLogLine(text)?.wall : undefined;
  return clock.fromWall((stamp ?? wall) + offset);
}
