import type { Recording } from '../recording/recording.js';

/**
 * Where measuring ends: the drill has settled (or its budget is used up) and the harness begins to heal what is still
 * broken. What comes back by that is not a recovery: a shard without replicas is served again when its node is restarted.
 */
export const measuringEnd = ({ stages, clock }: Recording): number =>
  Math.min(
    clock.end,
    ...stages.filter((s) => ['heal', 'verify', 'collect', 'teardown'].includes(s.name)).map((s) => s.from),
  );
