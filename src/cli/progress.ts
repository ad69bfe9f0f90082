/** Three ways to show a run's progress on stderr: a bar on a terminal, dated lines elsewhere, nothing when quiet. */
import { forTerminal, oneLine } from '../core/harmless.js';
import { type Progress, silent } from '../core/progress.js';
import { formatDuration } from '../core/units.js';
import { animated, say } from './output.js';

export async function progressFor(name: string, quiet: boolean): Promise<Progress> {
  if (quiet) return silent;
  return animated() ? bar(name) : lines(name);
}

/** One line for each thing that happens: what a CI log wants. */
export function lines(name: string, write: (line: string) => void = say, now: () => Date = () => new Date()): Progress {
  const line = (text: string): void => write(`${now().toISOString().slice(11, 23)}  ${name}  ${oneLine(text)}`);
  return {
    phase: (stage, detail) => line(detail ? `${stage}: ${detail}` : stage),
    note: line,
    done: line,
  };
}

/** The bar is how much of the recovery budget is used. cli-progress prints stray lines where there is no terminal: it must not even be loaded there. */
async function bar(name: string): Promise<Progress> {
  const { MultiBar, Presets } = (await import('cli-progress')).default;
  const bars = new MultiBar(
    {
      stream: process.stderr,
      format: '{name} {bar} {phase} {left}',
      barsize: 24,
      hideCursor: true,
      clearOnComplete: true,
      linewrap: false,
      // Ctrl-C is ours to handle: it has to heal first.
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  const state = { name, phase: 'start', left: '' };
  // Whatever ends the process: the terminal gets its cursor back.
  process.once('exit', () => bars.stop());
  const own = bars.create(1, 0, state);
  const show = (change: Partial<typeof state>): void => own.update(Object.assign(state, change));
  return {
    phase: (stage, detail) => show({ phase: oneLine(detail ? `${stage}: ${detail}` : stage), left: '' }),
    note: (text) => {
      bars.log(`  ${forTerminal(oneLine(text))}\n`);
      bars.update();
    },
    budget: (elapsed, budget) => {
      own.setTotal(budget);
      own.update(
        Math.min(elapsed, budget),
        Object.assign(state, { left: `${formatDuration(elapsed)} of at most ${formatDuration(budget)}` }),
      );
    },
    done: (text) => {
      bars.stop();
      say(text);
    },
  };
}
