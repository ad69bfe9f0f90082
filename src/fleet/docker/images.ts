/** From the name in a scenario to an image that can be started: local, pulled, or built from Debian packages. */
import { RedrillError } from '../../core/errors.js';
import type { ImageOptions } from '../kind.js';
import { builtName, type Recipe, recipeHash, recipes, withTag } from '../recipes.js';
import type { ResolvedImage } from '../types.js';
import { buildImage } from './build.js';
import { connectEngine, type Engine } from './engine.js';
import { inspectImage } from './inspect.js';
import { pullImage } from './pull.js';

const underway = new Map<string, Promise<ResolvedImage>>();

export function resolveImage(name: string, options: ImageOptions = {}): Promise<ResolvedImage> {
  const running = underway.get(name);
  if (running) return running;
  const work = resolve(name, options).finally(() => underway.delete(name));
  underway.set(name, work);
  return work;
}

async function resolve(name: string, { signal, note = () => {} }: ImageOptions): Promise<ResolvedImage> {
  signal?.throwIfAborted();
  const engine = await connectEngine();
  const recipe = recipes[name];
  const ours = name.startsWith('redrill/') && recipe !== undefined;
  return (
    (ours ? undefined : await local(engine, name)) ??
    (recipe && (await built(engine, name, recipe))) ??
    (ours ? undefined : await pulled(engine, name, signal, note)) ??
    (recipe && (await build(engine, name, recipe, signal, note))) ??
    fail(name)
  );
}

async function local(engine: Engine, name: string): Promise<ResolvedImage | undefined> {
  const image = await inspectImage(engine, withTag(name));
  return image && { name, ref: withTag(name), id: image.id, origin: 'local', labels: image.labels };
}

/** What an earlier run built by the same recipe. */
async function built(engine: Engine, name: string, recipe: Recipe): Promise<ResolvedImage | undefined> {
  const ref = builtName(name);
  const image = await inspectImage(engine, ref);
  if (image?.labels['redrill.recipe'] !== recipeHash(recipe)) return undefined;
  return { name, ref, id: image.id, origin: image.labels['redrill.origin'] ?? 'local', labels: image.labels };
}

/** Registries that did not answer this process: it asks each of them once. */
const refusals = new Map<string, string>();

async function pulled(engine: Engine, name: string, signal: AbortSignal | undefined, note: (line: string) => void) {
  if (refusals.has(registryOf(name))) return undefined;
  const outcome = await pullImage(engine, withTag(name), signal, note);
  if (outcome.pulled) return { ...(await local(engine, name))!, origin: 'pulled' };
  if (outcome.unreachable) refusals.set(registryOf(name), outcome.reason);
  lastReason.set(name, outcome.reason);
  return undefined;
}

const lastReason = new Map<string, string>();

const registryOf = (name: string): string => (/^[^/]*[.:][^/]*(?=\/)|^localhost(?=\/)/.exec(name) ?? ['default'])[0];

async function build(
  engine: Engine,
  name: string,
  recipe: Recipe,
  signal: AbortSignal | undefined,
  note: (line: string) => void,
): Promise<ResolvedImage> {
  note(`building ${builtName(name)} from Debian ${recipe.suite} packages`);
  const { id, labels } = await buildImage(engine, builtName(name), recipe, signal, note);
  return { name, ref: builtName(name), id, origin: labels['redrill.origin'] ?? 'built', labels };
}

function fail(name: string): never {
  const reason = lastReason.get(name) ?? refusals.get(registryOf(name)) ?? 'not found';
  const known = Object.keys(recipes).filter((n) => !n.startsWith('redrill/'));
  throw new RedrillError('IMAGE', `no image ${name}: it is not on the engine and could not be pulled (${reason})`, {
    hint: `Without a registry these can be built from Debian packages: ${known.join(', ')}.`,
  });
}
