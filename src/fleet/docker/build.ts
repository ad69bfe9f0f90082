import { RedrillError } from '../../core/errors.js';
import { s } from '../../core/units.js';
import { self } from '../liveness.js';
import { type Recipe, recipeHash } from '../recipes.js';
import { bootstrap } from './bootstrap.js';
import { type Draft, discard } from './draft.js';
import { ask, type Engine } from './engine.js';
import { inspectImage, type LocalImage } from './inspect.js';
import { labelsOf } from './labels.js';
import { buildFrom, installOnBase } from './onbase.js';
import { tarOf } from './tar.js';

const BUDGET = s(300);

/**
 * Debian packages → file system → image. It is made without a name, proves that it works, and only then gets its name
 * and labels: a broken or half-finished image is never found by a later run.
 */
export async function buildImage(
  engine: Engine,
  ref: string,
  recipe: Recipe,
  signal: AbortSignal | undefined,
  note: (line: string) => void,
): Promise<LocalImage> {
  const budget = AbortSignal.timeout(BUDGET);
  const draft = await makeDraft(engine, ref, recipe, signal ? AbortSignal.any([signal, budget]) : budget, note);
  try {
    const printed = await proveItWorks(engine, draft.id, ref, recipe);
    const before = await inspectImage(engine, ref);
    await name(engine, draft.id, ref, {
      'redrill.recipe': recipeHash(recipe),
      'redrill.server': `${recipe.product} ${/\d+(\.\d+)+/.exec(printed)?.[0] ?? 'unknown'}`,
      'redrill.origin': `built from Debian ${recipe.suite} ${draft.contents}`,
    });
    const made = (await inspectImage(engine, ref))!;
    // What an older recipe made has lost its name. Where a container still uses it, it stays.
    if (before && before.id !== made.id)
      await engine.docker
        .getImage(before.id)
        .remove()
        .catch(() => {});
    return made;
  } catch (error) {
    await discard(engine, draft.id);
    throw error;
  }
}

/** With mmdebstrap from the mirror that apt uses here; without it, on a Debian image that a registry has. */
async function makeDraft(
  engine: Engine,
  ref: string,
  recipe: Recipe,
  signal: AbortSignal,
  note: (line: string) => void,
): Promise<Draft> {
  try {
    return await bootstrap(engine, ref, recipe, signal, BUDGET);
  } catch (error) {
    const missing = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
    const draft = missing && (await installOnBase(engine, ref, recipe, signal, note, BUDGET));
    if (draft) return draft;
    throw error;
  }
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

async function name(engine: Engine, draft: string, ref: string, labels: Record<string, string>): Promise<void> {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const context = await tarOf({ Dockerfile: `FROM ${draft}\nLABEL ${pairs.join(' ')}\n` });
  await buildFrom(engine, `name ${ref}`, context, { t: ref }, s(60));
}
