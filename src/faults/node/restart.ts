import { z } from 'zod';
import { messageOf } from '../../core/errors.js';
import { duration } from '../../core/fields.js';
import { s } from '../../core/units.js';
import { until, WaitTimeout } from '../../core/until.js';
import { watches } from '../../deployment/roles.js';
import { bringUp } from '../../topology/bring-up.js';
import { hasSettings, putBack, writeForNextStart } from '../../topology/next-start.js';
import { lowered, type Settings } from '../../topology/settings.js';
import { nextSettings } from '../../topology/settings-field.js';
import type { ManagedNode } from '../../topology/types.js';
import { DidNotBite, defineFault } from '../types.js';
import { reversible } from '../undo.js';
import { allRun, exitCode, revive, START_BUDGET, watchEnd } from './process.js';

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
  needs: ['signal', 'stop', 'restart', 'files-while-down'],
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
          if (settings) return `${node.name} has ${await beginWith(settings, node, ctx.signal)}`;
          await begin(node, ctx.signal);
          return undefined;
        }),
      );
      const proof = ending.then((evidence) => ({
        ...evidence,
        text: [evidence.text, ...told.filter((text) => text !== undefined)].join('; '),
      }));
      proof.catch(() => undefined);
      return { proof };
    }),
  effect: (_targets, _params, _ctx, { proof }) => proof,
});

function refuseSentinels(targets: readonly ManagedNode[]): void {
  const sentinel = targets.find(({ initial }) => watches(initial));
  if (sentinel) throw new DidNotBite(`${sentinel.name} rewrites its settings itself: config is for servers`);
}

/** One that is down keeps no settings that it can't start with. Who was not to be waited for is not waited for now. */
async function bringBack(node: ManagedNode, file: string | undefined, wait: boolean): Promise<void> {
  if (!wait && (await node.container.state()).status === 'running') return;
  await revive(node, async () => {
    if (file !== undefined) await putBack(node, file);
  });
}

/** A server that loads for longer than anybody waits here was restarted all the same: when it answers is what is measured. */
async function begin(node: ManagedNode, signal: AbortSignal): Promise<void> {
  try {
    await bringUp(node, START_BUDGET, signal);
  } catch (error) {
    if (!(error instanceof WaitTimeout) || (await node.container.state()).status !== 'running') throw error;
  }
}

/** Once: a server that refuses its configuration refuses it the next time too. @returns what it has, in words. */
async function beginWith(settings: Settings, node: ManagedNode, signal: AbortSignal): Promise<string> {
  await node.container.start();
  const status = await until(
    async () => {
      const { status } = await node.container.state();
      if (status === 'exited') return status;
      return node.call(['PING'], { timeout: 250 });
    },
    (seen) => seen === 'PONG' || seen === 'exited',
    { describe: `${node.name} answers, to be asked for its settings`, within: START_BUDGET, every: 20, signal },
  );
  if (status === 'exited') {
    const said = (await node.container.logs()).slice(-4).map(({ text }) => text.trim());
    throw new DidNotBite(`${node.name} does not start with these settings: ${said.filter(Boolean).join(' / ')}`);
  }
  return hasSettings(node, settings).catch((error) => {
    throw new DidNotBite(messageOf(error));
  });
}
