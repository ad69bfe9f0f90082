/** Questions that have only one answer in this topology: an expectation of it could not fail, and a `never` could not see it. */
import { traitsOf } from '../../deployment/kinds.js';
import { replicasByShard } from '../../topology/layout.js';
import type { TopologySpec } from '../../topology/types.js';
import type { WhenEvent } from '../when.js';
import type { Condition } from './conditions.js';
import { compare } from './numbers.js';

/** Why it can be asked of no server here; undefined where the answer is open. */
export function oneAnswer(event: WhenEvent, topology: TopologySpec): string | undefined {
  if ((event.on === 'suspected' || event.on === 'failed') && !suspects(topology.kind))
    return `nobody suspects a node in a topology of kind ${topology.kind}: "${event.on}" never happens`;
  return event.on === 'state' ? ofState(event.condition, topology) : undefined;
}

const suspects = (kind: string): boolean => traitsOf(kind).arbiter !== 'nobody';
const isSentinel = (words: string): boolean => /^(\S+ of )?sentinels?(-\d+)?$/.test(words);
const isName = (words: string): boolean => /^(node|sentinel)-\d+$/.test(words);

function ofState(condition: Condition, topology: TopologySpec): string | undefined {
  const { kind } = topology;
  switch (condition.is) {
    case 'flagged':
      return suspects(kind) ? undefined : `nobody suspects a node in a topology of kind ${kind}`;
    case 'slot':
      return traitsOf(kind).hasSlots ? undefined : `slots are of a cluster: a topology of kind ${kind} has none`;
    case 'state':
      return traitsOf(kind).hasSlots || (condition.on !== undefined && isSentinel(condition.on))
        ? undefined
        : `a topology of kind ${kind} has no cluster_state: ask whether a shard serves`;
    case 'same':
      return isName(condition.who) && isName(condition.as)
        ? `${condition.who} and ${condition.as} are names: nothing is asked`
        : undefined;
    case 'role':
    case 'in sync':
    case 'replica of':
      return isSentinel(condition.who) ? 'a sentinel is neither primary nor replica' : undefined;
    case 'replicas': {
      if (isSentinel(condition.who)) return 'a sentinel is neither primary nor replica';
      const nodes = replicasByShard(topology).reduce((sum, replicas) => sum + 1 + replicas, 0);
      const answers = Array.from({ length: nodes }, (_, n) =>
        compare(String(n), condition.operator, String(condition.count)),
      );
      if (!answers.includes(true)) return `no primary can have so many: there are ${nodes} nodes`;
      return answers.includes(false) ? undefined : `that is always so: a primary has 0 to ${nodes - 1} replicas here`;
    }
    default:
      return undefined;
  }
}
