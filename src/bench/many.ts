/** (g) Many primaries lost at once: recovery against the share of them, and what the harness itself needed. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runScenario } from '../drill/run.js';
import { readRecording } from '../recording/history.js';
import type { Result } from '../report/index.js';
import type { ScenarioInput } from '../scenarios/define.js';
import { loadScenarios } from '../scenarios/load.js';
import { planOf } from '../scenarios/plan.js';
import { IMAGE } from './cluster.js';
import { controlOf, type Lateness } from './control.js';
import { show, summarise, table } from './stats.js';

/** Percent. With more than half of them nobody would be left to vote. */
const SHARES = [5, 15, 25, 33, 45];

interface Lost {
  lost: number;
  /** ms; never is infinite. */
  back: number;
  /** Shards that were elected, round by round. */
  rounds: number[];
  writes: number;
  ready: number;
  /** ms from the request to the last outage that it began. */
  effective: number;
  cpu: number;
  late: number;
  control: Lateness;
}

export async function benchMany(rounds: number, nodes: number, shares: readonly number[]): Promise<string> {
  const rows: string[][] = [];
  for (const share of shares.length > 0 ? shares : SHARES) {
    const runs: Lost[] = [];
    for (let round = 0; round < rounds; round++) {
      const run = await lose(nodes / 2, share);
      process.stderr.write(`${JSON.stringify(run)}\n`);
      runs.push(run);
    }
    rows.push(row(runs, nodes / 2));
  }
  const { maxRSS } = process.resourceUsage();
  return [
    table(
      [
        'primaries lost',
        'service back, s: median (min–max)',
        'shards elected, round by round',
        'acknowledged writes lost',
        'nodes ready, s',
        'last kill effective, ms',
        'harness: share of a core',
        'event loop late, p99 (an idle process beside it)',
      ],
      rows,
    ),
    `${rounds} runs each; the harness never had more than ${Math.round(maxRSS / 1024)} MiB, over all of them in one process.`,
  ].join('\n\n');
}

function row(runs: readonly Lost[], shards: number): string[] {
  const of = (ask: (run: Lost) => number, digits = 0): string => show(summarise(runs.map(ask)), digits);
  return [
    `${runs[0]!.lost} of ${shards}`,
    backIn(runs),
    runs.map(({ rounds }) => rounds.join(' + ')).join('; '),
    of(({ writes }) => writes),
    of(({ ready }) => ready / 1000, 1),
    of(({ effective }) => effective),
    of(({ cpu }) => cpu, 2),
    `${of(({ late }) => late)} ms (${of(({ control }) => control.p99)} ms)`,
  ];
}

/** Where it never came back a median says nothing: that is counted. */
function backIn(runs: readonly Lost[]): string {
  const back = runs.map((run) => run.back / 1000).filter(Number.isFinite);
  const never = runs.length - back.length;
  return [
    ...(back.length > 0 ? [show(summarise(back), 1)] : []),
    ...(never > 0 ? [`never in ${never} of ${runs.length}`] : []),
  ].join(', ');
}

async function lose(shards: number, share: number): Promise<Lost> {
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
    const { progress, lateness } = controlOf();
    const { folder, result } = await runScenario({ plan: planOf(scenario!), signal, progress, reportsDir });
    const { eventLoop } = await readRecording(folder);
    return {
      lost,
      ...whatCameOf(lost, result),
      cpu: eventLoop.cpu ?? Number.NaN,
      late: eventLoop.p99,
      control: await lateness(),
    };
  } finally {
    await rm(reportsDir, { recursive: true, force: true });
  }
}

function whatCameOf(lost: number, result: Result): Pick<Lost, 'back' | 'rounds' | 'writes' | 'ready' | 'effective'> {
  const { requestedAt } = result.faults[0]!;
  const first = new Map<number, number>();
  // Dated in the middle between two probes, one of which was before the request.
  for (const { shard, from } of result.outages)
    if (shard <= lost && from >= requestedAt - 200) first.set(shard, Math.min(from, first.get(shard) ?? from));
  const [incident] = result.incidents;
  const served = incident?.phases.find(({ name }) => name === 'served');
  return {
    back: served ? served.at - incident!.at : Number.POSITIVE_INFINITY,
    rounds: (incident?.rounds ?? []).map(({ won }) => won.length),
    writes: result.losses.lost,
    ready: result.stages.find(({ name }) => name === 'environment starts')?.ms ?? Number.NaN,
    effective: first.size === lost ? Math.max(0, Math.max(...first.values()) - requestedAt) : Number.POSITIVE_INFINITY,
  };
}
