/**
 * Target words: "primary of shard 1", "replica", "minority", "node-3". They are parsed when the file is loaded and
 * resolved, seeded, when the fault fires: roles are the roles of that moment.
 */

import { nearest } from '../core/nearest.js';
import type { Rng } from '../core/rng.js';
import { SLOTS, slotOf } from '../deployment/slots.js';
import type { ClusterView } from '../deployment/types.js';
import { ownerNow, replicasOf, slotOwnerNow } from '../server/owners.js';
import type { Deployment, Endpoint } from '../server/types.js';
import { placesOf, replicasAtFirst } from './layout.js';
import type { TopologySpec } from './types.js';
import { type Laid, sentinelsOf, zoneOfSentinel } from './zones.js';

type Role = 'primary' | 'replica';

export type Target =
  /** One node of this role; `every` takes all of them ("replicas of shard 2"). */
  | { kind: 'role'; role: Role; shard?: number; slot?: number; key?: string; zone?: string; every: boolean }
  /** Primaries, fewer / more than half of them; `one` is any node, `all` every node. */
  | { kind: 'share'; share: 'one' | 'minority' | 'majority' | 'all' }
  | { kind: 'node'; name: string }
  | { kind: 'zone'; zone: string }
  /** Sentinels: one or several, of all of them or of those in a zone. */
  | { kind: 'sentinel'; which: 'one' | 'minority' | 'majority' | 'all'; zone?: string }
  /** Those that began as such, whatever has become of them. */
  | { kind: 'outsider'; role: 'spare' | 'stranger'; every: boolean };

const words = [
  'primary',
  'replica',
  'primaries',
  'replicas',
  'one',
  'minority',
  'majority',
  'all',
  'zone',
  'sentinel',
  'sentinels',
  'spare',
  'spares',
  'stranger',
  'strangers',
];

/** @throws Error saying what is wrong and what would be right. */
export function parseTarget(text: string): Target {
  const wanted = text.trim();
  const role =
    /^(primary|primaries|replica|replicas)(?:\s+of\s+(?:shard\s+(\d+)|slot\s+(\d+)|key\s+(\S+)|zone\s+(\S+)))?$/.exec(
      wanted,
    );
  if (role) {
    const [, word, shard, slot, key, zone] = role;
    return {
      kind: 'role',
      role: word!.startsWith('primar') ? 'primary' : 'replica',
      every: word === 'primaries' || word === 'replicas',
      ...(shard !== undefined && { shard: Number(shard) }),
      ...(slot !== undefined && { slot: Number(slot) }),
      ...(key !== undefined && { key }),
      ...(zone !== undefined && { zone }),
    };
  }
  if (wanted === 'one' || wanted === 'minority' || wanted === 'majority' || wanted === 'all')
    return { kind: 'share', share: wanted };
  if (/^(node|sentinel|spare|stranger)-\d+$/.test(wanted)) return { kind: 'node', name: wanted };
  const outsider = /^(spare|stranger)(s?)$/.exec(wanted);
  if (outsider) return { kind: 'outsider', role: outsider[1] as 'spare' | 'stranger', every: outsider[2] === 's' };
  const watcher = /^(sentinels?)(?:\s+of\s+zone\s+(\S+))?$/.exec(wanted);
  if (watcher) {
    const [, word, zone] = watcher;
    return { kind: 'sentinel', which: word === 'sentinel' ? 'one' : 'all', ...(zone !== undefined && { zone }) };
  }
  const some = /^(minority|majority)\s+of\s+sentinels$/.exec(wanted);
  if (some) return { kind: 'sentinel', which: some[1] as 'minority' | 'majority' };
  const zone = /^zone\s+(\S+)$/.exec(wanted);
  if (zone) return { kind: 'zone', zone: zone[1]! };
  const first = wanted.split(' ')[0] ?? '';
  const guess = nearest(first, words);
  const meant = guess !== undefined && guess !== first ? `. Did you mean "${wanted.replace(/^\S+/, guess)}"?` : '';
  throw new Error(
    `"${text}" is not a target${meant}; write for example primary of shard 1, replica, minority, all, zone eu or node-3`,
  );
}

