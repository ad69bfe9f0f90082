import { basename } from 'node:path';
import type { Command } from 'commander';
import { print, printJson, say } from '../output.js';

export const clean = (program: Command): Command =>
  program
    .command('clean')
    .summary('remove what runs left behind')
    .description(
      'Removes containers, networks and volumes of runs that ended without cleaning up, and undoes what their journals show. Nothing without the label of a run is touched.',
    )
    .argument('[run]', 'only this run')
    .option('--all', 'also runs that are still going, were kept with --keep, or belong to another machine')
    .option('--json', 'print what was done as JSON')
    .action(async (runId: string | undefined, { all, json }: { all?: true; json?: true }) => {
      const fleet = await import('../../fleet/index.js');
      const done = await fleet.clean({ all: all === true, ...(runId !== undefined && { runId }) });
      const left = Object.values(done.left).flat();
      process.exitCode = left.length > 0 ? 2 : 0;
      if (json) printJson(done);
      else {
        const kept = new Set(done.left.journal.map((path) => basename(path, '.ndjson')));
        for (const run of done.cleaned) print(`${run.runId}: ${outcome(run, kept.has(run.runId))}`);
        if (done.cleaned.length === 0) print('nothing to clean');
      }
      for (const { runId, reason } of done.spared) say(`${runId}: left alone, ${reason}`);
      for (const { runId, ignored } of done.cleaned)
        if (ignored > 0)
          say(`${runId}: ${ignored} lines of its journal were ignored: redrill does not write such ones`);
      for (const run of done.cleaned)
        for (const { name, reason } of run.failed) say(`${name}: could not be removed: ${reason}`);
      if (left.length > 0) say(`still there: ${left.join(', ')}`);
    });

function outcome(
  run: { containers: string[]; networks: string[]; volumes: string[]; restored: string[] },
  journalKept: boolean,
): string {
  const parts = (['containers', 'networks', 'volumes'] as const).flatMap((kind) =>
    run[kind].length > 0 ? [`${run[kind].length} ${run[kind].length === 1 ? kind.slice(0, -1) : kind}`] : [],
  );
  const done = [...parts, ...run.restored].join(', ');
  if (!journalKept) return `removed ${done || 'its journal'}`;
  return `${done ? `removed ${done}` : 'nothing could be removed'}; its journal is kept for the next try`;
}
