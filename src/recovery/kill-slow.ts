import { z } from 'zod';
import { duration, size } from '../core/fields.js';
import { formatDuration, formatSize } from '../core/units.js';
import { until } from '../core/until.js';
import { NoReply } from '../server/no-reply.js';
import { ReplyError } from '../server/resp.js';
import { clientsOf, type ServerClient, type SlowCommand, slowLogOf } from '../server/slow-log.js';
import type { ManagedNode } from '../topology/types.js';
import { targetField, timeoutField } from './fields.js';
import { defineManagedProcedure, type ManagedContext } from './types.js';

/** ms in which a server that nothing holds up has answered. */
const PROMPT = 1000;
/** ms. A script can only be killed once the server listens again: busy-reply-threshold, 5 s by default. */
const SCRIPT = 15_000;
/** ms for somebody to show. */
const WATCH = 5000;
/** A single slow command is bad luck (on a busy machine anybody's is slow at times), unless it took this many ms. */
const [OFTEN, LONG] = [3, 1000];
/** Seconds: what is older is another story. */
const RECENT = 60;
/** ms without slow commands after which they have stopped. */
const CALM = 2000;

/**
 * Who holds the server up is found and stopped. To raise the threshold of the slow log (handbook 5.5) only hides it: the
 * server is as slow as before.
 */
export const killSlow = defineManagedProcedure({
  summary: 'find what holds servers up (a script, the client of slow commands, clients that do not read) and stop it',
  handbook: ['5.5', '5.6'],
  params: z.strictObject({
    target: targetField.optional().describe('nodes to look at; default: all of them'),
    slower_than: duration('a command that takes longer is slow', { least: '1ms', most: '10m' }).prefault('20ms'),
    unread: size('a client that leaves this much unread is stopped', { least: '16kb', most: '1gb' }).prefault('1mb'),
    timeout: timeoutField('time until nothing slow comes any more').prefault('20s'),
  }),
  restoresService: true,
  steps: async (ctx, { target, slower_than, unread }) => {
    const nodes = await chosen(ctx, target);
    let scripts = 0;
    for (const node of nodes) if ((await heldUp(node)) && (await killScript(ctx, node))) scripts++;
    const look = async (): Promise<Culprit[]> => {
      const found = nodes.map(async (node) => ({
        node,
        clients: await clientsOf(node),
        slow: await recent(node, slower_than),
      }));
      return culpritsAmong(await Promise.all(found), unread);
    };
    const culprits =
      scripts > 0
        ? await look()
        : await until(look, (found) => found.length > 0, {
            describe: `a client with commands longer than ${formatDuration(slower_than)}, or with ${formatSize(unread)} unread`,
            within: WATCH,
            signal: ctx.signal,
            show: () => 'none',
          });
    for (const { node, client, why } of culprits) await kill(ctx, node, client, why);
  },
  verify: async (ctx, { target, slower_than, timeout }) => {
    const nodes = await chosen(ctx, target);
    // Since when nothing that matters came, and of every node the newest command of before.
    let quiet: { since: number; newest: Map<string, number> } | undefined;
    await until(
      async () => {
        const found = await Promise.all(nodes.map(async (node) => ({ node, slow: await recent(node, slower_than) })));
        const costly = found.flatMap(({ node, slow }) => costlyOn(node, slow, quiet?.newest.get(node.name)));
        if (!quiet || costly.length > 0) {
          const newest = new Map(found.map(({ node, slow }) => [node.name, slow[0]?.id ?? -1]));
          quiet = { since: ctx.clock.now(), newest };
        }
        return { calm: ctx.clock.now() - quiet.since, costly };
      },
      ({ calm }) => calm >= CALM,
      {
        describe: 'no slow command comes any more',
        within: timeout,
        signal: ctx.signal,
        show: ({ costly }) => costly.join(', ') || 'none, but not for long enough',
      },
    );
  },
});

/** Commands after `last` that held the node up, whoever sent them: who was stopped may have come back. */
function costlyOn(node: ManagedNode, slow: readonly SlowCommand[], last = Number.POSITIVE_INFINITY): string[] {
  const took = new Map<string, number[]>();
  for (const { id, took: ms, words } of slow) {
    if (id <= last) continue;
    const of = words[0]!.toUpperCase();
    took.set(of, [...(took.get(of) ?? []), ms]);
  }
  return [...took].flatMap(([command, times]) =>
    isCostly(times) ? [`${times.length} × ${command} on ${node.name}, ${formatDuration(sum(times))}`] : [],
  );
}

