/** (h) Drills of the catalogue held against the independent witness: outages, recovery, and when acknowledged writes were lost. */

import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../core/errors.js';
import { silent } from '../core/progress.js';
import { runScenario } from '../drill/run.js';
import { readRecording } from '../recording/history.js';
import { drawnLeaves } from '../scenarios/leaves.js';
import { loadScenarios } from '../scenarios/load.js';
import { planOf } from '../scenarios/plan.js';
import type { Plan } from '../scenarios/types.js';
import { analyse } from '../timeline/analyse.js';
import type { Analysis } from '../timeline/types.js';
import { table } from './stats.js';
import { witnessOf } from './witness.js';
import type { Account, Ack } from './witness-process.js';

const FOLDER = fileURLToPath(new URL('../../scenarios/', import.meta.url));
/** ms: what both have to see. Shorter ones depend on the periods. */
const LONG = 100;
/** ms: enough for having seen something of what the other says was longer. */
const SHORT = 40;
/** ms of difference that needs a word of explanation. */
const WORTH_A_WORD = 50;

interface Stretch {
  from: number;
  to: number;
}

export async function benchCatalogue(names: readonly string[]): Promise<string> {
  const files = readdirSync(FOLDER).filter((file) => names.length === 0 || names.includes(basename(file, '.yaml')));
  const reports = await mkdtemp(join(tmpdir(), 'redrill-bench-'));
  const rows: string[][] = [];
  try {
    for (const file of files)
      for (const scenario of await loadScenarios(join(FOLDER, file))) {
        const plan = planOf(scenario);
        process.stderr.write(`  ${plan.scenario.name} …\n`);
        const row = unwatched(plan) ?? (await against(plan, reports).catch(saidOf));
        rows.push([plan.scenario.name, ...row]);
        process.stderr.write(`    ${row.join(' | ')}\n`);
      }
  } finally {
    await rm(reports, { recursive: true, force: true });
  }
  return table(
    [
      'drill',
      'outages: redrill',
      'witness',
      'only one saw',
      'begins differ',
      'ends differ',
      'late at most: redrill, witness',
      'writes lost over: redrill',
      'witness',
    ],
    rows,
  );
}

const unwatched = ({ entries }: Plan): string[] | undefined =>
  drawnLeaves(entries).some((leaf) => leaf.kind === 'procedure' && leaf.type === 'rotate-credentials')
    ? ['not watched: nobody tells it the new password', '', '', '', '', '', '', '']
    : undefined;

/** One drill that can't be compared does not cost the others. */
const saidOf = (error: unknown): string[] => [`not compared: ${messageOf(error)}`, '', '', '', '', '', '', ''];

async function against(plan: Plan, reportsDir: string): Promise<string[]> {
  const witness = witnessOf(plan, { progress: silent });
  const { folder } = await runScenario({
    plan,
    signal: new AbortController().signal,
    progress: witness.progress,
    reportsDir,
  });
  const { analysis, wallAtZero } = await readRecording(folder).then((recording) => ({
    analysis: analyse(recording),
    wallAtZero: recording.clock.wallAtZero,
  }));
  const { acks, stalls } = await witness.account();
  return compare(analysis, {
    acks: acks.map((ack) => ({ ...ack, sent: ack.sent - wallAtZero, done: ack.done - wallAtZero })),
    stalls: stalls.map(({ from, to }) => ({ from: from - wallAtZero, to: to - wallAtZero })),
  });
}

