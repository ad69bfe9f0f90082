import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { duration } from '../../core/fields.js';
import { formatDuration, formatPercent } from '../../core/units.js';
import { parseInfo } from '../../deployment/nodes-text.js';
import { NoReply } from '../../server/no-reply.js';
import { ReplyError } from '../../server/resp.js';
import type { ManagedNode } from '../../topology/types.js';
import { type Notes, notes } from '../notes.js';
import { type Sight, shown } from '../noticed.js';
import { stream } from '../stream.js';
import { defineFault, type FaultContext } from '../types.js';
import { reversible } from '../undo.js';
import { slowCommand } from './slow-work.js';

const ways = { lua: 'lua', keys: 'keys', 'big-key': 'sort' } as const;

/** While one reads its reply, the next command waits already. */
const CLIENTS = 2;
/** A server that answers nothing for this long is busy with something, in ms. */
const SILENT = 1000;
/** Over this stretch its time is counted. */
const SPAN = 400;
/** More of its time than this is spent on commands. */
const BUSY = 0.5;
/** And by so much more than before: a server that was busy anyway shows nothing. */
const MORE = 0.2;
const BUDGET = 20_000;

export const saturateCpu = defineFault({
  summary: 'keep the server busy with commands, back to back: the one thread that serves everybody has no time left',
  handbook: ['2.1.4', '5.5'],
  params: z.strictObject({
    how: z
      .enum(['lua', 'keys', 'big-key'])
      .default('lua')
      .describe('lua: scripts that compute; keys: KEYS over many keys; big-key: SORT of one huge list'),
    busy: duration(
      'how long one script holds the server (lua); longer than cluster-node-timeout, and it is failed over',
      { least: '1ms', most: '10m' },
    ).prefault('100ms'),
    elements: z
      .int()
      .min(1000)
      .max(2_000_000)
      .default(200_000)
      .describe('how much a command goes through (keys: keys, big-key: elements)'),
  }),
  impact: 'none',
  example: { params: { how: 'lua', busy: '100ms' } },
  variants: [
    { params: { how: 'keys', elements: 50_000 } },
    { params: { how: 'big-key' } },
    { params: { how: 'lua', busy: '3s' } },
  ],
  inject: (targets, { how, busy, elements }, ctx) =>
    reversible(async (_undo, on) => {
      const commands = [];
      for (const node of targets)
        commands.push(await slowCommand(node, ways[how], { takes: busy, elements }, ctx, on(node)));
      const before = notes<number>();
      const shares = await Promise.all(targets.map((node) => shareNow(node, ctx)));
      for (const [i, node] of targets.entries()) before.set(node, shares[i]!);
      const at = ctx.clock.now();
      for (const [i, node] of targets.entries()) {
        const undo = on(node);
        undo(() => killScript(node));
        for (let n = 0; n < CLIENTS; n++) undo(stream(node, 0, commands[i]!).stop);
      }
      return { before, moment: { at, uncertainty: 1 } };
    }),
  effect: async (targets, _params, ctx, { before, moment, requestedAt }) => {
    const evidence = await shown(targets, ctx, requestedAt, BUDGET, timeWatch(before, ctx));
    // It held the server from its first command on; only to prove it takes a while.
    return { ...evidence, ...moment };
  },
});

/** Is it busy? By its own account of the time spent on commands since the first look, or by not answering at all. */
function timeWatch(usual: Notes<number>, ctx: FaultContext): (node: ManagedNode) => Sight {
  const first = new Map<string, { at: number; spent: number }>();
  return async (node) => {
    const connection = node.open({ timeout: SILENT });
    try {
      const spent = timeOnCommands(String(await connection.call(['INFO', 'commandstats'])));
      const at = ctx.clock.now();
      const before = first.get(node.name) ?? { at, spent };
      first.set(node.name, before);
      const share = at - before.at < SPAN ? 0 : (spent - before.spent) / (at - before.at);
      const was = usual.of(node);
      const text = `spends ${told(share)} of its time on commands (${told(was)} before)`;
      return { found: share > BUSY && share > was + MORE ? text : undefined, seen: text };
    } catch (error) {
      if (error instanceof ReplyError && error.code === 'BUSY') return { found: 'answers BUSY', seen: '' };
      if (error instanceof NoReply && error.reason === 'timeout')
        return { found: `answers nothing for ${formatDuration(SILENT)}`, seen: '' };
      throw error;
    } finally {
      connection.close();
    }
  };
}

const told = (share: number): string => formatPercent(Math.min(1, Math.round(share * 100) / 100));

/** What it spends on commands before it is given more of them. */
async function shareNow(node: ManagedNode, { clock, signal }: FaultContext): Promise<number> {
  const spent = async (): Promise<number> => timeOnCommands(String(await node.call(['INFO', 'commandstats'])));
  const [from, had] = [clock.now(), await spent()];
  await sleep(SPAN, undefined, { signal });
  const now = await spent();
  return (now - had) / (clock.now() - from);
}

/** ms, over all commands. */
const timeOnCommands = (info: string): number =>
  [...parseInfo(info)].reduce((sum, [, value]) => sum + Number(/\busec=(\d+)/.exec(value)?.[1] ?? 0), 0) / 1000;

/** A script can't be killed before the server listens again (busy-reply-threshold, 5 s), and none need be running. */
async function killScript(node: ManagedNode): Promise<void> {
  try {
    await node.call(['SCRIPT', 'KILL'], { timeout: BUDGET });
  } catch (error) {
    if (!(error instanceof ReplyError && error.code === 'NOTBUSY')) throw error;
  }
}
