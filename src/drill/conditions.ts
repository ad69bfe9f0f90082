/** Does a state hold? Answered from the latest look at every node; undefined where the look can't tell. */

import { seeded } from '../core/rng.js';
import { slotOwner } from '../deployment/consensus.js';
import { parseOpen } from '../deployment/open-slots.js';
import { inRanges } from '../deployment/slots.js';
import type { ClusterView, NodeView } from '../deployment/types.js';
import { type Condition, everyOf, isShard } from '../scenarios/steps/conditions.js';
import { compare } from '../scenarios/steps/numbers.js';
import { fill } from '../scenarios/steps/values.js';
import { parseTarget, resolveTargets } from '../topology/targets.js';
import type { Found } from './found.js';
import type { Drill } from './types.js';

/** @throws NotSaved when a value is not there yet. */
export function judgeCondition(condition: Condition, drill: Drill): Found {
  const view = drill.observer.consensus();
  const not = 'not' in condition && condition.not === true;
  const judge = judges[condition.is] as (condition: Condition, looked: Looked) => Found;
  return judge(condition, { drill, view, not });
}

/** What a condition is judged by. `not`: its opposite is asked for. */
interface Looked {
  drill: Drill;
  view: ClusterView;
  not: boolean;
}

const whole = (holds: boolean | undefined, text: string, { not }: Looked): Found => ({
  holds: holds === undefined ? undefined : holds !== not,
  text,
});

/** It holds when it does so for each of them; not knowing it of one is not knowing it, unless another one speaks against it. */
function all(
  words: string,
  { drill, view, not }: Looked,
  asked: (node: NodeView) => boolean | undefined,
  says: (node: NodeView) => string,
): Found {
  const nodes = who(words, drill, view);
  const answers = nodes.map(asked).map((holds) => (holds === undefined ? undefined : holds !== not));
  const known = answers.includes(false) ? false : answers.includes(undefined) ? undefined : true;
  return {
    holds: nodes.length === 0 ? undefined : known,
    text: nodes.map((node) => `${node.node}: ${says(node)}`).join(', ') || 'no such node',
  };
}

type Judges = { [Is in Condition['is']]: (condition: Condition & { is: Is }, looked: Looked) => Found };

const judges: Judges = {
  compared: (condition, looked) => {
    const { values } = looked.drill;
    const [left, right] = [fill(condition.left, values), fill(condition.right, values)];
    const holds = compare(left, condition.operator, right);
    return whole(holds, `${left} ${condition.operator} ${right}`, looked);
  },
  serving: ({ shard }, looked) => {
    const lost = looked.drill.prober.lost(shard);
    return whole(!lost, `shard ${shard} acknowledges ${lost ? 'no write' : 'writes'}`, looked);
  },
  slot: ({ what, slot }, looked) => {
    const { holds, text } = (what === 'moved' ? moved : migrating)(slot, looked.drill, looked.view);
    return whole(holds, text, looked);
  },
  agreement: (_, looked) => {
    const { agree, problems } = looked.view;
    return whole(agree, problems.slice(0, 3).join('; ') || 'all nodes agree', looked);
  },
  same: (condition, looked) => same(condition, looked),
  state: ({ on, state }, looked) =>
    all(
      on ?? 'all',
      looked,
      // Without a name it is asked of whoever answers.
      (node) => (told(node) ? node.state === state : on === undefined && !node.reachable ? !looked.not : undefined),
      (node) => (node.reachable ? `cluster_state:${node.state}` : 'no answer'),
    ),
  answering: (condition, looked) =>
    all(
      condition.who,
      looked,
      ({ reachable }) => reachable,
      ({ reachable }) => (reachable ? 'answers' : 'does not answer'),
    ),
  role: (condition, looked) =>
    all(
      condition.who,
      looked,
      (node) => (told(node) ? node.role === condition.role : undefined),
      ({ role }) => role,
    ),
  'in sync': (condition, looked) =>
    all(
      condition.who,
      looked,
      (node) => (told(node) ? synced(node) : undefined),
      (node) =>
        node.role !== 'replica' ? node.role : synced(node) ? 'in sync' : node.syncing ? 'syncing' : 'link down',
    ),
  flagged: (condition, looked) =>
    all(condition.who, looked, flagged(condition.flag, looked.view), ({ node }) =>
      looked.view.failed.has(node) ? 'failed' : suspected(node, looked.view) ? 'suspected' : 'not suspected',
    ),
  'replica of': (condition, looked) => {
    const primaries = namesOf(condition.of, looked.drill, looked.view);
    return all(
      condition.who,
      looked,
      (node) => (told(node) ? node.role === 'replica' && primaries.includes(primaryOf(node) ?? '') : undefined),
      (node) => (node.role === 'replica' ? `replica of ${primaryOf(node) ?? 'nobody'}` : node.role),
    );
  },
  replicas: ({ who: words, operator, count }, looked) =>
    all(
      isShard(words) ? `primary of ${words}` : words,
      looked,
      ({ node }) => compare(String(replicasOf(node, looked.view)), operator, String(count)),
      ({ node }) => `${replicasOf(node, looked.view)} replicas in sync`,
    ),
};

