/** Recoveries that the server's own rules exclude: an objective below them is refused when the file is loaded, not after a failed run. */

import { traitsOf as traitsOfObjective } from '../assertions/registry.js';
import { formatDuration } from '../core/units.js';
import {
  guardOf,
  keptFromServing,
  minimumRecovery,
  predictRecovery,
  type ServerRules,
} from '../deployment/failover-times.js';
import { traitsOf } from '../deployment/kinds.js';
import type { Server } from '../deployment/types.js';
import type { AnyFault } from '../faults/types.js';
import { imagesOf, imagesOfReplicas, nameOf, serversOf } from '../topology/mixed.js';
import { settingIn, settingsAmong, settingsFor, variants } from '../topology/settings.js';
import { leastNodeTimeout, nodeTimeout } from '../topology/silence.js';
import type { Target } from '../topology/targets.js';
import type { TopologySpec } from '../topology/types.js';
import { primariesIn } from '../topology/zones.js';
import type { Draft } from './draft.js';
import { drawnLeaves, leavesOf, proceduresIn } from './leaves.js';
import type { Complaint } from './problems.js';
import { faultRegistry, procedureRegistry } from './registries.js';
import { promotes, retimes } from './steps/command.js';
import type { FaultEntry, PlanEntry, Prediction, ProcedureEntry, Scenario, ScenarioEntry } from './types.js';

/** These can't happen before a replica has taken over, or the fault is healed; anything else may come earlier. */
const afterwards = new Set<string>(['failover complete', 'service restored', 'healed']);

export function impossible({ timeline, recovery, whole, objectives }: Draft, topology: TopologySpec): Complaint[] {
  if (!whole) return [];
  const needs = takeover(timeline as ScenarioEntry[], recovery as ScenarioEntry[], topology);
  if (!needs) return [];
  const rules = rulesFor(topology);
  const least = minimumRecovery(rules);
  const delay = least - (rules.leastNodeTimeout ?? rules.nodeTimeout);
  const setting = rules.sentinels ? 'down_after' : 'cluster-node-timeout';
  const waits = rules.sentinels
    ? `down_after ${rules.nodeTimeout} ms, less the second that may have passed since the last answer`
    : `cluster-node-timeout ${rules.leastNodeTimeout} ms until the primary is suspected${delay > 0 ? ` + ${delay} ms before an election` : ''}`;
  return objectives
    .filter(
      ({ name, op, limit }) =>
        traitsOfObjective(name).endsWithService && ((op === '<' && limit <= least) || (op === '<=' && limit < least)),
    )
    .map(({ name, text }) => ({
      path: ['objectives', name],
      message:
        `impossible: ${needs.type} on ${needs.targetWords.join(' and ')} leaves the recovery to an automatic failover, which takes at least ` +
        `${formatDuration(least)} (${waits}); "${text}" can only be met by a shorter ${setting} or a procedure that acts earlier`,
    }));
}

export function predictionsOf(
  timeline: readonly ScenarioEntry[],
  recovery: readonly ScenarioEntry[],
  topology: TopologySpec,
  workload?: Pick<Scenario['workload'], 'probes'>,
): Prediction[] {
  const needs = takeover(timeline, recovery, topology);
  if (!needs) return [];
  const rules = rulesFor(topology, needs, workload);
  const shards = new Set(
    needs.targets.filter((target) => takesPrimary(target, topology)).map((t) => JSON.stringify(t)),
  );
  const range = predictRecovery(rules, { shards: shards.size });
  const what = `a replica takes over after ${needs.id}`;
  return [range ? { what, ...range } : { what, min: minimumRecovery(rules), rule: keptFromServing(rules)! }];
}

/** The first fault that takes a primary away for longer than an election needs, while nothing else brings its shard back. */
function takeover(
  timeline: readonly ScenarioEntry[],
  recovery: readonly ScenarioEntry[],
  topology: TopologySpec,
): FaultEntry | undefined {
  const all = [...timeline, ...recovery];
  const helped = proceduresIn(all).some(mayHelpEarlier) || leavesOf(all).some(takesOver);
  // Without an arbiter nobody takes over but by an operator's hand; nor does a replica that may not.
  if (traitsOf(topology.kind).arbiter === 'nobody' || topology.replicas === 0 || helped || barred(topology))
    return undefined;
  const least = minimumRecovery(rulesFor(topology));
  return timeline.find((entry): entry is FaultEntry => {
    if (entry.kind !== 'fault') return false;
    const { impact, comesBack, asks } = faultRegistry[entry.type] as Pick<AnyFault, 'impact' | 'comesBack' | 'asks'>;
    const certain = 'at' in entry.trigger && entry.probability === undefined;
    const lasts = comesBack !== true && (entry.for === undefined || entry.for >= least);
    const handsOver =
      asks === true && settingsAmong(topology, 'shutdown-on-sigterm').some((value = '') => /\bfailover\b/.test(value));
    return (
      impact !== 'none' &&
      certain &&
      lasts &&
      !handsOver &&
      entry.targets.some((target) => takesPrimary(target, topology))
    );
  });
}

