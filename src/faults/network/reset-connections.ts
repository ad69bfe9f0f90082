import { z } from 'zod';
import { until, WaitTimeout } from '../../core/until.js';
import { PATIENCE } from '../../server/info.js';
import { NoReply } from '../../server/no-reply.js';
import type { ManagedNode } from '../../topology/types.js';
import { DidNotBite, defineFault, type FaultContext } from '../types.js';
import { again, againField } from './reset.js';

/** How long a reset may take to arrive. */
const ARRIVAL = 3000;

export const resetConnections = defineFault({
  summary: 'reset the established connections of clients to each target, once or again and again; new ones are let in',
  handbook: ['2.1.2'],
  params: z.strictObject({
    who: z
      .enum(['clients', 'everybody'])
      .default('clients')
      .describe('clients: whoever is no node of the topology; everybody: its replicas too'),
    every: againField,
  }),
  impact: 'none',
  needs: ['reset'],
  inject: async (targets, { who, every }, ctx) => {
    const witnesses = await Promise.all(targets.map((node) => witness(node, ctx)));
    const spared = who === 'clients' ? ctx.topology.all.map(({ container }) => container) : [];
    const left = new Set(targets);
    const reset = (): Promise<unknown> =>
      ctx.fleet.reset(
        [...left].map(({ container, announced: { port } }) => ({ of: container, port, made: 'in', but: spared })),
      );
    try {
      await reset();
      const at = await allBroken(witnesses, ctx.signal);
      return { ...again(left, reset, every), moment: { at, uncertainty: 1 } };
    } finally {
      for (const { close } of witnesses) close();
    }
  },
  effect: async (targets, { every }, _ctx, { moment }) => ({
    ...moment,
    text: `a connection to ${targets.map((node) => node.name).join(', ')} was reset${every === undefined ? '' : `, and again every ${every} ms`}`,
  }),
});

/** A client of our own on each target: its connection must break, and says when. */
async function witness(node: ManagedNode, { clock }: FaultContext) {
  const origin = clock.now() - performance.now();
  let brokenAt: number | undefined;
  const connection = node.open({
    to: node.front,
    onClose: (at) => {
      brokenAt = at + origin;
    },
  });
  await connection.call(['PING'], PATIENCE).catch((error: unknown) => {
    if (error instanceof NoReply)
      throw new DidNotBite(`${node.name} has no connections to reset: ${error.message}`, { cause: error });
    throw error;
  });
  return { name: node.name, brokenAt: () => brokenAt, close: () => connection.close() };
}

type Witness = Awaited<ReturnType<typeof witness>>;

/** When the last of them was reset. */
async function allBroken(witnesses: readonly Witness[], signal: AbortSignal): Promise<number> {
  try {
    await until(
      () => witnesses.filter(({ brokenAt }) => brokenAt() === undefined),
      (left) => left.length === 0,
      {
        describe: 'connections of our own are reset',
        within: ARRIVAL,
        every: 5,
        signal,
        show: (left) => `not on ${left.map(({ name }) => name).join(', ')}`,
      },
    );
  } catch (error) {
    if (!(error instanceof WaitTimeout)) throw error;
    throw new DidNotBite(error.message, { cause: error });
  }
  return Math.max(...witnesses.map(({ brokenAt }) => brokenAt()!));
}
