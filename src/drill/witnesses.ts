/** Who could have seen it: a look tells that something is not so only if those whose views show it were looked at. */
import { traitsOf } from '../deployment/kinds.js';
import type { ClusterView, NodeView } from '../deployment/types.js';
import { isAnswering } from '../deployment/views.js';
import type { EventName } from '../scenarios/when.js';
import type { Drill } from './types.js';

/** As much of a drill as says who sees what. */
export type Seeing = Pick<Drill, 'live'> & { topology: Pick<Drill['topology'], 'kind' | 'sentinels'> };

/** Those who suspect a node, and start its replacement. */
export function detectorsIn({ nodes }: ClusterView, { topology }: Pick<Seeing, 'topology'>): NodeView[] {
  const sentinels = traitsOf(topology.kind).detectors === 'sentinels';
  return [...nodes.values()].filter(({ node }) => !sentinels || isSentinel(node, topology));
}

const isSentinel = (node: string, { sentinels }: Seeing['topology']): boolean =>
  sentinels.some(({ name }) => name === node);

/** An election raises it. Not known where none of those who elect tells. */
export function highestEpoch(view: ClusterView, seeing: Pick<Seeing, 'topology'>): number | undefined {
  const epochs = detectorsIn(view, seeing).flatMap((node) => (isAnswering(node) ? [node.currentEpoch] : []));
  return epochs.length === 0 ? undefined : Math.max(...epochs);
}

/**
 * Why nobody can say that it has not happened (to the node that it is about); undefined where somebody can. Counter-example: no
 * sentinel is alive. The servers answer, and none of them suspects anybody: none ever does.
 */
export function blindTo(event: EventName, view: ClusterView, seeing: Seeing, about?: string): string | undefined {
  const nodes = [...view.nodes.values()];
  const detectors = detectorsIn(view, seeing).filter(({ node }) => node !== about);
  switch (event) {
    case 'suspected':
    case 'failover started':
      return unseenAmong(detectors, seeing);
    case 'failed':
      return unseenAmong(detectors, seeing) ?? (view.quorate ? undefined : withoutQuorum(detectors));
    case 'failover complete':
      return unseenAmong(detectors, seeing) ?? unseenAmong(nodes, seeing);
    case 'full sync started':
      return unseenAmong(
        nodes.filter(({ node }) => !isSentinel(node, seeing.topology)),
        seeing,
      );
    default:
      return unseenAmong(nodes, seeing);
  }
}

/** Whoever this drill has stopped does nothing that could be missed; but where nobody is left to ask, nothing is known. */
function unseenAmong(nodes: readonly NodeView[], { live }: Seeing): string | undefined {
  if (nodes.length === 0) return 'there is nobody else to say so';
  const unseen = nodes.some(isAnswering)
    ? nodes.filter(({ node, reachable }) => !reachable && !isStopped(node, live))
    : nodes;
  return unseen.length === 0 ? undefined : silenceOf(unseen);
}

/** Is it down by a fault of this drill that is not healed? */
export const isStopped = (node: string, live: Seeing['live']): boolean =>
  live.some(
    ({ record: { healedAt, healed, targets } }) =>
      healedAt === undefined && healed?.[node] === undefined && targets.includes(node),
  );

const silenceOf = (nodes: readonly NodeView[]): string => `${nodes.map(({ node }) => node).join(', ')} did not answer`;

function withoutQuorum(detectors: readonly NodeView[]): string {
  const silent = detectors.filter((node) => !isAnswering(node));
  return ['too few are left to agree on it', ...(silent.length === 0 ? [] : [silenceOf(silent)])].join(': ');
}
