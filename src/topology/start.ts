/** From a spec to a started topology, whatever its kind. */
import type { Clock } from '../core/clock.js';
import { RedrillError } from '../core/errors.js';
import type { Fleet, ResolvedImage } from '../fleet/types.js';
import { startCluster } from './cluster.js';
import { layLinks } from './links.js';
import { mismatch } from './mixed.js';
import { startReplicated } from './replicated.js';
import type { PreparedImage, Server, Topology, TopologySpec } from './types.js';

export interface Start {
  spec: TopologySpec;
  fleet: Fleet;
  image: ResolvedImage;
  server: Server;
  /** Those that `spec.images` names beside it. */
  images?: ReadonlyMap<string, PreparedImage>;
  clock: Clock;
  /** 40 hex digits each, in the order node-1 … node-N, sentinel-1 … */
  nodeIds: readonly string[];
  signal: AbortSignal;
  /** Called when the nodes have been started: their logs are worth having also when they never become ready. */
  onStarted?: (topology: Topology) => void;
  /** ms until everything must be ready. */
  budget?: number;
}

/** @throws NOT_READY when a replica could never follow its primary. */
export async function startTopology(start: Start): Promise<Topology> {
  const { spec, server, images } = start;
  const wrong = mismatch(spec, (name) => (name === spec.image ? server : images?.get(name)?.server));
  if (wrong) throw new RedrillError('NOT_READY', wrong);
  const topology = await (spec.kind === 'cluster' ? startCluster(start) : startReplicated(start));
  try {
    // Forming is no part of a drill: it need not take the long way.
    topology.linksBy = await layLinks(topology);
    return topology;
  } catch (error) {
    await topology[Symbol.asyncDispose]();
    throw error;
  }
}
