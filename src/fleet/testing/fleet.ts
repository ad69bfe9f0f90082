/** Small fleets for tests. */
import { randomBytes } from 'node:crypto';
import { startClock } from '../../core/clock.js';
import { openFleet } from '../index.js';
import type { ContainerSpec, Fleet, FleetOptions } from '../types.js';

export const testRunId = (): string => `test-${randomBytes(4).toString('hex')}`;

export const openTestFleet = (options: Partial<FleetOptions> = {}): Promise<Fleet> =>
  openFleet({ runId: testRunId(), clock: startClock(), needs: [], containers: 2, ...options });

/** Label of what tests leave on the engine for a while, which is none of a run's: those who look for leftovers know it. */
export const DECOY = 'redrill-test-decoy';

/** A server that answers a line protocol over TCP, keeps its log and can be made to crash. */
export const server = (name: string, spec: Partial<ContainerSpec> = {}): ContainerSpec => ({
  name,
  image: 'redrill/redis:7.0',
  command: ['redis-server', '/etc/server.conf'],
  files: { '/etc/server.conf': 'protected-mode no\nsave ""\nenable-debug-command yes\n' },
  ports: [6379],
  ...spec,
});