/** What can be known without running: @returns the reason why this topology can't have such a target. */
export function checkTarget(
  target: Target,
  spec: Laid & Pick<TopologySpec, 'kind' | 'sentinels' | 'spares' | 'strangers'>,
): string | undefined {
  const nodes = placesOf(spec).length;
  switch (target.kind) {
    case 'role':
      if (target.shard !== undefined && (target.shard < 1 || target.shard > spec.shards))
        return `there is no shard ${target.shard}: the topology has ${spec.shards} (1 to ${spec.shards})`;
      if (target.slot !== undefined && target.slot >= SLOTS)
        return `there is no slot ${target.slot}: slots are 0 to ${SLOTS - 1}`;
      if (target.role === 'replica' && spec.replicas === 0) return 'there is no replica: the topology has replicas: 0';
      if (target.role === 'replica' && target.shard !== undefined && replicasAtFirst(spec, target.shard) === 0)
        return `shard ${target.shard} has no replica`;
      return target.zone === undefined ? undefined : checkZone(target.zone, spec);
    case 'share':
      return target.share === 'minority' && spec.shards < 3
        ? `${spec.shards} primaries have no minority; it takes 3 shards`
        : undefined;
    case 'node': {
      const [word, number] = target.name.split('-') as ['node' | 'sentinel' | 'spare' | 'stranger', string];
      if (word === 'spare' || word === 'stranger') return noOutsider(word, Number(number), spec);
      const count = word === 'node' ? nodes : (spec.sentinels?.count ?? 0);
      if (count === 0) return `a topology of kind ${spec.kind} has no sentinel`;
      return Number(number) < 1 || Number(number) > count
        ? `there is no ${target.name}: the topology has ${word}-1 to ${word}-${count}`
        : undefined;
    }
    case 'zone':
      return checkZone(target.zone, spec);
    case 'outsider':
      return noOutsider(target.role, 1, spec);
    case 'sentinel':
      if (!spec.sentinels) return `a topology of kind ${spec.kind} has no sentinel`;
      if (target.zone === undefined) return undefined;
      return checkZone(target.zone, spec) ?? emptyOfSentinels(target.zone, spec);
  }
}

function emptyOfSentinels(zone: string, spec: Laid & Pick<TopologySpec, 'sentinels'>): string | undefined {
  return sentinelsOf(spec).some((_, i) => zoneOfSentinel(spec, i) === zone)
    ? undefined
    : `zone ${zone} has no sentinel`;
}

function noOutsider(
  word: 'spare' | 'stranger',
  number: number,
  { spares = 0, strangers }: Pick<TopologySpec, 'spares' | 'strangers'>,
): string | undefined {
  const count = word === 'spare' ? spares : (strangers?.count ?? 0);
  if (count === 0) return `there is no ${word}: write topology.${word}s`;
  return number < 1 || number > count ? `there is no ${word}-${number}: the topology has ${count}` : undefined;
}

function checkZone(zone: string, { zones }: Laid): string | undefined {
  if (!zones) return `the topology has no zones, so no zone ${zone}`;
  return zones.names.includes(zone)
    ? undefined
    : `there is no zone ${zone}: the topology has ${zones.names.join(', ')}`;
}

/** Nodes in the order of the words, each once. Nodes of other roles than wanted, or not found, are an error. */
export function resolveTargets<Node extends Endpoint>(
  targets: readonly Target[],
  view: ClusterView,
  topology: Deployment<Node>,
  rng: Rng,
): Node[] {
  const names = targets.flatMap((target) => resolveOne(target, view, topology, rng));
  return [...new Set(names)].map((name) => topology.node(name));
}

function resolveOne(target: Target, view: ClusterView, topology: Deployment, rng: Rng): string[] {
  const all = topology.nodes.map((node) => node.name).filter((name) => !view.outside?.has(name));
  const primaries = topology.shards.map(({ shard }) => ownerNow(shard, view, topology));
  switch (target.kind) {
    case 'node':
      return [target.name];
    case 'share': {
      const minority = Math.floor((topology.shards.length - 1) / 2);
      if (target.share === 'all') return all;
      if (target.share === 'one') return [rng.pick(all)];
      return rng
        .shuffle(primaries)
        .slice(0, target.share === 'minority' ? minority : topology.shards.length - minority);
    }
    case 'role': {
      const slot = target.key !== undefined ? slotOf(target.key) : target.slot;
      const { shard, zone } = target;
      // A slot may have moved: its owner is asked for, not the shard that it began in.
      const primaries =
        slot !== undefined
          ? [slotOwnerNow(slot, view, topology)]
          : topology.shards
              .filter((s) => shard === undefined || s.shard === shard)
              .map((s) => ownerNow(s.shard, view, topology));
      const candidates = (
        target.role === 'primary' ? primaries : primaries.flatMap((name) => replicasOf(name, view, topology))
      ).filter((name) => zone === undefined || topology.node(name).zone === zone);
      if (candidates.length === 0) throw new Error(`no ${target.role} ${where(shard, slot, zone)} right now`);
      return target.every ? candidates : [rng.pick(candidates)];
    }
    case 'zone':
      return topology.all.filter((node) => node.zone === target.zone).map((node) => node.name);
    case 'outsider': {
      const began = topology.nodes.filter(({ initial }) => initial.role === target.role).map(({ name }) => name);
      return target.every ? began : [rng.pick(began)];
    }
    case 'sentinel': {
      const { zone } = target;
      const sentinels = topology.sentinels
        .filter((node) => zone === undefined || node.zone === zone)
        .map((node) => node.name);
      const minority = Math.floor((sentinels.length - 1) / 2);
      if (target.which === 'all') return sentinels;
      const count = { one: 1, minority, majority: sentinels.length - minority }[target.which];
      return rng.shuffle(sentinels).slice(0, count);
    }
    default:
      return [];
  }
}

const where = (shard: number | undefined, slot: number | undefined, zone: string | undefined): string =>
  zone !== undefined
    ? `in zone ${zone}`
    : slot !== undefined
      ? `of slot ${slot}`
      : shard === undefined
        ? 'at all'
        : `in shard ${shard}`;
