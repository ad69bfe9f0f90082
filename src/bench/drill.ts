/** (b) and (d): whole drills, beside an independent witness and beside their floor. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Progress } from '../core/progress.js';
import { connectEngine } from '../fleet/docker/engine.js';
import { loadScenarios } from '../scenarios/load.js';
import { planOf } from '../scenarios/plan.js';
import { runScenario } from '../scenarios/run.js';
import { dealSlots, inRanges, tagFor } from '../topology/slots.js';
import { bareFloor } from './cluster.js';
import { show, summarise, table } from './stats.js';

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
      const witness = startWitness();
      const from = performance.now();
      const { result } = await runScenario({
        plan,
        signal: new AbortController().signal,
        progress: witness.progress,
        reportsDir: reports,
      });
      const wall = performance.now() - from;
      const { gap } = await witness.end();
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

/** Begins when the drill's timeline does (containers are up, the fault is still to come) and ends before they go. */
function startWitness(): { progress: Progress; end(): Promise<{ gap: number }> } {
  let running: Promise<Witness> | undefined;
  let ended: Promise<{ gap: number }> | undefined;
  return {
    progress: {
      phase: (stage) => {
        if (stage === 'timeline') running = spawnWitness();
        if (stage === 'verify') ended ??= running?.then((witness) => witness.end());
      },
      note: () => undefined,
      done: () => undefined,
    },
    end: async () => {
      if (!ended) throw new Error('the drill ended before the witness began');
      return ended;
    },
  };
}

interface Witness {
  end(): Promise<{ gap: number }>;
}

async function spawnWitness(): Promise<Witness> {
  const { docker } = await connectEngine();
  const all = await docker.listContainers({ filters: { label: ['redrill.run'] } });
  const addresses = all
    .filter(({ Names }) => Names.some((name) => /-node-(1|4)$/.test(name)))
    .flatMap(({ NetworkSettings }) =>
      Object.values(NetworkSettings.Networks).map((network) => `${network.IPAddress}:6379`),
    );
  const key = `{${tagFor((slot) => inRanges(slot, dealSlots(3)[0]!.slots))}}:witness`;
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('./witness-process.js', import.meta.url)), key, ...addresses],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    end: async () => {
      child.stdin.end();
      await closed;
      return JSON.parse(text) as { gap: number };
    },
  };
}
