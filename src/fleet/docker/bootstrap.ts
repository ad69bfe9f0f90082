import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { messageOf, RedrillError } from '../../core/errors.js';
import { s } from '../../core/units.js';
import type { Recipe } from '../recipes.js';
import { type Draft, discard } from './draft.js';
import { ask, type Engine } from './engine.js';
import { findDebianMirror } from './mirror.js';

/** mmdebstrap piped into the engine's import. */
export async function bootstrap(
  engine: Engine,
  ref: string,
  recipe: Recipe,
  signal: AbortSignal,
  budget: number,
): Promise<Draft> {
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
    ask(`import ${ref}`, request.then(lastStatus), budget + s(10)),
  ]);
  const draft = imported.status === 'fulfilled' ? imported.value : '';
  const failure = whyNot(ended, said);
  if (failure) {
    if (draft) await discard(engine, draft);
    throw new RedrillError('IMAGE', `cannot build ${ref} from Debian packages: ${failure}`, {
      hint:
        ended.status === 'rejected'
          ? '`apt-get install mmdebstrap` (Debian, as root), or use a machine that reaches an image registry.'
          : 'An image registry, or the Debian mirror that apt is configured for, must be reachable.',
      cause: ended.status === 'rejected' ? ended.reason : undefined,
    });
  }
  if (imported.status === 'rejected') throw imported.reason;
  const version = new RegExp(`^Get:.* ${recipe.packages[0]} \\S+ (\\S+) \\[`, 'm').exec(said)?.[1] ?? '';
  return { id: draft, contents: `${recipe.packages[0]} ${version}` };
}

function whyNot(ended: PromiseSettledResult<unknown[]>, said: string): string | undefined {
  if (ended.status === 'rejected')
    return ended.reason?.code === 'ENOENT' ? 'mmdebstrap is not installed' : messageOf(ended.reason);
  const [code, signal] = ended.value;
  if (code === 0) return undefined;
  return said.split('\n').find((line) => line.startsWith('E: ')) ?? `mmdebstrap ended with ${code ?? signal}`;
}

/** The engine answers an import with lines of JSON; the last one carries the id. */
async function lastStatus(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk.toString();
  const last = JSON.parse(text.trim().split('\n').at(-1) ?? '{}');
  if (!last.status)
    throw new RedrillError('IMAGE', `the engine refused the import: ${last.error ?? text.slice(0, 200)}`);
  return last.status;
}
