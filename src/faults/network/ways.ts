/** What the faults that shape packets share: which ways they are on, and proof of what packets suffer there. */
import { z } from 'zod';
import { messageOf, RedrillError } from '../../core/errors.js';
import { formatPercent } from '../../core/units.js';
import type { Datagrams, Destination, Impairment, Journey, Travelled, Way } from '../../fleet/types.js';
import { LONGEST, MANY } from '../../topology/target-field.js';
import { parseTarget } from '../../topology/targets.js';
import type { ManagedNode } from '../../topology/types.js';
import type { Timed } from '../moment.js';
import { DidNotBite, defineFault, type Example, type Fault, type FaultContext, type Injected } from '../types.js';
import { oneByOne } from './barrier.js';

/** Of many ways a few are measured: they are all shaped by one command, which fails as a whole. */
const MEASURED = 6;

const word = z
  .string()
  .max(LONGEST)
  .superRefine((text, issue) => {
    if (text === 'peers' || text === 'clients') return;
    try {
      parseTarget(text);
    } catch (error) {
      issue.addIssue({ code: 'custom', message: `${messageOf(error)}; or peers, or clients` });
    }
  });

export const towards = z
  .union([word, z.array(word).min(1).max(MANY)])
  .default(['peers', 'clients'])
  .meta({
    description:
      'Whom the packets go to: peers, clients (the load and the probes; the observers are spared), or targets such as zone us; or a list of them.',
    examples: ['peers', 'clients', 'zone us', ['replica of shard 1', 'clients']],
  });

interface Shaping<P> {
  summary: string;
  handbook?: string[];
  params: z.ZodType<P & { towards: string | string[] }>;
  suffers(params: P): Impairment;
  /** Beside `shape`, by whose datagrams it is measured. */
  throttles?: true;
  /** The datagrams that show it. */
  datagrams(params: P): Datagrams;
  /** What they showed, in words; or why that is no proof. */
  judge(before: Travelled, after: Travelled, params: P): { shown: string } | { why: string };
  example: Example;
}

export interface Measured extends Injected {
  moment: Timed;
  journeys: Journey[];
  baseline: Travelled[];
  how: string;
}

/** A fault that shapes what its targets send. */
export function defineShaping<P>({
  suffers,
  datagrams,
  judge,
  params,
  throttles,
  ...rest
}: Shaping<P>): Fault<P & { towards: string | string[] }, Measured> {
  return defineFault<P & { towards: string | string[] }, Measured>({
    ...rest,
    params,
    impact: 'none',
    needs: ['shape', ...(throttles ? ['throttle' as const] : []), 'watch-apart'],
    targetParams: ['towards'],
    inject: async (targets, given, ctx) => {
      const ways = await waysOf(targets, given.towards, suffers(given), ctx);
      const journeys = sample(ways, ctx);
      const baseline = await ctx.fleet.travel(journeys, datagrams(given));
      const silent = baseline.findIndex(({ received }) => received === 0);
      if (silent >= 0)
        throw new DidNotBite(`${nameOf(journeys[silent]!)}: no packet came through before it was shaped`);
      let how = '';
      const shaped = await oneByOne(targets, async (left) => {
        const those = ways.filter(({ from }) => left.some(({ container }) => container === from));
        const { undo, from, to, ...made } = await orDidNotBite(() => ctx.fleet.shape(those));
        how = made.how;
        return { heal: undo, moment: { at: (from + to) / 2, uncertainty: (to - from) / 2 } };
      });
      return { ...shaped, journeys, baseline, how };
    },
    effect: async (_targets, given, ctx, { journeys, baseline, how, moment }) => {
      const after = await ctx.fleet.travel(journeys, datagrams(given));
      const shown = journeys.map((journey, i) => {
        const verdict = judge(baseline[i]!, after[i]!, given);
        if ('why' in verdict) throw new DidNotBite(`${nameOf(journey)}: ${verdict.why}`);
        return `${nameOf(journey)}: ${verdict.shown}`;
      });
      return { ...moment, text: `${shown.join('; ')}; by ${how}` };
    },
  });
}

async function waysOf(
  targets: ManagedNode[],
  towards: string | string[],
  suffers: Impairment,
  ctx: FaultContext,
): Promise<Way[]> {
  const words = [towards].flat();
  const named = words.filter((text) => text !== 'peers' && text !== 'clients');
  const nodes = words.includes('peers') ? ctx.topology.all : named.length > 0 ? await ctx.resolve(named) : [];
  return targets.map((target): Way => {
    const peers: Destination[] = nodes.filter((node) => node !== target).map((node) => node.container);
    const to: Destination[] = words.includes('clients') ? [...peers, 'clients'] : peers;
    if (to.length === 0) throw new DidNotBite(`${target.name} sends nothing to ${words.join(', ')}: that is itself`);
    return { from: target.container, to, suffers };
  });
}

/** One peer of each of a few targets, and the clients of one. Only what runs can send and receive. */
function sample(ways: readonly Way[], { view, rng }: FaultContext): Journey[] {
  const up = (name: string): boolean => view().nodes.get(name)?.reachable === true;
  const able = ways.filter(({ from }) => up(from.name));
  if (able.length === 0) throw new DidNotBite('none of the targets runs');
  const toPeers = able.flatMap(({ from, to }): Journey[] => {
    const peers = to.filter((peer) => peer !== 'clients' && up(peer.name));
    return peers.length > 0 ? [{ from, to: rng.pick(peers) }] : [];
  });
  const toClients = able.flatMap(({ from, to }): Journey[] =>
    to.includes('clients') ? [{ from, to: 'clients' }] : [],
  );
  const journeys = [...rng.shuffle(toPeers).slice(0, MEASURED), ...rng.shuffle(toClients).slice(0, 1)];
  if (journeys.length === 0) throw new DidNotBite('none of those that the packets go to runs');
  return journeys;
}

const nameOf = ({ from, to }: Journey): string => `${from.name} to ${to === 'clients' ? to : to.name}`;

/** A kernel that can't is no failure of the drill's engine. */
async function orDidNotBite<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RedrillError && error.code === 'ENVIRONMENT')
      throw new DidNotBite(error.message, { cause: error });
    throw error;
  }
}

/** Enough datagrams that a share of them is seen: twenty of the rare ones are expected. */
export const enoughFor = (share: number): Datagrams => ({
  count: Math.min(10_000, Math.max(200, Math.ceil(20 / share))),
  gap: 0.3,
  size: 100,
  patience: 300,
});

/** A fifth of what is expected, more than before: chance alone hardly ever misses that. */
export function seen(what: string, counts: { before: number; after: number; of: number }, expected: number) {
  const [before, after] = [counts.before / counts.of, counts.after / counts.of];
  const told = `${counts.after} of ${counts.of} packets ${what} (${formatPercent(before)} before)`;
  return after >= before + expected / 5 ? { shown: told } : { why: `only ${told}` };
}

/** Datagrams that show how long packets take. */
export const timed = (longest: number): Datagrams => ({ count: 40, gap: 2, size: 100, patience: 300 + 2 * longest });
