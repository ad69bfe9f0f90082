/** From a spec to a started topology, whatever its kind. */
import type { Clock } from '../core/clock.js';
import type { Fleet, ResolvedImage } from '../fleet/types.js';
import { startCluster } from './cluster.js';
import { startReplicated } from './replicated.js';
import type { Server, Topology, TopologySpec } from './types.js';

export interface Start {
  spec: TopologySpec;
  fleet: Fleet;
  image: ResolvedImage;
  server: Server;
  clock: Clock;
  /** 40 hex digits each, in the order node-1 … node-N, sentinel-1 … */
  nodeIds: readonly string[];
  signal: AbortSignal;
  /** Called when the nodes have been started: their logs are worth having also when they never become ready. */
  onStarted?: (topology: Topology) => void;
  /** ms until everything must be ready. */
  budget?: number;
}

export const startTopology = (start: Start): Promise<Topology> =>
  start.spec.kind === 'cluster' ? startCluster(start) : startReplicated(start);
