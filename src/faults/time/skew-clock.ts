import { z } from 'zod';
import { offset } from '../../core/fields.js';
import { formatDuration, s } from '../../core/units.js';
import { until } from '../../core/until.js';
import { aheadOf } from '../../server/wall-clock.js';
import type { ManagedNode } from '../../topology/types.js';
import { first } from '../moment.js';
import { type Notes, notes } from '../notes.js';
import { noticed } from '../noticed.js';
import { defineFault, type FaultContext } from '../types.js';
import { reversible } from '../undo.js';

/** ms by which a clock may differ from what it was set to: round trips on a busy machine. */
const SLACK = 100;
const PATIENCE = s(10);

/** How far each node was ahead before, ms. */
type Before = Notes<number>;

export const skewClock = defineFault({
  summary: "set the server's wall clock wrong, by an offset, or by a speed other than real; monotonic time stays right",
  handbook: ['2.1.1'],
  params: z
    .strictObject({
      offset: offset('how far the clock jumps, ahead (+) or back (-)', { least: '-87600h', most: '+87600h' }).prefault(
        '0s',
      ),
      speed: z
        .number()
        .min(0.1)
        .max(100)
        .default(1)
        .describe('how fast it runs from then on: 1.1 gains 100 ms in each second, 0.9 loses as much'),
    })
    .refine(
      ({ offset, speed }) => offset !== 0 || speed !== 1,
      'a clock with neither offset nor another speed is right',
    )
    .refine(
      ({ offset }) => offset === 0 || Math.abs(offset) >= 4 * SLACK,
      `an offset below ${4 * SLACK}ms can't be told from a slow answer`,
    ),
  impact: 'none',
  needs: ['skew-clock'],
  example: {
    target: 'primary of shard 1',
    params: { offset: '+1h' },
    topology: { shards: 1, replicas: 1 },
  },
  variants: [
    { target: 'primary of shard 1', params: { offset: '-1h', speed: 1.5 }, topology: { shards: 1, replicas: 1 } },
  ],
  inject: (targets, { offset, speed }, ctx) =>
    reversible(async (_undo, on) => {
      const before = notes<number>();
      for (const node of targets) before.set(node, (await aheadOf(node, ctx.clock)).ahead);
      for (const node of targets) on(node)(() => setRight(node, before, ctx));
      await Promise.all(targets.map((node) => node.container.setClock({ offset, drift: speed - 1 })));
      return { before };
    }),
  effect: async (targets, { offset, speed }, ctx, { before, requestedAt }) => {
    const seen = await Promise.all(
      targets.map(async (node) => {
        const look = { node, before, since: requestedAt, ctx };
        const jump = offset === 0 ? undefined : await jumped(offset, look);
        const drift = speed === 1 ? undefined : await drifted(speed, jump?.value ?? 0, look);
        const moment = (jump ?? drift)!;
        return {
          ...moment,
          text: `TIME of ${node.name} is ${formatDuration(Math.round(Math.abs(moment.value) / SLACK) * SLACK)} ${moment.value < 0 ? 'behind' : 'ahead'}`,
        };
      }),
    );
    const { at, uncertainty } = first(seen);
    return { at, uncertainty, text: seen.map(({ text }) => text).join('; ') };
  },
});

interface Look {
  node: ManagedNode;
  before: Before;
  since: number;
  ctx: FaultContext;
}

/** ms that its clock has moved since before the fault. */
const moved = async ({ node, before, ctx: { clock } }: Omit<Look, 'since'>): Promise<number> =>
  (await aheadOf(node, clock, 1)).ahead - before.of(node);

const jumped = (offset: number, look: Look) => {
  const { node, since, ctx } = look;
  return noticed(ctx, { describe: `${node.name} shows another time`, within: PATIENCE, since, every: 5 }, async () => {
    const by = await moved(look);
    // Whatever it has gained by running too fast since then comes on top.
    const enough = Math.sign(by) === Math.sign(offset) && Math.abs(by) >= Math.abs(offset) / 2;
    return { found: enough ? by : undefined, seen: `off by ${Math.round(by)} ms` };
  });
};

/** `from`: ms that it was wrong by when the look began. */
const drifted = async (speed: number, from: number, look: Look) => {
  const { node, since, ctx } = look;
  const asked = ctx.clock.now();
  const { value } = await noticed(
    ctx,
    { describe: `the clock of ${node.name} runs at another speed`, within: PATIENCE, since, every: 50 },
    async () => {
      const by = await moved(look);
      const gained = by - from;
      const enough = Math.abs(gained) >= SLACK && Math.sign(gained) === Math.sign(speed - 1);
      return {
        found: enough ? by : undefined,
        seen: `off by ${Math.round(by)} ms, ${Math.round(gained)} ms of it since`,
      };
    },
  );
  // It has been wrong since it was set, by less than can be seen.
  return { value, at: (since + asked) / 2, uncertainty: (asked - since) / 2 };
};

/** The clock is right when the node says so; one that is down finds it right at its next start. */
async function setRight(node: ManagedNode, before: Before, ctx: FaultContext): Promise<void> {
  await node.container.setClock({ offset: 0 });
  if ((await node.container.state()).status !== 'running') return;
  await until(
    () => moved({ node, before, ctx }),
    (by) => Math.abs(by) < SLACK,
    {
      describe: `the clock of ${node.name} is right again`,
      within: PATIENCE,
      every: 10,
      show: (by) => `off by ${by} ms`,
    },
  );
}
