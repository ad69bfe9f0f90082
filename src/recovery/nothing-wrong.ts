import { until } from '../core/until.js';
import { outOfSync } from '../deployment/problems.js';
import type { ClusterView } from '../deployment/types.js';
import type { Endpoint } from '../server/types.js';
import type { ProcedureContext } from './types.js';

/** Looks until nothing is wrong any more: a single look may come too early, and a busy node may miss it. */
export async function nothingWrong(
  { signal }: ProcedureContext,
  describe: string,
  within: number,
  look: () => string[] | Promise<string[]>,
): Promise<void> {
  await until(look, (wrong) => wrong.length === 0, {
    describe,
    within,
    every: 20,
    signal,
    show: (wrong) => wrong.slice(0, 3).join('; '),
  });
}

/** What keeps the nodes from agreeing; a replica that is still missing does not. */
export const disagreements = ({ agree, problems }: ClusterView): string[] => (agree ? [] : problems);

/** Which of the nodes do not answer, or are replicas that are not in sync. */
export const laggards = ({ nodes: views }: ClusterView, nodes: readonly Endpoint[]): string[] =>
  nodes.flatMap(({ name }) => {
    const view = views.get(name)!;
    return view.reachable ? (outOfSync(view) ?? []) : [`${name} does not answer`];
  });
