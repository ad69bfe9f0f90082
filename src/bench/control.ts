/** An idle process beside a drill, from its timeline to the end of measuring: how late would anybody be on this machine? */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Progress } from '../core/progress.js';

export interface Lateness {
  p99: number;
  max: number;
}

export function controlOf(): { progress: Progress; lateness(): Promise<Lateness> } {
  let running: (() => Promise<Lateness>) | undefined;
  let ended: Promise<Lateness> | undefined;
  return {
    progress: {
      phase: (stage) => {
        if (stage === 'timeline') running = begin();
        if (stage === 'verify') ended ??= running?.();
      },
      note: () => undefined,
      done: () => undefined,
    },
    lateness: async () => {
      if (!ended) throw new Error('the drill ended before its timeline did');
      return ended;
    },
  };
}

function begin(): () => Promise<Lateness> {
  const script = fileURLToPath(new URL('./control-process.js', import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return async () => {
    child.stdin.end();
    await closed;
    return JSON.parse(text) as Lateness;
  };
}
