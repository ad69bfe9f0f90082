import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { until } from '../../core/until.js';
import { DECOY, openTestFleet, server, testRunId } from '../testing/fleet.js';
import { clean } from './clean.js';
import { connectEngine } from './engine.js';
import { resolveImage } from './images.js';
import { buildFrom } from './onbase.js';
import { inventory } from './remove.js';
import { tarOf } from './tar.js';

const SESSION = 'org.testcontainers.session-id';
const { ref: image } = await resolveImage('redis:7.0');
const { ref: tools } = await resolveImage('redrill/tools');
const engine = await connectEngine();

/** A process with a fleet, which is killed when it says this word. */
async function killedAt(word: string, args: string[], reaper: string): Promise<void> {
  const script = new URL('../testing/doomed.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--import', 'jiti/register', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, RYUK_CONTAINER_IMAGE: reaper },
  });
  for await (const line of createInterface(child.stdout)) if (line === word) break;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

it('what a killed process leaves is removed by the reaper of testcontainers, where that is to be had, but for what was to be kept', async () => {
  const program = readFileSync(new URL('../testing/reaper.py', import.meta.url), 'utf8');
  const Dockerfile = `FROM ${tools}\nLABEL ${DECOY}=reaper\nCOPY reaper.py /reaper.py\nENTRYPOINT ["python3", "/reaper.py"]\n`;
  const name = 'redrill-test/reaper:1';
  await buildFrom(engine, 'build a reaper', await tarOf({ Dockerfile, 'reaper.py': program }), { t: name }, 60_000);
  const [runId, kept] = [testRunId(), testRunId()];
  try {
    await killedAt('kept', [kept, image, 'keep'], name);
    await killedAt('started', [runId, image], name);
    await until(
      () => inventory(engine, runId),
      (left) => !left.has(runId),
      { describe: 'the reaper has removed everything', within: 60_000, every: 200 },
    );
    expect((await inventory(engine, kept)).get(kept)?.containers.length).toBeGreaterThan(0);
  } finally {
    await clean({ runId });
    await clean({ runId: kept, all: true });
    await engine.docker.getImage(name).remove({ force: true });
  }
});

it('where there is none, nothing is labelled for it', async () => {
  await using fleet = await openTestFleet();
  await fleet.create(server('a', { image }), fleet.address(0));
  const { Config } = await engine.docker.getContainer(`${fleet.runId}-a`).inspect();
  expect(Object.keys(Config.Labels)).not.toContain(SESSION);
});
