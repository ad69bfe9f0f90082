/**
 * Is the process that owned a run still there? A pid alone is not enough: pids are reused, and mean something else in another
 * container or on another machine of the same name.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface Owner {
  pid: number;
  /** Start time of the process in clock ticks since boot; empty where the system can't tell. */
  started: string;
  host: string;
  /** Which boot of the machine, and which space of process ids; missing where the system can't tell. */
  boot?: string;
  space?: string;
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

const told = (look: () => string): string | undefined => {
  try {
    return look().trim() || undefined;
  } catch {
    return undefined;
  }
};
const boot = told(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
const space = told(() => readlinkSync('/proc/self/ns/pid'));

export const self = (): Owner => ({
  pid: process.pid,
  started: lookUp(process.pid)?.started ?? '',
  host: hostname(),
  ...(boot !== undefined && { boot }),
  ...(space !== undefined && { space }),
});

export type Liveness = 'alive' | 'dead' | 'elsewhere';

/**
 * @param local what the owner can have left is on this very machine: another boot of it is over then. An engine that others use
 * too may have runs of another machine with our name.
 */
export function liveness(owner: Owner, local = true): Liveness {
  if (owner.host !== hostname()) return 'elsewhere';
  if (owner.boot !== undefined && boot !== undefined && owner.boot !== boot) return local ? 'dead' : 'elsewhere';
  // The same machine, but its pids are not ours: another container.
  if (owner.space !== undefined && space !== undefined && owner.space !== space) return 'elsewhere';
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
