import { z } from 'zod';
import { keptAmong } from '../../topology/persistence.js';
import type { ManagedNode } from '../../topology/types.js';
import type { Sight } from '../noticed.js';
import { changeSettings } from '../settings.js';
import { DidNotBite, defineFault, type Heal } from '../types.js';
import { reversible } from '../undo.js';
import { BUDGET, misconf, persistenceOf, snapshot, watched } from './misconf.js';

/** A folder that is there, and in which no file can be made. */
const UNWRITABLE = '/proc';

export const failBgsave = defineFault({
  summary:
    'let the snapshots of a server fail, as on a folder it may not write to: a primary refuses writes, and PING (MISCONF), until one succeeds. Cluster peers see nothing of it, sentinels fail over',
  handbook: ['2.1.3'],
  params: z.strictObject({}),
  impact: 'none',
  supports: ({ topology }) => {
    const some = keptAmong(topology).filter(({ rdb }) => rdb);
    if (some.length === 0) return 'a server without save points does not mind; write persistence: rdb';
    return (
      some.some(({ setting }) => setting('stop-writes-on-bgsave-error') !== 'no') ||
      'with stop-writes-on-bgsave-error no nothing comes of it'
    );
  },
  example: { target: 'primary', topology: { shards: 1, persistence: 'rdb' } },
  inject: (targets, _params, ctx) =>
    reversible(async (_undo, on) => {
      for (const node of targets)
        if ((await refusal(node)).found !== undefined)
          throw new DidNotBite(`the snapshots of ${node.name} fail already`);
      const proof = watched(targets, ctx, refusal);
      await Promise.all(
        targets.map(async (node) => {
          const undo = on(node);
          undo(healOf(node));
          // Undone before it: the last comes first.
          undo(await changeSettings(node, { dir: UNWRITABLE }));
          const outcome = await snapshot(node, BUDGET, ctx.signal);
          if (outcome !== 'err') throw new DidNotBite(`the snapshot of ${node.name} succeeded`);
        }),
      );
      return { proof };
    }),
  effect: (_targets, _params, _ctx, { proof }) => proof,
});

async function refusal(node: ManagedNode): Promise<Awaited<Sight>> {
  const status = (await persistenceOf(node)).text('rdb_last_bgsave_status');
  if (status !== 'err') return { seen: `rdb_last_bgsave_status:${status}` };
  const refused = await misconf(node);
  return {
    found: refused ? `refuses writes: ${refused}` : 'makes no snapshots (rdb_last_bgsave_status:err)',
    seen: '',
  };
}

/** Only a snapshot that succeeds ends the refusal. A process that is gone took it with it. */
const healOf =
  (node: ManagedNode): Heal =>
  async () => {
    if ((await node.container.state()).status === 'exited') return;
    if ((await persistenceOf(node)).text('rdb_last_bgsave_status') !== 'err') return;
    if ((await snapshot(node, BUDGET)) !== 'ok') throw new Error(`${node.name} still makes no snapshots`);
  };