function compare(analysis: Analysis, { acks, stalls }: Account): string[] {
  const { recording, outages } = analysis;
  const from = recording.clock.zero ?? 0;
  const to = recording.stages.find(({ name }) => name === 'verify')?.from ?? recording.clock.end;
  const [counts, begins, ends] = [{ ours: 0, its: 0 }, [] as number[], [] as number[]];
  const parted = recording.faults.some(({ cutOff }) => cutOff.length > 0);
  const alone: Record<'redrill' | 'witness', number[]> = { redrill: [], witness: [] };
  for (const { shard } of recording.topology.shards) {
    const mine = acks.filter((ack) => ack.shard === String(shard));
    // What began before the witness did is nothing that it could have seen.
    const since = Math.max(from, mine[0]?.done ?? to);
    const inView = (s: Stretch): boolean => s.from >= since && s.to > from + LONG && s.from < to - LONG;
    const long = ({ from, to }: Stretch): boolean => to - from >= LONG;
    const allOurs = outages
      .filter((o) => o.shard === shard)
      .map((o) => ({ from: o.from, to: o.to ?? to }))
      .filter(inView);
    const allIts = gapsOf(mine, to, parted)
      .filter(inView)
      .filter(({ from, to }) => to - from - stalled(from, to, stalls) >= SHORT);
    const [ours, its] = [allOurs.filter(long), allIts.filter(long)];
    counts.ours += ours.length;
    counts.its += its.length;
    for (const a of ours) if (!allIts.some((b) => meet(a, b))) alone.redrill.push(a.to - a.from);
    for (const b of its) {
      const met = allOurs.filter((a) => meet(a, b));
      if (met.length === 0) alone.witness.push(b.to - b.from);
      else {
        begins.push(apart(met[0]!.from, b.from, stalls));
        ends.push(apart(met.at(-1)!.to, b.to, stalls));
      }
    }
  }
  const lost = acks.filter((ack) => ack.lost && ack.done > from);
  return [
    String(counts.ours),
    String(counts.its),
    Object.entries(alone)
      .flatMap(([who, lengths]) =>
        lengths.length > 0 ? [`${who} ${lengths.length}, ${Math.round(Math.max(...lengths))} ms at most`] : [],
      )
      .join('; ') || '–',
    spread(begins),
    spread(ends),
    [recording.eventLoop.max, Math.max(0, ...stalls.map(({ from, to }) => to - from))]
      .map((ms) => `${Math.round(ms)} ms`)
      .join(', '),
    span(analysis.ledger.checked ? analysis.ledger.losses.map(({ ackedAt }) => ackedAt) : undefined),
    span(lost.map(({ done }) => done)),
  ];
}

/** How long the witness did not look in a stretch. */
const stalled = (from: number, to: number, stalls: readonly Stretch[]): number =>
  stalls.reduce((sum, s) => sum + Math.max(0, Math.min(s.to, to) - Math.max(s.from, from)), 0);

/** How much earlier or later than the witness, beyond what it did not look at between the two moments. */
function apart(ours: number, its: number, stalls: readonly Stretch[]): number {
  const [from, to] = [Math.min(ours, its), Math.max(ours, its)];
  return Math.sign(ours - its) * (to - from - stalled(from, to, stalls));
}

const meet = (a: Stretch, b: Stretch): boolean => a.from < b.to && b.from < a.to;

/**
 * Stretches without an acknowledgement that lasted. Where nodes were parted, one by a node that did not keep it, and was not the
 * last to lead, is none; elsewhere what a replica had not received when it took over was served, and is lost.
 */
function gapsOf(acks: readonly Ack[], end: number, parted: boolean): Stretch[] {
  const leader = acks.at(-1)?.node;
  const good = acks.filter((ack) => !(parted && ack.lost && ack.node !== leader)).map(({ done }) => done);
  return good.map((t, i) => ({ from: t, to: good[i + 1] ?? end })).filter((s) => s.to - s.from >= SHORT);
}

const spread = (differences: readonly number[]): string => {
  if (differences.length === 0) return '–';
  const worst = differences.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
  return `${Math.round(worst)} ms${Math.abs(worst) > WORTH_A_WORD ? ' !' : ''}`;
};

const span = (moments: readonly number[] | undefined): string =>
  moments === undefined
    ? 'not accounted for'
    : moments.length === 0
      ? 'none'
      : `${Math.round(Math.max(...moments) - Math.min(...moments))} ms`;
