/** (e) Judging and rendering histories of 10^4, 10^5 and 10^6 operations: time, peak memory, size of the page. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { show, summarise, table } from './stats.js';

interface Outcome {
  ops: number;
  judge: number;
  render: number;
  rss: number;
  html: number;
}

export async function benchJudging(rounds: number): Promise<string> {
  const script = fileURLToPath(new URL('./judge-process.js', import.meta.url));
  const rows: string[][] = [];
  for (const ops of [1e4, 1e5, 1e6]) {
    const outcomes: Outcome[] = [];
    for (let i = 0; i < rounds; i++)
      outcomes.push(JSON.parse((await promisify(execFile)(process.execPath, [script, String(ops)])).stdout) as Outcome);
    const of = (pick: (o: Outcome) => number) => summarise(outcomes.map(pick));
    rows.push([
      ops.toLocaleString('en'),
      show(
        of((o) => o.judge),
        0,
      ),
      show(
        of((o) => o.render),
        0,
      ),
      show(
        of((o) => o.rss / 2 ** 20),
        0,
      ),
      show(
        of((o) => o.html / 2 ** 20),
        2,
      ),
    ]);
  }
  return table(['operations', 'judge, ms', 'render, ms', 'peak memory of the process, MiB', 'page, MiB'], rows);
}