async function chosen(ctx: ManagedContext, target: string | string[] | undefined): Promise<readonly ManagedNode[]> {
  const nodes = target === undefined ? ctx.topology.nodes : await ctx.resolve(target);
  const up = await Promise.all(nodes.map(async (node) => (await node.container.state()).status === 'running'));
  return nodes.filter((_, i) => up[i]);
}

async function heldUp(node: ManagedNode): Promise<boolean> {
  const connection = node.open({ timeout: PROMPT });
  try {
    return (await connection.call(['PING'])) !== 'PONG';
  } catch (error) {
    if (error instanceof NoReply) return error.reason === 'timeout';
    return error instanceof ReplyError && error.code === 'BUSY';
  } finally {
    connection.close();
  }
}

/** @returns whether there was one: the server may have been held up by a command that is over by now. */
async function killScript(ctx: ManagedContext, node: ManagedNode): Promise<boolean> {
  const reply = await ctx.step(
    `Kill the script that ${node.name} is busy with`,
    { node: node.name, command: 'SCRIPT KILL' },
    async () => {
      try {
        return String(await node.call(['SCRIPT', 'KILL'], { timeout: SCRIPT }));
      } catch (error) {
        if (error instanceof NoReply) throw new Error(`${node.name} does not answer: it is not slow, it hangs`);
        if (error instanceof ReplyError && error.code === 'UNKILLABLE')
          throw new Error('the script has already written: only SHUTDOWN NOSAVE ends it, after its replica leads');
        if (error instanceof ReplyError && error.code === 'NOTBUSY') return error.message;
        throw error;
      }
    },
  );
  if (reply !== 'OK') return false;
  // It is only told to end: until it looks up, everybody else is still refused.
  await until(
    () => heldUp(node),
    (held) => !held,
    {
      describe: `the script on ${node.name} has ended`,
      within: WATCH,
      every: 20,
      signal: ctx.signal,
      show: () => 'still busy',
    },
  );
  return true;
}

async function recent(node: ManagedNode, slowerThan: number): Promise<SlowCommand[]> {
  const log = (await slowLogOf(node)) ?? [];
  const [now] = (await node.call(['TIME'])) as string[];
  return log.filter(({ took, at }) => took > slowerThan && Number(now) - at <= RECENT);
}

interface Found {
  node: ManagedNode;
  clients: readonly ServerClient[];
  slow: readonly SlowCommand[];
}

interface Culprit {
  node: ManagedNode;
  client: ServerClient;
  why: string;
}

const sum = (times: readonly number[]): number => times.reduce((all, ms) => all + ms, 0);
const isCostly = (times: readonly number[]): boolean => times.length >= OFTEN || sum(times) >= LONG;

/**
 * Clients that leave replies unread, and the one whose slow commands cost the most time over all nodes, with those that cost at
 * least half as much. A link between servers is no client.
 */
function culpritsAmong(found: readonly Found[], unread: number): Culprit[] {
  const suspects = found.flatMap(({ node, clients, slow }) =>
    clients
      .filter(({ link }) => !link)
      .map((client) => {
        const mine = slow.filter((command) => command.client === client.address);
        const times = mine.map(({ took }) => took);
        return { node, client, mine, cost: isCostly(times) ? sum(times) : 0 };
      }),
  );
  const most = Math.max(0, ...suspects.map(({ cost }) => cost));
  return suspects.flatMap(({ node, client, mine, cost }) => {
    const why = [
      ...(most > 0 && cost >= most / 2
        ? [`${formatDuration(cost)} in ${mine.length} × ${mine[0]!.words[0]} and the like`]
        : []),
      ...(client.unread >= unread ? [`${formatSize(client.unread)} of replies to ${client.command} unread`] : []),
    ];
    return why.length > 0 ? [{ node, client, why: why.join(', ') }] : [];
  });
}

const kill = (ctx: ManagedContext, node: ManagedNode, client: ServerClient, why: string): Promise<unknown> =>
  ctx.step(
    `Stop client ${client.address}: ${why}`,
    { node: node.name, command: `CLIENT KILL ID ${client.id}` },
    async () => String(await node.call(['CLIENT', 'KILL', 'ID', client.id])),
  );
