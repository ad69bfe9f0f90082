import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { duration } from '../../core/fields.js';
import { s } from '../../core/units.js';
import { traitsOf } from '../../deployment/kinds.js';
import { watches } from '../../deployment/roles.js';
import type { Fleet } from '../../fleet/types.js';
import { bringUp } from '../../topology/bring-up.js';
import { pathsOf } from '../../topology/config.js';
import { targetWords } from '../../topology/target-field.js';
import type { ManagedNode, Topology } from '../../topology/types.js';
import { type Notes, notes } from '../notes.js';
import { DidNotBite, defineFault, type FaultContext } from '../types.js';
import { nodeByNode } from '../undo.js';
import { allRun, exitCode, KILLED, revive, START_BUDGET, startedAgain, watchEnd } from './process.js';

/** For an orderly shutdown, before it is killed. */
const GRACE = s(15);
const ENDING = GRACE + s(5);

const announcements = ['new', 'old', 'nothing'] as const;
type Announcement = (typeof announcements)[number];

export const readdress = defineFault({
  summary:
    'end the server and start it again, with all it had, at another address: as a container that is scheduled anew, or two that change places',
  handbook: ['2.1.1', '5.1.3'],
  params: z.strictObject({
    swap_with: targetWords
      .optional()
      .describe(
        'a node that gets the address of the target, and the target gets its; default: an address that nobody had',
      ),
    announces: z
      .enum(announcements)
      .default('new')
      .describe(
        'what its configuration tells the others. new: where it is; old: where it was, as a fixed setting does; nothing: they have to see it',
      ),
    away: duration('how long it is gone', { least: '0s', most: '10m' }).prefault('0s'),
    kill: z.boolean().default(false).describe('SIGKILL instead of an orderly shutdown'),
  }),
  impact: 'stops',
  comesBack: true,
  needs: ['signal', 'stop', 'restart', 'files-while-down', 'readdress', 'see-network'],
  targetParams: ['swap_with'],
  variants: [{ params: { kill: true, away: '500ms' }, target: 'replica of shard 1' }],
  inject: async (targets, { swap_with, announces, away, kill }, ctx) => {
    const moves = movesOf(targets, swap_with === undefined ? undefined : await ctx.resolve(swap_with), ctx);
    const nodes = [...moves.keys()];
    await allRun(nodes);
    const before = await kernelsWord(nodes, ctx.fleet);
    const ended = watchEnd(nodes, { within: ENDING, ...(kill && { code: KILLED, signal: 'SIGKILL' }) }, ctx);
    try {
      await Promise.all(nodes.map((node) => end(node, kill)));
    } catch (error) {
      await startedAgain(nodes).heal();
      throw error;
    }
    const healed = new AbortController();
    const back = comeBack(moves, announces, away, ctx, healed.signal);
    const proof = Promise.all([ended, back]).then(async ([evidence]) => {
      const shown = moved(moves, before, await kernelsWord(nodes, ctx.fleet));
      return { ...evidence, text: `${evidence.text}; ${shown}` };
    });
    for (const promise of [back, proof]) promise.catch(() => undefined);
    return {
      hits: nodes,
      proof,
      ...nodeByNode(nodes, async (node) => {
        healed.abort();
        await back.catch(() => undefined);
        await revive(node);
      }),
    };
  },
  effect: (_targets, _params, _ctx, { proof }) => proof,
});

type Moves = ReadonlyMap<ManagedNode, { from: string; to: string }>;

function movesOf(targets: readonly ManagedNode[], peers: readonly ManagedNode[] | undefined, ctx: FaultContext): Moves {
  const move = (node: ManagedNode, to: string) => [node, { from: node.container.ip, to }] as const;
  if (peers === undefined)
    return new Map(targets.map((node) => move(node, freshAddress(ctx.fleet, ctx.topology, node))));
  const [[one], [other]] = [targets, peers];
  if (targets.length !== 1 || peers.length !== 1 || one === other)
    throw new DidNotBite(
      `two nodes change places, not ${[...targets, ...peers].map(({ name }) => name).join(', ')}: name one target, and one other with swap_with`,
    );
  return new Map([move(one!, other!.container.ip), move(other!, one!.container.ip)]);
}

/** Each node has some of its own, so that several at once get different ones. */
function freshAddress(fleet: Fleet, { all, info }: Topology, node: ManagedNode): string {
  const moves = info.find(({ name }) => name === node.name)?.laterAddresses?.length ?? 0;
  return fleet.spare(node.index + moves * all.length);
}

async function end(node: ManagedNode, kill: boolean): Promise<void> {
  const ended = exitCode(node, ENDING);
  await Promise.all([ended, kill ? node.container.kill('SIGKILL') : node.container.stop(GRACE)]);
}

/** A heal shortens its absence, and an interruption ends it where it was. */
async function comeBack(
  moves: Moves,
  announces: Announcement,
  away: number,
  ctx: FaultContext,
  healed: AbortSignal,
): Promise<void> {
  await sleep(away, undefined, { signal: AbortSignal.any([healed, ctx.signal]) }).catch(() => undefined);
  ctx.signal.throwIfAborted();
  for (const node of moves.keys())
    if ((await node.container.state()).status !== 'exited')
      throw new DidNotBite(`somebody started ${node.name} where it was, before it was to come back elsewhere`);
  for (const [node, { from, to }] of moves)
    await announce(node, { new: to, old: from, nothing: undefined }[announces], announces === 'new', ctx.topology);
  await ctx.fleet.readdress(new Map([...moves].map(([node, { to }]) => [node.container, to])));
  ctx.topology.addresses.learn(new Map([...moves].map(([node, { to }]) => [node.name, to])), ctx.clock.now());
  await Promise.all([...moves.keys()].map((node) => bringUp(node, START_BUDGET, ctx.signal)));
}

/** Writes it into the configuration of a node that is down. */
async function announce(
  node: ManagedNode,
  address: string | undefined,
  isTrue: boolean,
  { kind, spec }: Topology,
): Promise<void> {
  // Names go where the node goes.
  if (spec.sentinels?.hostnames) return;
  const traits = traitsOf(kind);
  const name = watches(node.initial) ? 'sentinel announce-ip' : traits.announces.setting;
  const { config } = pathsOf(node);
  const text = (await node.container.read(config)).toString();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith(`${name} `));
  // What does not announce itself from the start the others see where it comes from.
  const silent = address === undefined || (isTrue && !watches(node.initial) && !traits.announces.always);
  const line = silent ? [] : [`${name} ${address}`];
  await node.container.write(config, `${[...lines, ...line].join('\n')}\n`);
}

/** The addresses of each node as its kernel has them. */
async function kernelsWord(nodes: readonly ManagedNode[], fleet: Fleet): Promise<Notes<string[]>> {
  const found = await fleet.network(nodes.map(({ container }) => container));
  const addresses = notes<string[]>();
  for (const node of nodes) addresses.set(node, found.get(node.name)?.addresses ?? []);
  return addresses;
}

/** In words, or DidNotBite: each has the address that it was to get, which it had not before, and not the one that it had. */
function moved(moves: Moves, before: Notes<string[]>, after: Notes<string[]>): string {
  return [...moves]
    .map(([node, { from, to }]) => {
      const [had, has] = [before.of(node), after.of(node)];
      if (!has.includes(to) || had.includes(to) || !had.includes(from) || has.includes(from))
        throw new DidNotBite(`${node.name} has ${has.join(', ') || 'no address'}, and had ${had.join(', ')}`);
      return `${node.name} was at ${from} and came back at ${to}`;
    })
    .join('; ');
}
