/** Is the process that owned a run still there? A pid alone is not enough: pids are reused. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

export interface Owner {
  pid: number;
  /** Start time of the process in clock ticks since boot; empty where the system can't tell. */
  started: string;
  host: string;
}

interface ProcessStat {
  state: string;
  started: string;
}

/** Field 3 and 22 of /proc/PID/stat. The command in field 2 may contain spaces and parentheses: count from the last one. */
export function parseStat(stat: string): ProcessStat {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', started: fields[19] ?? '' };
}

function lookUp(pid: number): ProcessStat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

export const self = (): Owner => ({
  pid: process.pid,
  started: lookUp(process.pid)?.started ?? '',
  host: hostname(),
});

export type Liveness = 'alive' | 'dead' | 'elsewhere';

export function liveness(owner: Owner): Liveness {
  if (owner.host !== hostname()) return 'elsewhere';
  const stat = lookUp(owner.pid);
  // A zombie still has its entry: where nobody reaps orphans it has it for ever.
  if (stat) return stat.started === owner.started && !'ZX'.includes(stat.state) ? 'alive' : 'dead';
  if (lookUp(process.pid)) return 'dead';
  try {
    process.kill(owner.pid, 0);
    return 'alive';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'alive' : 'dead';
  }
}
