/** How often many nodes are looked at: as often as the harness can afford. A harness that is busy measures itself. */
import { setInterval } from 'node:timers';

/** Of a core, for everything that the harness does: probes, load and looking. Only looking gives way. */
export const CPU_BUDGET = 0.4;
/** Up to so many nodes nothing has to be saved: every look is a whole one, and the period is fixed. */
export const FEW = 24;
/** Tables that are read in one round of looks when there are more nodes, beside those of nodes whose summary changed. */
const TABLES = 12;
const SLOWEST = 8;
const WINDOW = 1000;

/** ms between two looks at the same node, as long as there is CPU time for it. */
export const observePeriod = (nodes: number): number => (nodes <= FEW ? 50 : Math.max(50, Math.round(nodes * 1.7)));

/** Every so many looks at a node its whole table is asked for, whatever its summary says. */
export const wholeEvery = (nodes: number): number => (nodes <= FEW ? 1 : Math.ceil(nodes / TABLES));

export interface Pace {
  /** ms between two looks, now. */
  every(): number;
}

/** What a window of `elapsed` ms in which `used` ms of CPU time went makes of how much slower than planned one looks. */
export function adapt(slower: number, used: number, elapsed: number): number {
  const share = used / elapsed;
  if (share > CPU_BUDGET) return Math.min(SLOWEST, slower * 1.3);
  return share < 0.75 * CPU_BUDGET ? Math.max(1, slower / 1.15) : slower;
}

export function keepPace(nodes: number, nominal: number, signal: AbortSignal): Pace {
  if (nodes <= FEW) return { every: () => nominal };
  let slower = 1;
  let at = performance.now();
  let before = process.cpuUsage();
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    const now = performance.now();
    slower = adapt(slower, (user + system) / 1000, now - at);
    before = process.cpuUsage();
    at = now;
  }, WINDOW);
  timer.unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  return { every: () => nominal * slower };
}
