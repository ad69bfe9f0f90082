/** Does a state hold? Answered from the latest look at every node; undefined where the look can't tell. */

import { seeded } from '../core/rng.js';
import { slotOwner } from '../deployment/consensus.js';
import { traitsOf } from '../deployment/kinds.js';
import { parseOpen } from '../deployment/open-slots.js';
import { inRanges, slotOf } from '../deployment/slots.js';
import type { ClusterView, NodeView } from '../deployment/types.js';
import { isAnswering as told } from '../deployment/views.js';
import { type Condition, everyOf, isShard } from '../scenarios/steps/conditions.js';
import { compare } from '../scenarios/steps/numbers.js';
import { fill } from '../scenarios/steps/values.js';
import { parseTarget, resolveTargets } from '../topology/targets.js';
import type { Found } from './found.js';
import type { Drill } from './types.js';
import { blindTo, detectorsIn, isStopped } from './witnesses.js';

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
  counts: (node: NodeView) => boolean = () => true,
): Found {
  const nodes = who(words, drill, view);
  const counted = nodes.filter(counts);
  const answers = counted.map(asked).map((holds) => (holds === undefined ? undefined : holds !== not));
  const known = answers.includes(false) ? false : answers.includes(undefined) ? undefined : true;
  return {
    holds: counted.length === 0 ? undefined : known,
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
    const { agree, problems, nodes } = looked.view;
    // One that is silent disagrees; where all are, nobody is there to hold anything.
    return whole(
      [...nodes.values()].some(told) ? agree : undefined,
      problems.slice(0, 3).join('; ') || 'all nodes agree',
      looked,
    );
  },
  same: (condition, looked) => same(condition, looked),
  state: ({ on, state }, looked) =>
    all(
      on ?? 'all',
      looked,
      (node) => (told(node) ? node.state === state : undefined),
      (node) => (told(node) ? `cluster_state:${node.state}` : node.reachable ? node.role : 'no answer'),
      // Without a name it is asked of whoever answers.
      on === undefined ? ({ reachable }) => reachable : undefined,
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
    all(
      condition.who,
      looked,
      ({ node }) => flagged(node, condition.flag, looked).holds,
      ({ node }) => flagged(node, condition.flag, looked).text,
    ),
  'replica of': (condition, looked) => {
    const unnamed = whyUnnamed(condition.of, looked);
    if (unnamed !== undefined) return unnamed;
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
      (node) => {
        const [least, most] = replicasOf(node, looked);
        const answers = range(least, most).map((n) => compare(String(n), operator, String(count)));
        return new Set(answers).size === 1 ? answers[0] : undefined;
      },
      (node) => {
        const [least, most] = replicasOf(node, looked);
        return `${least}${most > least ? ` to ${most}` : ''} replicas in sync${told(node) ? '' : ', no answer'}`;
      },
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
  const seen = topology.shards.every(({ shard }) => {
    const owner = view.nodes.get(view.owners.get(shard) ?? '');
    return owner !== undefined && told(owner);
  });
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

const primaryOf = (node: NodeView): string | undefined => node.peers.get(node.node)?.primary;

const synced = (node: NodeView): boolean => node.role === 'replica' && node.linkUp && !node.syncing;

/**
 * How many replicas of it are in sync, at least and at most. Of those that don't answer it may speak itself, if it does; one that
 * this drill has stopped is none then.
 */
function replicasOf(primary: NodeView, { drill, view }: Looked): [least: number, most: number] {
  const others = [...view.nodes.values()].filter(
    ({ node }) => node !== primary.node && drill.topology.nodes.some(({ name }) => name === node),
  );
  const least = others.filter((node) => told(node) && synced(node) && primaryOf(node) === primary.node).length;
  const silent = others.filter((node) => !told(node));
  if (!told(primary)) return [least, least + silent.length];
  const unseen = silent.filter(({ node }) => !isStopped(node, drill.live)).length;
  return [least, least + Math.min(unseen, Math.max(0, primary.replicasOnline - least))];
}

const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** Only a majority makes a failure of a suspicion; without one nobody can say that there is none. */
function flagged(name: string, flag: 'failed' | 'suspected', { drill, view }: Looked): Found {
  const failed = view.failed.has(name);
  const suspected = detectorsIn(view, drill).some(
    (node) => told(node) && node.node !== name && (node.peers.get(name)?.health ?? 'ok') !== 'ok',
  );
  if (flag === 'failed' ? failed : suspected) return { holds: true, text: failed ? 'failed' : 'suspected' };
  const blind = blindTo(flag, view, drill, name);
  return blind === undefined
    ? { holds: false, text: failed ? 'failed' : suspected ? 'suspected' : 'not suspected' }
    : { holds: undefined, text: `not known: ${blind}` };
}

/**
 * What there is to say where nobody tells who is meant; undefined where somebody does. Faults have to hit somebody, so a target
 * falls back on who had the role before: no question is answered by that.
 */
function whyUnnamed(words: string, { drill, view }: Looked): Found | undefined {
  const { nodes, shards, kind } = drill.topology;
  const text = fill(words, drill.values);
  const target = parseTarget(text);
  if (target.kind !== 'role') return undefined;
  const slot = target.key !== undefined ? slotOf(target.key) : target.slot;
  const owners =
    slot !== undefined && traitsOf(kind).hasSlots
      ? [slotOwner(slot, view)]
      : shards
          .filter(({ shard }) => slot !== undefined || target.shard === undefined || shard === target.shard)
          .map(({ shard }) => view.owners.get(shard));
  if (owners.includes(undefined)) return { holds: undefined, text: `${text}: nobody by majority` };
  if (target.role === 'primary') return undefined;
  // A replica says itself whose it is, or its primary does.
  const silent = new Set([...view.nodes.values()].filter((node) => !told(node)).map(({ node }) => node));
  const mute = nodes.filter(({ name }) => silent.has(name));
  const unheard = mute.filter(({ name }) => !owners.includes(name));
  return mute.length === unheard.length || unheard.length === 0
    ? undefined
    : { holds: undefined, text: `${text}: not known: ${mute.map(({ name }) => name).join(', ')} did not answer` };
}

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
  const unnamed = whyUnnamed(words, looked) ?? whyUnnamed(as, looked);
  if (unnamed !== undefined) return unnamed;
  const mine = namesOf(words, drill, view).sort();
  const theirs = namesOf(as, drill, view).sort();
  return whole(
    mine.length > 0 && mine.join() === theirs.join(),
    `${fill(words, drill.values)}: ${mine.join(', ')}`,
    looked,
  );
}
