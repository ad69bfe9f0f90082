import { z } from 'zod';
import { duration } from '../../core/fields.js';
import { s } from '../../core/units.js';
import { WaitTimeout } from '../../core/until.js';
import { bringUp } from '../../topology/bring-up.js';
import { hasSettings, putBack, writeForNextStart } from '../../topology/next-start.js';
import { lowered, type Settings } from '../../topology/settings.js';
import { nextSettings } from '../../topology/settings-field.js';
import type { RedisNode } from '../../topology/types.js';
import { DidNotBite, defineFault } from '../types.js';
import { reversible } from '../undo.js';
import { allRun, exitCode, START_BUDGET, watchEnd } from './process.js';

export const restart = defineFault({
  summary: 'stop the server and start it again at once, as a supervisor with a restart policy does',
  handbook: ['2.1.1', '5.1.3'],
  params: z.strictObject({
    grace: duration('time for an orderly shutdown before SIGKILL', { least: '1s', most: '10m' }).prefault('15s'),
    kill: z.boolean().default(false).describe('SIGKILL instead of an orderly shutdown'),
    config: nextSettings.optional(),
    wait: z
      .boolean()
      .default(true)
      .describe(
        'what comes after it waits until the server answers again (at the longest 30s); false: until it is started',
      ),
  }),
  impact: 'stops',
  comesBack: true,
  variants: [{ params: { config: { maxmemory: '64mb' }, kill: true } }],
  inject: (targets, { grace, kill, config, wait }, ctx) =>
    reversible(async (_undo, on) => {
      await allRun(targets);
      const settings = config && lowered(config);
      if (settings) refuseSentinels(targets);
      const within = grace + s(5);
      const ending = watchEnd(targets, { within, what: 'stopped and started again' }, ctx);
      const told = await Promise.all(
        targets.map(async (node) => {
          const file = { before: undefined as string | undefined };
          on(node)(() => bringBack(node, file.before, wait));
          const ended = exitCode(node, within);
          await Promise.all([ended, kill ? node.container.kill('SIGKILL') : node.container.stop(grace)]);
          if (settings) file.before = await writeForNextStart(node, settings);
          if (!wait) {
            await node.container.start();
            return `${node.name} is not waited for`;
          }
          await begin(node, ctx.signal, settings);
          return settings ? `${node.name} has ${await hasSettings(node, settings)}` : undefined;
        }),
      );
      const proof = ending.then((evidence) => ({
        ...evidence,
        text: [evidence.text, ...told.filter((text) => text !== undefined)].join('; '),
      }));
      proof.catch(() => undefined);
      return { proof };
    }),
  effect: (_targets, _params, _ctx, { proof }) => proof!,
});

function refuseSentinels(targets: readonly RedisNode[]): void {
  const sentinel = targets.find(({ initial }) => initial.role === 'sentinel');
  if (sentinel) throw new DidNotBite(`${sentinel.name} rewrites its settings itself: config is for servers`);
}

/** One that is down keeps no settings that it can't start with. Who was not to be waited for is not waited for now. */
async function bringBack(node: RedisNode, file: string | undefined, wait: boolean): Promise<void> {
  if (!wait && (await node.container.state()).status === 'running') return;
  await bringUp(node, START_BUDGET, undefined, async () => {
    if (file !== undefined) await putBack(node, file);
  });
}

/** A server that loads for longer than anybody waits here was restarted all the same: when it answers is what is measured. */
async function begin(node: RedisNode, signal: AbortSignal, settings: Settings | undefined): Promise<void> {
  try {
    await bringUp(node, START_BUDGET, signal);
  } catch (error) {
    if (!(error instanceof WaitTimeout)) throw error;
    const { status, exitCode } = await node.container.state();
    if (status === 'running' && !settings) return;
    const said = (await node.container.logs()).at(-1)?.text.trim();
    throw new DidNotBite(
      status === 'running'
        ? `${node.name} does not answer within ${START_BUDGET} ms: nobody can tell what settings it has`
        : `${node.name} does not start: exit code ${exitCode}, ${said}`,
    );
  }
}
