/** From a spec to a started topology, whatever its kind. */

import { RedrillError } from '../core/errors.js';
import { startCluster } from './cluster.js';
import { layLinks } from './links.js';
import { mismatch } from './mixed.js';
import { startReplicated } from './replicated.js';
import type { Begun, Start, Topology } from './types.js';

/** @throws NOT_READY when a replica could never follow its primary. */
export async function startTopology(start: Start): Promise<Topology> {
  const { topology, ready } = await beginTopology(start);
  try {
    await ready();
    return topology;
  } catch (error) {
    await topology[Symbol.asyncDispose]();
    throw error;
  }
}

/** Returns when the servers have been started, and before they are ready. */
export async function beginTopology(start: Start): Promise<Begun> {
  const { spec, server, images } = start;
  const wrong = mismatch(spec, (name) => (name === spec.image ? server : images?.get(name)?.server));
  if (wrong) throw new RedrillError('NOT_READY', wrong);
  const { topology, ready } = await (spec.kind === 'cluster' ? startCluster(start) : startReplicated(start));
  return {
    topology,
    ready: async () => {
      await ready();
      // Forming is no part of a drill: it need not take the long way.
      topology.linksBy = await layLinks(topology);
    },
  };
}
