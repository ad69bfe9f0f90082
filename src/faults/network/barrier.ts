/**
 * Barriers: packets that are turned away where they arrive, in the network namespace of the node that would have got them.
 *
 *   node-1 ──▶ │ node-2     { at: node-2, from: [node-1] } is one direction; a cut needs one at either end.
 *
 * Turned away where they arrive and not where they are sent, because a sender's own kernel would tell it: TCP would then
 * try again twice a second, which after a heal is back sooner than any real network.
 */
import { z } from 'zod';
import type { Barrier, Changed, Manner } from '../../fleet/types.js';
import type { ManagedNode } from '../../topology/types.js';
import type { Timed } from '../moment.js';
import type { FaultContext, Heal, Undoing } from '../types.js';

export const manner = z
  .enum(['drop', 'reject'])
  .default('drop')
  .describe(
    'drop: packets vanish and both ends wait; reject: TCP is answered with a reset, and both ends know at once',
  );

/** Barriers in both directions. */
export const between = (some: readonly ManagedNode[], others: readonly ManagedNode[], port?: number): Barrier[] => [
  ...some.map((at) => against(at, others, port)),
  ...others.map((at) => against(at, some, port)),
];

/** Each of them from everybody else. */
export const around = (targets: readonly ManagedNode[], all: readonly ManagedNode[], port?: number): Barrier[] =>
  all.map((at) =>
    against(
      at,
      all.filter((from) => from !== at && (targets.includes(at) || targets.includes(from))),
      port,
    ),
  );

/** One direction. */
export const against = (at: ManagedNode, from: readonly ManagedNode[], port?: number): Barrier => ({
  at: at.container,
  from: from.map(({ container }) => container),
  ...(port !== undefined && { port }),
});

/** Barriers that stand, since when, and how they are taken away. */
type Raised = Required<Undoing> & { moment: Timed };

/** Raises those around the targets all at once. Around one of them they can be taken away: then those around the others stay. */
export async function raiseAround(
  targets: readonly ManagedNode[],
  barriersOf: (targets: readonly ManagedNode[]) => readonly Barrier[],
  how: Manner,
  what: string,
  ctx: FaultContext,
): Promise<Raised> {
  return oneByOne(targets, (left) => raise(barriersOf(left), how, what, ctx));
}

/** Raises all of them at once. */
export async function raise(barriers: readonly Barrier[], how: Manner, what: string, { fleet }: FaultContext) {
  return standing(await fleet.cut(barriers, how, what));
}

/** A change as a fault tells of it. */
export const standing = ({ from, to, undo }: Changed): { heal: Heal; moment: Timed } => ({
  heal: undo,
  moment: { at: (from + to) / 2, uncertainty: (to - from) / 2 },
});

/** What stays for the others is there before what was there for all is taken away. */
export async function oneByOne(
  targets: readonly ManagedNode[],
  raise: (left: readonly ManagedNode[]) => Promise<{ heal: Heal; moment: Timed }>,
): Promise<Raised> {
  let left = targets;
  let { heal, moment } = await raise(targets);
  const without = async (node: ManagedNode): Promise<void> => {
    left = left.filter((other) => other !== node);
    const before = heal;
    if (left.length > 0) ({ heal } = await raise(left));
    else heal = async () => undefined;
    await before();
  };
  return { heal: () => heal(), moment, apart: new Map(targets.map((node) => [node.name, () => without(node)])) };
}
