import type { AnyFault } from '../../faults/index.js';
import type { Stage } from '../../faults/testing/stage.js';
import type { Injected } from '../../faults/types.js';
import type { ManagedNode } from '../../topology/types.js';

/** Injects a fault on a stage and waits for the proof. */
export async function biteOn(
  stage: Stage,
  fault: AnyFault,
  target: ManagedNode,
  written: unknown = {},
): Promise<Injected> {
  const requestedAt = stage.ctx.clock.now();
  const params = fault.params.parse(written);
  const injected = await fault.inject([target], params, stage.ctx);
  await fault.effect([target], params, stage.ctx, { ...injected, requestedAt });
  return injected;
}
