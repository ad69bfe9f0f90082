import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { seeded } from '../../core/rng.js';
import { findJournals } from '../journal.js';
import { DECOY, openTestFleet, server, testRunId } from '../testing/fleet.js';
import { clean } from './clean.js';
import { connectEngine } from './engine.js';
import { resolveImage } from './images.js';
import { inventory } from './remove.js';

const { ref: image } = await resolveImage('redis:7.0');
await resolveImage('redrill/tools');

async function doomed(runId: string, errors: 'inherit' | 'ignore' = 'inherit', ...more: string[]) {
  const script = new URL('../testing/doomed.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--import', 'jiti/register', script, runId, image, ...more], {
    stdio: ['ignore', 'pipe', errors],
  });
  const lines = createInterface(child.stdout);
  return { child, lines };
}

async function traces(runId: string): Promise<unknown> {
  const engine = await connectEngine();
  const { containers, networks } = (await inventory(engine, runId)).get(runId) ?? {};
  const named = await engine.docker.listContainers({ all: true, filters: { name: [runId] } });
  const journals = findJournals().filter((j) => j.header.runId === runId).length;
  return { containers, networks, named: named.map((c) => c.Names[0]), journals };
}
const none = { containers: undefined, networks: undefined, named: [], journals: 0 };

const threshold = (): string => readFileSync('/proc/sys/net/ipv4/neigh/default/gc_thresh3', 'utf8').trim();

it.each([
  ['open', 0],
  ['created', 60],
  ['created', 400],
  ['broken', 0],
  ['teardown', 150],
] as const)('undoes a run whose process was killed (%s + %i ms)', async (stage, later) => {
  const before = existsSync('/proc/sys/net/ipv4/neigh/default/gc_thresh3') ? threshold() : '';
  const runId = testRunId();
  const { child, lines } = await doomed(runId);
  for await (const line of lines) if (line === stage) break;
  await sleep(later);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const report = await clean({ runId });
  expect(report.cleaned.map((r) => r.runId)).toEqual([runId]);
  expect(report.cleaned[0]!.failed).toEqual([]);
  expect(report.left).toEqual({ containers: [], networks: [], volumes: [], journal: [] });
  expect(await traces(runId)).toEqual(none);
  if (before) expect(threshold()).toBe(before);
});

/** REDRILL_MOMENTS=SEED kills at the same moments again. */
const seed = process.env.REDRILL_MOMENTS ?? randomBytes(4).toString('hex');

it(`undoes a run killed at random moments (drawn from ${seed})`, { timeout: 120_000 }, async () => {
  const rng = seeded(seed);
  for (let i = 0; i < 4; i++) {
    const runId = testRunId();
    const { child } = await doomed(runId);
    await sleep(500 + rng.below(3500));
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect((await clean({ runId })).left).toEqual({ containers: [], networks: [], volumes: [], journal: [] });
    expect(await traces(runId)).toEqual(none);
  }
});

it('leaves live runs alone unless told otherwise', async () => {
  await using fleet = await openTestFleet();
  const a = await fleet.create(server('a', { image }), fleet.address(0));
  await a.start();
  const { runId } = fleet;
  const report = await clean({ runId });
  expect(report).toMatchObject({ cleaned: [], spared: [{ runId, reason: `it is running (process ${process.pid})` }] });
  expect((await a.state()).status).toBe('running');
  const forced = await clean({ runId, all: true });
  expect(forced.cleaned[0]!.containers).toEqual([`${runId}-a`]);
  expect(await traces(runId)).toEqual(none);
});

it('believes the labels of a live run more than a journal that says it is dead', async () => {
  await using fleet = await openTestFleet();
  await fleet.create(server('a', { image }), fleet.address(0));
  const { runId } = fleet;
  const [journal] = findJournals().filter((j) => j.header.runId === runId);
  const forged = { ...journal!.header, pid: 2 ** 22 - 7, started: '1' };
  const before = readFileSync(journal!.path);
  const owned = join(mkdtempSync(join(tmpdir(), 'redrill-')), 'owned');
  const sysctl = { intent: 'sysctl', key: `../../..${owned}`, was: '1', now: '2' };
  const another = join(dirname(journal!.path), 'another.ndjson');
  try {
    for (const path of [journal!.path, another])
      writeFileSync(path, `${JSON.stringify(forged)}\n${JSON.stringify(sysctl)}\n`);
    expect((await clean({ runId })).spared).toEqual([{ runId, reason: `it is running (process ${process.pid})` }]);
    // Also without any journal.
    rmSync(journal!.path);
    expect((await clean({ runId })).cleaned).toEqual([]);
  } finally {
    writeFileSync(journal!.path, before);
    rmSync(another, { force: true });
  }
  expect(existsSync(owned)).toBe(false);
});

it('knows a kept run without its journal', async () => {
  const runId = testRunId();
  const { child, lines } = await doomed(runId, 'inherit', 'keep');
  for await (const line of lines) if (line === 'kept') break;
  child.kill('SIGKILL');
  await once(child, 'exit');
  for (const { path, header } of findJournals()) if (header.runId === runId) rmSync(path);
  expect((await clean({ runId })).spared).toEqual([{ runId, reason: 'it was kept on purpose' }]);
  expect((await clean({ runId, all: true })).left).toEqual({ containers: [], networks: [], volumes: [], journal: [] });
});

it('leaves a run that was kept alone, also when its process is gone', async () => {
  const runId = testRunId();
  const { child, lines } = await doomed(runId, 'inherit', 'keep');
  for await (const line of lines) if (line === 'kept') break;
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect((await clean({ runId })).spared).toEqual([{ runId, reason: 'it was kept on purpose' }]);
  expect((await clean({ runId, all: true })).left).toEqual({ containers: [], networks: [], volumes: [], journal: [] });
  expect(await traces(runId)).toEqual(none);
});

it('touches nothing that does not carry the label, whatever its name', async () => {
  const { docker } = await connectEngine();
  const runId = testRunId();
  const decoy = await docker.createContainer({
    Image: image,
    name: `${runId}-n0`,
    Cmd: ['true'],
    Labels: { [DECOY]: '' },
  });
  const network = await docker.createNetwork({ Name: `${runId}-data`, Labels: { [DECOY]: '' } });
  try {
    const { child, lines } = await doomed(runId, 'ignore');
    for await (const line of lines) if (line === 'begin') break;
    await once(child, 'exit');
    await clean({ runId });
    expect((await decoy.inspect()).State.Status).toBe('created');
    expect((await network.inspect()).Name).toBe(`${runId}-data`);
  } finally {
    await decoy.remove({ force: true });
    await network.remove();
  }
});
