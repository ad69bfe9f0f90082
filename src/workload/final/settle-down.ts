/** The view of a deployment that nobody touches any more: what the drill's own operators and servers have left. */
import { until, WaitTimeout } from '../../core/until.js';
import type { ClusterView } from '../../deployment/types.js';
import type { Deployment } from '../../server/types.js';

/** ms for which what is wrong has to stay the same before it is taken for the state that was left. */
const STILL = 1000;
/** ms after which the state is taken as it is: servers that go on quarrelling do not end a drill. */
const PATIENCE = 5000;

/** Returns at once when nothing is wrong; else when what is wrong does not change any more. */
export async function settledView(topology: Deployment, signal: AbortSignal): Promise<ClusterView> {
  let view = await topology.look();
  let since = performance.now();
  let before = view.problems.join('\n');
  try {
    await until(
      async () => {
        view = await topology.look();
        const now = view.problems.join('\n');
        if (now !== before) since = performance.now();
        before = now;
        return view.problems.length === 0 || performance.now() - since >= STILL;
      },
      (still) => still,
      { describe: 'what is wrong stays the same', within: PATIENCE, every: 50, signal },
    );
  } catch (error) {
    if (!(error instanceof WaitTimeout)) throw error;
  }
  return view;
}

/** Waits until every node agrees, all are reachable, and replicas are in sync; the last view when that does not come. */
export async function convergedView(topology: Deployment, budget: number, signal: AbortSignal): Promise<ClusterView> {
  let view = await topology.look();
  try {
    await until(
      async () => {
        view = await topology.look();
        return view.problems;
      },
      (problems) => problems.length === 0,
      { describe: 'the deployment converges', within: budget, every: 50, signal },
    );
  } catch (error) {
    if (!(error instanceof WaitTimeout)) throw error;
  }
  return view;
}
