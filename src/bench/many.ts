/** (g) Many primaries lost at once: recovery against the share of them, and what the harness itself needed. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silent } from '../core/progress.js';
import type { Result } from '../report/index.js';
import type { ScenarioInput } from '../scenarios/define.js';
import { loadScenarios } from '../scenarios/load.js';
import { planOf } from '../scenarios/plan.js';
import { runScenario } from '../scenarios/run.js';
import { readRecording } from '../workload/history.js';
import type { Recording } from '../workload/recording.js';
import { IMAGE } from './cluster.js';
import { table } from './stats.js';

const SHARES = [5, 15, 25, 35, 45];

export async function benchMany(rounds: number, nodes: number): Promise<string> {
  const rows: string[][] = [];
  for (const share of SHARES)
    for (let round = 0; round < rounds; round++) {
      const row = await lose(nodes / 2, share);
      process.stderr.write(`${row.join(' | ')}\n`);
      rows.push(row);
    }
  return table(
    [
      'primaries lost',
      'last kill effective, ms',
      'service back, s',
      'elections of one shard, at most',
      'acknowledged writes lost',
      'harness: share of a core, loop late p99',
    ],
    rows,
  );
}

async function lose(shards: number, share: number): Promise<string[]> {
  const lost = Math.round((shards * share) / 100);
  const written: ScenarioInput = {
    name: `lose-${share}-percent-of-${shards}`,
    topology: { shards, replicas: 1, image: IMAGE, config: { 'cluster-node-timeout': 5000 } },
    workload: { clients: 4, rate: '100/s' },
    timeline: [
      { at: '3s', fault: 'kill', target: Array.from({ length: lost }, (_, i) => `primary of shard ${i + 1}`) },
    ],
    objectives: { recovery_time: '< 150s', lost_acknowledged_writes: '<= 1000' },
    timeout: '180s',
  };
  const reportsDir = await mkdtemp(join(tmpdir(), 'redrill-bench-'));
  try {
    const file = join(reportsDir, 'many.yaml');
    await writeFile(file, JSON.stringify(written));
    const [scenario] = await loadScenarios(file);
    const signal = new AbortController().signal;
    const { folder, result } = await runScenario({ plan: planOf(scenario!), signal, progress: silent, reportsDir });
    return described(lost, shards, result, await readRecording(folder));
  } finally {
    await rm(reportsDir, { recursive: true, force: true });
  }
}

function described(lost: number, shards: number, result: Result, recording: Recording): string[] {
  const { requestedAt } = result.faults[0]!;
  const first = new Map<number, number>();
  // Dated in the middle between two probes, one of which was before the request.
  for (const { shard, from } of result.outages)
    if (shard <= lost && from >= requestedAt - 200) first.set(shard, Math.min(from, first.get(shard) ?? from));
  const served = result.phases.find(({ name }) => name === 'served');
  const elections = Object.values(recording.logs).map(
    (lines) => lines.filter(({ text }) => /Starting a failover election/.test(text)).length,
  );
  const { cpu = 0, p99 } = recording.eventLoop;
  return [
    `${lost} of ${shards}`,
    first.size === lost ? String(Math.round(Math.max(...first.values()) - requestedAt)) : `${first.size} seen`,
    served ? ((served.at - result.phases[0]!.from) / 1000).toFixed(1) : result.sentence,
    String(Math.max(...elections)),
    String(result.losses.lost),
    `${cpu.toFixed(2)}, ${p99.toFixed(0)} ms`,
  ];
}
