import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { messageOf, RedrillError } from '../../core/errors.js';
import { s } from '../../core/units.js';
import { self } from '../liveness.js';
import { type Recipe, recipeHash } from '../recipes.js';
import { ask, type Engine } from './engine.js';
import { labelsOf } from './labels.js';
import { findDebianMirror } from './mirror.js';
import { tarOf } from './tar.js';

const BUDGET = s(300);

/**
 * Debian packages → file system → image. It is imported without a name, proves that it works, and only then gets its
 * name and labels: a broken or half-finished image is never found by a later run.
 */
export async function buildImage(
  engine: Engine,
  ref: string,
  recipe: Recipe,
  signal: AbortSignal | undefined,
): Promise<{ id: string; origin: string }> {
  const budget = AbortSignal.timeout(BUDGET);
  const { draft, version } = await importPackages(
    engine,
    ref,
    recipe,
    signal ? AbortSignal.any([signal, budget]) : budget,
  );
  try {
    const printed = await proveItWorks(engine, draft, ref, recipe);
    const server = `${recipe.product} ${/\d+(\.\d+)+/.exec(printed)?.[0] ?? version}`;
    const origin = `built from Debian ${recipe.suite} ${recipe.packages[0]} ${version}`;
    const id = await name(engine, draft, ref, {
      'redrill.recipe': recipeHash(recipe),
      'redrill.server': server,
      'redrill.origin': origin,
    });
    return { id, origin };
  } catch (error) {
    await discard(engine, draft);
    throw error;
  }
}

async function importPackages(engine: Engine, ref: string, recipe: Recipe, signal: AbortSignal) {
  const mirror = await findDebianMirror();
  const argv = ['--verbose', ...recipe.options, `--include=${recipe.packages.join(',')}`, recipe.suite, '-', mirror];
  const child = spawn('mmdebstrap', argv, { stdio: ['ignore', 'pipe', 'pipe'], signal, killSignal: 'SIGTERM' });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  // Through a stream of our own: the request must see an end also when the child fails before it has begun.
  const archive = child.stdout.pipe(new PassThrough());
  const request = engine.docker.importImage(archive as unknown as string, {});
  const [ended, imported] = await Promise.allSettled([
    once(child, 'close').finally(() => archive.end()),
    ask(`import ${ref}`, request.then(lastStatus), BUDGET + s(10)),
  ]);
  const draft = imported.status === 'fulfilled' ? imported.value : '';
  const failure = whyNot(ended, said);
  if (failure) {
    if (draft) await discard(engine, draft);
    throw new RedrillError('IMAGE', `cannot build ${ref} from Debian packages: ${failure}`, {
      hint: '`apt-get install mmdebstrap` (Debian, as root), or use a machine that reaches an image registry.',
      cause: ended.status === 'rejected' ? ended.reason : undefined,
    });
  }
  if (imported.status === 'rejected') throw imported.reason;
  const version = new RegExp(`^Get:.* ${recipe.packages[0]} \\S+ (\\S+) \\[`, 'm').exec(said)?.[1] ?? '';
  return { draft, version };
}

function whyNot(ended: PromiseSettledResult<unknown[]>, said: string): string | undefined {
  if (ended.status === 'rejected')
    return ended.reason?.code === 'ENOENT' ? 'mmdebstrap is not installed' : messageOf(ended.reason);
  const [code, signal] = ended.value;
  if (code === 0) return undefined;
  return said.split('\n').find((line) => line.startsWith('E: ')) ?? `mmdebstrap ended with ${code ?? signal}`;
}

const discard = (engine: Engine, image: string): Promise<unknown> =>
  engine.docker
    .getImage(image)
    .remove({ force: true })
    .catch(() => {});

/** The engine answers an import with lines of JSON; the last one carries the id. */
async function lastStatus(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk.toString();
  const last = JSON.parse(text.trim().split('\n').at(-1) ?? '{}');
  if (!last.status)
    throw new RedrillError('IMAGE', `the engine refused the import: ${last.error ?? text.slice(0, 200)}`);
  return last.status;
}

async function proveItWorks(engine: Engine, draft: string, ref: string, recipe: Recipe): Promise<string> {
  const what = `run ${recipe.check[0]} in ${ref}`;
  const container = await ask(
    what,
    engine.docker.createContainer({
      Image: draft,
      Cmd: recipe.check,
      Labels: labelsOf(`image-check-${process.pid}`, self()),
      HostConfig: { NetworkMode: 'none' },
    }),
  );
  try {
    await ask(what, container.start());
    const { StatusCode } = await ask(what, container.wait());
    const output = (await ask(what, container.logs({ stdout: true, stderr: true }))).toString('latin1');
    if (StatusCode !== 0)
      throw new RedrillError('IMAGE', `${ref} was built but does not work: ${what}: ${output.slice(8, 200)}`);
    return output;
  } finally {
    await container.remove({ force: true, v: true }).catch(() => {});
  }
}

async function name(engine: Engine, draft: string, ref: string, labels: Record<string, string>): Promise<string> {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const context = await tarOf({ Dockerfile: `FROM ${draft}\nLABEL ${pairs.join(' ')}\n` });
  const stream = await ask(
    `name ${ref}`,
    engine.docker.buildImage(context as unknown as NodeJS.ReadableStream, { t: ref }),
  );
  await ask(
    `name ${ref}`,
    new Promise((resolve, reject) => {
      engine.docker.modem.followProgress(stream, (error: Error | null, done: unknown) =>
        error ? reject(error) : resolve(done),
      );
    }),
  );
  return (await ask(`inspect ${ref}`, engine.docker.getImage(ref).inspect())).Id;
}
