/** What a held server printed, as its holder told it. */
import type { Line } from '../types.js';

/** `kept`: what the engine has of it, which takes longer to ask for. `local`: the engine's clock is ours. */
export function heldLog(local: boolean, kept: () => Promise<Line[]>) {
  const followers = new Set<(line: Line) => void>();
  let past: readonly Line[] = [];
  let lines: Line[] = [];
  /** Something may have been printed while nobody listened. */
  let gap = false;
  /** The engine's clock against ours, where that is on another machine: the least delayed message is the best. */
  let ahead = Number.NEGATIVE_INFINITY;
  return {
    /** A message came in that was sent at this moment of the engine's clock. */
    timed(wall: number): void {
      ahead = Math.max(ahead, wall - Date.now());
    },
    add(text: string): void {
      const line = { wall: Date.now() + (local || !Number.isFinite(ahead) ? 0 : ahead), text };
      lines.push(line);
      for (const onLine of followers) onLine(line);
    },
    missed(): void {
      gap = true;
    },
    all: async (): Promise<Line[]> => [...past, ...(gap ? await kept() : lines)],
    follow(onLine: (line: Line) => void, signal: AbortSignal): void {
      followers.add(onLine);
      signal.addEventListener('abort', () => followers.delete(onLine), { once: true });
    },
    /** The container was made anew: this is what was printed in the one before. */
    carry(log: readonly Line[]): void {
      past = log;
      lines = [];
      gap = false;
    },
  };
}
