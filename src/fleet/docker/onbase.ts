import { messageOf, RedrillError } from '../../core/errors.js';
import type { Recipe } from '../recipes.js';
import type { Draft } from './draft.js';
import { ask, type Engine } from './engine.js';
import { inspectImage } from './inspect.js';
import { pullImage } from './pull.js';
import { tarOf } from './tar.js';

/** The packages on top of Debian's own image; undefined when that is neither here nor to be had from a registry. */
export async function installOnBase(
  engine: Engine,
  ref: string,
  recipe: Recipe,
  signal: AbortSignal,
  note: (line: string) => void,
  budget: number,
): Promise<Draft | undefined> {
  const base = `debian:${recipe.suite}-slim`;
  if (!(await inspectImage(engine, base)) && !(await pullImage(engine, base, signal, note)).pulled) return undefined;
  const install = `apt-get install -y --no-install-recommends ${recipe.packages.join(' ')}`;
  const Dockerfile = `FROM ${base}\nRUN apt-get update && ${install} && rm -rf /var/lib/apt/lists/*\n`;
  const what = `build ${ref} on ${base}`;
  const id = await buildFrom(engine, what, await tarOf({ Dockerfile }), { abortSignal: signal }, budget);
  return { id, contents: `${recipe.packages[0]} on ${base}` };
}

/** Builds from a tar with a Dockerfile; resolves with the image's id. */
export async function buildFrom(
  engine: Engine,
  what: string,
  context: Buffer,
  options: { t?: string; abortSignal?: AbortSignal },
  budget: number,
): Promise<string> {
  // The client takes a buffer as well as a stream; its types know only one of them.
  const stream = await ask(what, engine.docker.buildImage(context as unknown as NodeJS.ReadableStream, options));
  const said = await ask(what, followed(engine, stream), budget);
  const id = said.findLast((line) => line.aux?.ID)?.aux?.ID;
  if (!id) throw new RedrillError('IMAGE', `${what}: the engine gave no image`);
  return id;
}

interface Progress {
  aux?: { ID?: string };
}

const followed = (engine: Engine, stream: NodeJS.ReadableStream): Promise<Progress[]> =>
  new Promise((resolve, reject) => {
    engine.docker.modem.followProgress(stream, (error: Error | null, lines: Progress[]) => {
      if (error) reject(new RedrillError('IMAGE', messageOf(error).replaceAll(/\s+/g, ' ')));
      else resolve(lines);
    });
  });
