/** What this machine and its engine can and can't do for a drill, found out without changing anything. */
import { freemem, release } from 'node:os';
import { messageOf, type RedrillError } from '../../core/errors.js';
import { formatDuration, formatSize } from '../../core/units.js';
import { type Check, check, fail, freeDisk, type Look, ok, warn } from '../checks.js';
import { deadRuns } from '../clean.js';
import { builtName, withTag } from '../recipes.js';
import { holdingsOf } from './clean.js';
import { howToConnect } from './connect.js';
import { ask, connectEngine, type Engine } from './engine.js';
import { inspectImage } from './inspect.js';
import { kernelChecks } from './kernel-checks.js';

/** `images`: names that the drills will ask for. */
export async function diagnose(images: readonly string[] = []): Promise<Check[]> {
  const disk = check('disk', freeDisk);
  let engine: Engine;
  try {
    engine = await connectEngine();
  } catch (error) {
    const nothing = { status: 'fail', detail: messageOf(error), hint: (error as RedrillError).hint ?? '' } as const;
    return [{ name: 'engine', ...nothing }, await disk];
  }
  const info = await ask('ask the engine what it is', engine.docker.info());
  const checks = await Promise.all([
    check('engine', async () =>
      ok(`${engine.system}, Docker ${engine.version}, kernel ${engine.kernel}, ${engine.cpus} CPUs`),
    ),
    check('connect', () => connectMode(engine)),
    ...[...images, 'redrill/tools'].map((name) => check(`image ${name}`, () => image(engine, name))),
    check('memory', () => memory(engine)),
    check('memory limits', async () => limits(info)),
    disk,
    check('clock', () => clock(engine)),
    check('leftovers', () => leftovers(engine)),
  ]);
  return [...checks, ...(await kernelChecks(engine))];
}

async function connectMode(engine: Engine): Promise<Look> {
  const bridge = await ask('inspect the default network', engine.docker.getNetwork('bridge').inspect());
  const gateway = bridge.IPAM?.Config?.[0]?.Gateway ?? '';
  const how = await howToConnect(undefined, gateway);
  return ok(how === 'direct' ? 'by container address' : `by ports published on ${engine.host}`);
}

async function image(engine: Engine, name: string): Promise<Look> {
  for (const ref of [withTag(name), builtName(name)]) {
    const found = await inspectImage(engine, ref);
    if (found) return ok(`${ref}, ${found.labels['redrill.origin'] ?? 'local'}`);
  }
  return warn('not on the engine yet', 'The first run pulls or builds it; `redrill setup` does it now.');
}

async function memory(engine: Engine): Promise<Look> {
  // Of an engine elsewhere only the total is known.
  const bytes = engine.kernel === release() ? freemem() : engine.memory;
  const detail = `${formatSize(bytes)} ${engine.kernel === release() ? 'free' : 'in all'}`;
  return bytes > 2 ** 30 ? ok(detail) : warn(detail, 'Six nodes and the harness want about 1 GB.');
}

function limits(info: { CgroupVersion?: string; MemoryLimit?: boolean; SwapLimit?: boolean }): Look {
  const version = `cgroup v${info.CgroupVersion ?? '1'}`;
  if (!info.MemoryLimit)
    return fail(
      `${version} without memory limits`,
      'Faults that need them are not available: enable the memory cgroup of the engine.',
    );
  if (!info.SwapLimit)
    return warn(
      `${version}, memory limits work, swap limits do not`,
      'Where there is swap, a node at its limit gets slow instead of being killed.',
    );
  return ok(`${version}, memory and swap limits work`);
}

/** Server log lines carry the engine's clock; it is compared with ours at the middle of the question's time. */
async function clock(engine: Engine): Promise<Look> {
  const asked = Date.now();
  const { SystemTime } = await ask('ask the engine for the time', engine.docker.info());
  const answered = Date.now();
  const offset = Date.parse(SystemTime) - (asked + answered) / 2;
  const error = (answered - asked) / 2;
  const detail = `the engine's clock differs by ${formatDuration(offset)} (± ${formatDuration(Math.max(1, error))})`;
  if (Math.abs(offset) - error < 50) return ok(detail);
  return warn(
    detail,
    "Times taken from server logs are off by that much: synchronise the clock of the engine's machine.",
  );
}

async function leftovers(engine: Engine): Promise<Look> {
  const dead = await deadRuns(holdingsOf(engine));
  if (dead.length === 0) return ok('nothing is left of earlier runs');
  return warn(`left by runs that died: ${dead.join(', ')}`, '`redrill clean` removes it.');
}
