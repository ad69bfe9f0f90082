import { z } from 'zod';
import { size } from '../../core/fields.js';
import { traitsOf } from '../../deployment/kinds.js';
import { ReplyError } from '../../server/resp.js';
import { nodesFileOf } from '../../topology/config.js';
import { DATA, keeps, keptAmong } from '../../topology/persistence.js';
import { placeOf } from '../../topology/settings.js';
import type { ManagedNode } from '../../topology/types.js';
import { affordable } from '../ceiling.js';
import { revive } from '../node/process.js';
import type { Sight } from '../noticed.js';
import { DidNotBite, defineFault, type FaultContext, type Heal } from '../types.js';
import { reversible } from '../undo.js';
import { BUDGET, misconf, persistenceOf, snapshot, watched } from './misconf.js';
import { lastLife, said } from './spoil.js';

const BALLAST = 'redrill-ballast';
const FATAL = /Can't recover from AOF write error|can't update cluster config file/;

export const fillDisk = defineFault({
  summary:
    'fill the disk of a server: it refuses writes (MISCONF) until there is space again, or ends with appendfsync always. Cluster peers see nothing wrong; PING answers MISCONF, which makes sentinels fail over',
  handbook: ['2.1.3', '2.1.4'],
  params: z.strictObject({
    leave: size('how much of the disk stays free', { least: '0b', most: '1gb' }).prefault('0b'),
  }),
  impact: 'none',
  needs: ['disks', 'restart'],
  supports: ({ topology }) => {
    if (topology.disk === undefined)
      return 'a disk without a limit is not filled; write topology.disk, 64mb for example';
    return (
      keptAmong(topology).some(({ aof, rdb }) => aof || rdb) ||
      'the servers write nothing to their disks; write persistence: aof'
    );
  },
  example: { target: 'primary', topology: { shards: 1, persistence: 'aof', disk: '64mb' } },
  inject: (targets, { leave }, ctx) =>
    reversible(async (_undo, on) => {
      // A disk of limited size lies in memory.
      affordable((ctx.topology.spec.disk ?? 0) * targets.length, `filling the disks of ${targets.length}`, ctx);
      for (const node of targets) {
        const { found } = await refusal(node, ctx);
        if (found !== undefined) throw new DidNotBite(`${node.name} ${found} already`);
      }
      const proof = watched(targets, ctx, (node) => refusal(node, ctx));
      await Promise.all(
        targets.map(async (node) => {
          on(node)(healOf(node, ctx));
          await fill(node, leave);
          // Nothing is written before the next save point: it would be full without anybody noticing.
          if (!keeps(ctx.topology.spec, placeOf(node)).aof) await snapshot(node, BUDGET, ctx.signal);
        }),
      );
      return { proof };
    }),
  effect: (_targets, _params, _ctx, { proof }) => proof,
});

async function fill({ name, container }: ManagedNode, leave: number): Promise<void> {
  if (!container.disk) throw new DidNotBite(`${name} has no volume`);
  const why = await container.disk.fill(BALLAST, leave);
  if (why !== undefined) throw new DidNotBite(`the disk of ${name} did not fill: ${why}`);
}

/** Who lost a file in the meantime has to start without space for it first. */
const healOf =
  (node: ManagedNode, ctx: FaultContext): Heal =>
  async () => {
    await node.container.disk?.remove(BALLAST);
    const { aof } = keeps(ctx.topology.spec, placeOf(node));
    if (
      !aof &&
      (await node.container.state()).status === 'running' &&
      (await persistenceOf(node)).text('rdb_last_bgsave_status') === 'err'
    )
      await snapshot(node, BUDGET);
    await revive(node);
  };

async function refusal(node: ManagedNode, ctx: FaultContext): Promise<Awaited<Sight>> {
  const { aof } = keeps(ctx.topology.spec, placeOf(node));
  try {
    const field = aof ? 'aof_last_write_status' : 'rdb_last_bgsave_status';
    const status = (await persistenceOf(node)).text(field);
    if (status !== 'err') return { seen: `${field}:${status}` };
    const refused = await misconf(node);
    const found = refused ? `refuses writes: ${refused}` : `can't write any more (${field}:err)`;
    return { found: `${found}${await unsaved(node, ctx)}`, seen: '' };
  } catch (error) {
    if ((await node.container.state()).status !== 'exited') throw error;
    const why = said(await lastLife(node), FATAL);
    if (why === undefined) throw new DidNotBite(`${node.name} ended, and not because its disk is full`);
    return { found: `has ended: ${why}`, seen: '' };
  }
}

/** Of a node with its nodes.conf on that disk: can it still write down what it knows of the cluster? */
async function unsaved(node: ManagedNode, { topology }: FaultContext): Promise<string> {
  const there = nodesFileOf(topology.spec, placeOf(node)).startsWith(`${DATA}/`);
  if (!traitsOf(topology.kind).hasSlots || !there) return '';
  try {
    await node.call(['CLUSTER', 'SAVECONFIG']);
    // Before 7.2 it is written over in place, where there is room for it.
    return '; its nodes.conf still fits';
  } catch (error) {
    if (!(error instanceof ReplyError)) throw error;
    return `; can't save its nodes.conf: ${error.message}`;
  }
}
