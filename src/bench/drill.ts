/** (b) and (d): whole drills, beside an independent witness and beside their floor. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runScenario } from '../drill/run.js';
import { loadScenarios } from '../scenarios/load.js';
import { planOf } from '../scenarios/plan.js';
import { bareFloor } from './cluster.js';
import { show, summarise, table } from './stats.js';
import { witnessOf } from './witness.js';
import type { Ack } from './witness-process.js';

const SCENARIO = fileURLToPath(new URL('../../scenarios/primary-segfault.yaml', import.meta.url));

export async function benchDrill(rounds: number): Promise<string> {
  const [scenario] = await loadScenarios(SCENARIO);
  const plan = planOf(scenario!, {});
  const at = Math.max(...plan.entries.map((entry) => ('at' in entry.trigger ? entry.trigger.at : 0)));
  const reports = await mkdtemp(join(tmpdir(), 'redrill-bench-'));
  const differences: number[] = [];
  const recoveries: number[] = [];
  const gaps: number[] = [];
  const walls: number[] = [];
  const floors: number[] = [];
  try {
    for (let i = 0; i < rounds; i++) {
      const floor = await bareFloor(6);
      const witness = witnessOf(plan, { every: 1, idle: 1 });
      const from = performance.now();
      const { result } = await runScenario({
        plan,
        signal: new AbortController().signal,
        progress: witness.progress,
        reportsDir: reports,
      });
      const wall = performance.now() - from;
      const gap = longestGap((await witness.account()).acks);
      const moment = (name: string): number => {
        const phase = result.phases.find((p) => p.name === name);
        if (!phase) throw new Error(`round ${i + 1}: no phase "${name}" was measured (${result.sentence})`);
        return phase.at - result.phases[0]!.from;
      };
      recoveries.push(moment('served'));
      gaps.push(gap);
      differences.push(moment('served') - gap);
      walls.push(wall);
      floors.push(floor.start + 2000 + at + moment('redundant') + floor.remove);
    }
  } finally {
    await rm(reports, { recursive: true, force: true });
  }
  const overhead = summarise(walls.map((wall, i) => wall / floors[i]! - 1));
  return [
    table(
      ['(b) recovery time of the crashed shard', 'ms: median (min–max)'],
      [
        ['redrill: effective → served, by probes', show(summarise(recoveries), 1)],
        ['witness: longest gap between acknowledged writes, 1 ms, other process', show(summarise(gaps), 1)],
        ['difference in the same run', show(summarise(differences), 1)],
      ],
    ),
    table(
      ['(d) primary-segfault, wall time', 'ms: median (min–max)'],
      [
        [
          'floor: bare start + 2 s + time to the fault + recovery until redundant + bare removal',
          show(summarise(floors), 0),
        ],
        ['redrill: whole drill, report written', show(summarise(walls), 0)],
        [
          'overhead',
          `${(overhead.median * 100).toFixed(1)} % (${(overhead.min * 100).toFixed(1)}–${(overhead.max * 100).toFixed(1)})`,
        ],
      ],
    ),
  ].join('\n\n');
}

/** Of the shard that is crashed. */
function longestGap(acks: readonly Ack[]): number {
  const moments = acks.filter(({ shard }) => shard === '1').map(({ done }) => done);
  return moments.slice(1).reduce((longest, t, i) => Math.max(longest, t - moments[i]!), 0);
}