/** May no replica take over by itself? */
const barred = (topology: TopologySpec): boolean =>
  serversOf(topology)
    .filter(({ role }) => role === 'replica')
    .map((node) => settingsFor(topology, node))
    .every((settings) =>
      traitsOf(topology.kind).hasSlots
        ? settingIn(settings, 'cluster-replica-no-failover', 'cluster-slave-no-failover') === 'yes'
        : Number(settingIn(settings, 'replica-priority', 'slave-priority') ?? 100) === 0,
    );

/** A shard without replicas is not taken over, whatever the others have. */
const takesPrimary = (target: Target, topology: TopologySpec): boolean =>
  (target.kind === 'role' &&
    target.role === 'primary' &&
    (target.shard === undefined || (topology.perShard?.[target.shard - 1] ?? topology.replicas) > 0)) ||
  (target.kind === 'share' && target.share === 'minority') ||
  (target.kind === 'zone' && isMinority(primariesIn(topology, target.zone), topology.shards));

const isMinority = (part: number, whole: number): boolean => part > 0 && part < whole / 2;

function mayHelpEarlier({ type, trigger }: ProcedureEntry): boolean {
  const { forcesFailover, restoresService } = procedureRegistry[type]!;
  if (!forcesFailover && !restoresService) return false;
  return !('when' in trigger) || !afterwards.has(trigger.when.on);
}

/** Does a command take over, or change how long the servers wait before they do? */
const takesOver = (entry: ScenarioEntry): boolean =>
  entry.kind === 'run' && entry.commands.some((args) => promotes(args) || retimes(args));

/** An image of a name that says nothing is judged by the loosest rule. */
function rulesFor(
  topology: TopologySpec,
  fault?: FaultEntry,
  workload?: Pick<Scenario['workload'], 'probes'>,
): ServerRules {
  const [electing, ...others] = imagesOfReplicas(topology);
  const { product, version } = (others.length === 0 && serverNamed(electing!)) || {};
  const hit = fault?.targets.flatMap((t) => (t.kind === 'role' && t.shard !== undefined ? [t.shard] : [])) ?? [];
  const replicas = hit.map((shard) => topology.perShard?.[shard - 1] ?? topology.replicas).filter((n) => n > 0);
  const fewest = Math.min(topology.replicas, ...replicas);
  const [guard] = variants(topology)
    .flatMap((settings) => guardOf(settings, fewest, workload) ?? [])
    .sort((a, b) => b.wanted - a.wanted);
  const [timeout, least] = [nodeTimeout(topology), leastNodeTimeout(topology)];
  return { nodeTimeout: timeout, leastNodeTimeout: least, product, version, sentinels: topology.sentinels, guard };
}

/** What the image's name tells about the server in it. */
export function serverNamed(image: string): Server | undefined {
  const [, product, version] = /(redis|valkey)(?:-server)?[:-](\d+(?:\.\d+)*)/.exec(image) ?? [];
  return product === undefined ? undefined : { product: product as Server['product'], version: version! };
}

/** Why this server can't be drilled this way: the first fault that can't exist on it. */
export function unsupported(
  entries: readonly PlanEntry[],
  topology: TopologySpec,
  serverOf: (image: string) => Server | undefined,
): string | undefined {
  const servers = imagesOf(topology).map(serverOf);
  for (const entry of drawnLeaves(entries)) {
    if (entry.kind !== 'fault') continue;
    const reasons = servers.map((server) => {
      const found = server && faultRegistry[entry.type]!.supports?.({ topology, server });
      return typeof found === 'string' ? `${entry.type} can't work on ${nameOf(server!)}: ${found}` : undefined;
    });
    // Where some of the nodes can have it, it depends on whom it hits.
    if (!reasons.includes(undefined)) return reasons[0];
  }
  return undefined;
}
