/** Shards × (1 + replicas) nodes, with slots. Each begins with a nodes.conf that knows all the others, so no MEET and no gossip is waited for. */
import { z } from 'zod';
import { count } from '../../core/fields.js';
import { plural } from '../../core/units.js';
import { until } from '../../core/until.js';
import { parseInfo } from '../../deployment/nodes-text.js';
import { isOutsider } from '../../deployment/roles.js';
import { dealSlots } from '../../deployment/slots.js';
import { atLeast } from '../../deployment/versions.js';
import { looksInCluster } from '../../server/looks.js';
import { nodesConf, nodesFileOf, nodeTimeoutOf, ofCluster, PORT, pathsOf } from '../config.js';
import { placesOf, replicasByShard, wantedReplicas } from '../layout.js';
import { outsiderConf, outsidersIn } from '../outsiders.js';
import { placeOf, settingsAmong } from '../settings.js';
import type { Start, Topology } from '../types.js';
import { defineKind } from './types.js';

/** While nodes are still starting a short node-timeout would fail the slow ones over before the drill begins. */
const BOOT_NODE_TIMEOUT = 60_000;

export const cluster = defineKind({
  summary: 'shards with slots',
  defaults: { shards: 3, replicas: 1 },
  fields: {
    spares: count(1, 20)
      .optional()
      .describe('Started servers that belong to nothing at first: spare-1, spare-2 … Only of a cluster.'),
    strangers: z
      .strictObject({
        count: count(1, 10).default(1).describe('Its primaries: stranger-1, stranger-2 …, with all slots among them.'),
        epoch: count(0, 1_000_000)
          .default(1)
          .describe(
            'The epoch of its first primary; 0: it has never had one. Of two that claim a slot the one with the higher epoch keeps it.',
          ),
      })
      .optional()
      .describe('Another cluster, which this one has never met. Only of a cluster.'),
  },
  spec: ({ spares, strangers }) => ({
    ...(spares !== undefined && { spares }),
    ...(strangers !== undefined && { strangers }),
  }),
  foreign: (key, kind) =>
    key === 'shards'
      ? `a topology of kind ${kind} has one primary; shards are of a cluster`
      : `${key} are of a cluster`,
  says: ({ spares = 0, strangers }) => [
    ...(spares > 0
      ? [`${plural(spares, 'spare')} of them, which ${spares === 1 ? 'belongs' : 'belong'} to nothing at first`]
      : []),
    ...(strangers
      ? [`${plural(strangers.count, 'stranger')} of them, a cluster of their own from epoch ${strangers.epoch} on`]
      : []),
  ],

  silences: (spec) => settingsAmong(spec, 'cluster-node-timeout').map(ofCluster),
  others: (spec) => outsidersIn(spec).map((one) => ({ ...one, port: PORT, shard: 0 })),
  settings: (seat, _spec, server) => ({
    'cluster-enabled': 'yes',
    'cluster-config-file': pathsOf(seat).nodes,
    'cluster-announce-ip': seat.ip,
    'cluster-require-full-coverage': 'yes',
    ...(atLeast(server, 6, 2) && { 'cluster-allow-replica-migration': 'no' }),
  }),
  boot: { 'cluster-node-timeout': String(BOOT_NODE_TIMEOUT) },
  files(spec, seats, seat) {
    const members = seats.filter(({ role }) => !isOutsider(role));
    const text = isOutsider(seat.role)
      ? outsiderConf(seat, seats, spec)
      : nodesConf(members, dealSlots(spec.shards), seat);
    const path = nodesFileOf(spec, seat);
    return [path === pathsOf(seat).nodes ? { path: pathsOf(seat).own.nodes, text } : { path, text, own: true }];
  },
  // A primary serves 2 s after its start (CLUSTER_WRITABLE_DELAY): replicas start and synchronise in that shadow anyway.
  primaryFirst: false,

  watched(spec, { identities, addresses }) {
    const shards = dealSlots(spec.shards);
    const outsiders = new Set(outsidersIn(spec).map(({ name }) => name));
    return {
      shards,
      replicas: replicasByShard(spec),
      ...looksInCluster({ identities, addresses, shards, replicas: wantedReplicas(spec), outsiders }),
    };
  },
  forms: (spec) => `${placesOf(spec).length} nodes form a cluster`,
  async finish(topology, start) {
    await outsidersReady(topology, start);
    await setTimeouts(topology);
  },
});

/** A spare answers; strangers are a cluster that serves. */
async function outsidersReady({ nodes }: Topology, { signal, budget = 60_000 }: Start): Promise<void> {
  await Promise.all(
    nodes
      .filter(({ initial }) => isOutsider(initial.role))
      .map((node) =>
        until(
          async () => parseInfo(String(await node.call(['CLUSTER', 'INFO'], { timeout: 500 }))).get('cluster_state'),
          (state) => state === 'ok' || (node.initial.role === 'spare' && state !== undefined),
          { describe: `${node.name} is ready`, within: budget, every: 20, signal },
        ),
      ),
  );
}

/** ms: many nodes that write their configuration to one disk at the same time. */
const PATIENCE = 20_000;

/** Booted with a long one; a restarted node must come back with the scenario's, not with that. */
async function setTimeouts({ nodes, spec }: Topology): Promise<void> {
  await Promise.all(
    nodes.map(async (node) => {
      const timeout = String(nodeTimeoutOf(spec, placeOf(node)));
      await node.call(['CONFIG', 'SET', 'cluster-node-timeout', timeout], { timeout: PATIENCE });
      await node.call(['CONFIG', 'REWRITE'], { timeout: PATIENCE });
    }),
  );
}
