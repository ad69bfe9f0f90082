/**
 * Barriers: packets that are turned away where they arrive, in the network namespace of the node that would have got them.
 *
 *   node-1 ──▶ │ node-2     { at: node-2, from: [node-1] } is one direction; a cut needs one at either end.
 *
 * Turned away where they arrive and not where they are sent, because a sender's own kernel would tell it: TCP would then
 * try again twice a second, which after a heal is back sooner than any real network.
 */
import { z } from 'zod';
import type { ManagedNode } from '../../topology/types.js';
import type { Timed } from '../moment.js';
import type { FaultContext, Heal, Undoing } from '../types.js';

export interface Barrier {
  at: ManagedNode;
  from: readonly ManagedNode[];
  /** Of TCP, at either end; everything without it. */
  port?: number;
}

export type Manner = 'drop' | 'reject';

export const manner = z
  .enum(['drop', 'reject'])
  .default('drop')
  .describe(
    'drop: packets vanish and both ends wait; reject: TCP is answered with a reset, and both ends know at once',
  );

/** Barriers in both directions. */
export const between = (some: readonly ManagedNode[], others: readonly ManagedNode[], port?: number): Barrier[] =>
  [...some.map((at) => ({ at, from: others })), ...others.map((at) => ({ at, from: some }))].map((barrier) =>
    port === undefined ? barrier : { ...barrier, port },
  );

/** Each of them from everybody else. */
export const around = (targets: readonly ManagedNode[], all: readonly ManagedNode[], port?: number): Barrier[] =>
  all.map((at) => ({
    at,
    from: all.filter((from) => from !== at && (targets.includes(at) || targets.includes(from))),
    ...(port !== undefined && { port }),
  }));

/** The reset from the other side's barrier must come through, or an old connection would wait as if packets vanished. */
export const LET_RESETS_IN = '-p tcp --tcp-flags RST RST -j RETURN';

/** A chain for iptables; fields of a rule are separated by blanks. */
export function rulesOf(barriers: readonly Barrier[], how: Manner): string[] {
  const rules = barriers.flatMap(({ from, port }) => {
    const source = `-s ${from.map((node) => node.container.ip).join(',')}`;
    const those = port === undefined ? source : `${source} -p tcp -m multiport --ports ${port}`;
    if (how === 'drop') return [`${those} -j DROP`];
    const tcp = port === undefined ? `${source} -p tcp` : those;
    return [`${tcp} -j REJECT --reject-with tcp-reset`, ...(port === undefined ? [`${source} -j DROP`] : [])];
  });
  return how === 'reject' ? [LET_RESETS_IN, ...rules] : rules;
}

/** One transaction: no packet sees half of it. Arguments after the name: the rules of the chain. */
const RAISE = `
chain=$1
shift
iptables -C INPUT -j "$chain" 2>/dev/null && jump= || jump="-I INPUT -j $chain"
{
  echo '*filter'
  echo ":$chain -"
  for rule; do echo "-A $chain $rule"; done
  echo "$jump"
  echo COMMIT
} | iptables-restore --noflush
`;

const RAZE = `
iptables -C INPUT -j "$1" 2>/dev/null || exit 0
printf '%s\\n' '*filter' "-D INPUT -j $1" "-F $1" "-X $1" COMMIT | iptables-restore --noflush
`;

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
export async function raise(barriers: readonly Barrier[], how: Manner, what: string, ctx: FaultContext) {
  const nodes = [...new Set(barriers.filter(({ from }) => from.length > 0).map(({ at }) => at))];
  const rules = (node: ManagedNode): string[] =>
    rulesOf(
      barriers.filter(({ at, from }) => at === node && from.length > 0),
      how,
    );
  return chains(new Map(nodes.map((node) => [node, rules(node)])), what, ctx);
}

/** A chain of rules for each node, which everything that comes in passes first. */
async function chains(rules: ReadonlyMap<ManagedNode, readonly string[]>, what: string, ctx: FaultContext) {
  const { from, to, undo } = await ctx.fleet.change({
    what,
    on: RAISE,
    off: RAZE,
    at: [...rules].map(([node, args]) => ({ container: node.container, args })),
  });
  return { heal: undo, moment: { at: (from + to) / 2, uncertainty: (to - from) / 2 } };
}

/** The same for rules that concern nobody but the node they are at. */
export const chainsOf = (
  targets: readonly ManagedNode[],
  rulesOf: (node: ManagedNode) => readonly string[],
  what: string,
  ctx: FaultContext,
): Promise<Raised> =>
  oneByOne(targets, (left) => chains(new Map(left.map((node) => [node, rulesOf(node)])), what, ctx));

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