/** Not known of a primary that does not answer. On Valkey 8 and newer replicas show what their primary does. */
function migrating(slot: number, { topology }: Drill, view: ClusterView): Found {
  const at = [...view.nodes.values()].flatMap((node) => {
    const self = node.peers.get(node.node);
    if (!told(node) || self?.role !== 'primary') return [];
    const open = self.open.map(parseOpen).find((one) => one?.slot === slot);
    if (open) return [`${node.node} is ${open.state} it`];
    return node.handing && inRanges(slot, node.handing) ? [`${node.node} has a migration of it running`] : [];
  });
  const seen = topology.shards.every(({ shard }) => view.nodes.get(view.owners.get(shard) ?? '')?.reachable);
  return {
    holds: at.length > 0 ? true : seen ? false : undefined,
    text: at.join(', ') || `no primary that answers is migrating slot ${slot}`,
  };
}

/** A failover moves no slot: it leaves the shard together with all the others. */
function moved(slot: number, { topology }: Drill, view: ClusterView): Found {
  const { shard } = topology.shards.find(({ slots }) => inRanges(slot, slots))!;
  const [owner, home] = [slotOwner(slot, view), view.owners.get(shard)];
  return {
    holds: owner !== undefined && home !== undefined ? owner !== home : undefined,
    text: `slot ${slot}: ${owner ?? 'nobody by majority'}, shard ${shard}: ${home ?? 'nobody by majority'}`,
  };
}

/** A node that says itself what it is. */
const told = (node: NodeView): boolean => node.reachable && node.role !== 'loading';

const primaryOf = (node: NodeView): string | undefined => node.peers.get(node.node)?.primary;

const synced = (node: NodeView): boolean => node.role === 'replica' && node.linkUp && !node.syncing;

const replicasOf = (name: string, view: ClusterView): number =>
  [...view.nodes.values()].filter((node) => told(node) && synced(node) && primaryOf(node) === name).length;

/** Not known where nobody else is left to say so. */
function suspected(name: string, view: ClusterView): boolean | undefined {
  const others = [...view.nodes.values()].filter((node) => told(node) && node.node !== name);
  return others.length === 0 ? undefined : others.some((node) => (node.peers.get(name)?.health ?? 'ok') !== 'ok');
}

/** Only a majority makes a failure of a suspicion; without one nobody can say that there is none. */
const flagged =
  (flag: 'failed' | 'suspected', view: ClusterView) =>
  ({ node }: NodeView): boolean | undefined =>
    flag === 'suspected' ? suspected(node, view) : view.quorate ? view.failed.has(node) : undefined;

/** The nodes that the words mean now, all of them: nothing is drawn by chance here. */
export const namesOf = (words: string, drill: Drill, view = drill.observer.consensus()): string[] =>
  resolveTargets([everyOf(parseTarget(fill(words, drill.values)))], view, drill.topology, seeded(words)).map(
    ({ name }) => name,
  );

const who = (words: string, drill: Drill, view: ClusterView): NodeView[] =>
  namesOf(words, drill, view).map((name) => {
    const seen = view.nodes.get(name) ?? drill.observer.views().get(name);
    if (!seen) throw new Error(`nobody looks at ${name}`);
    return seen;
  });

/** "primary of shard 1 is node-4": what no majority holds is not known. */
function same({ who: words, as }: Condition & { is: 'same' }, looked: Looked): Found {
  const { drill, view } = looked;
  const [mine, theirs] = [words, as].map((text) => {
    const target = parseTarget(fill(text, drill.values));
    const shard = target.kind === 'role' && target.role === 'primary' ? target.shard : undefined;
    if (shard !== undefined && !view.owners.has(shard)) return undefined;
    return namesOf(text, drill, view).sort();
  });
  return whole(
    mine && theirs ? mine.length > 0 && mine.join() === theirs.join() : undefined,
    `${fill(words, drill.values)}: ${mine?.join(', ') || 'nobody by majority'}`,
    looked,
  );
}
