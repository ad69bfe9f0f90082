/** What a drill takes of its fleet, and what becomes of it where the fleet hasn't got it. */
import { RedrillError } from '../core/errors.js';
import { abilities as meanings } from '../fleet/abilities.js';
import type { Abilities, Ability, Need } from '../fleet/types.js';
import { needsOfTopology } from '../topology/needs.js';
import type { TopologySpec } from '../topology/types.js';
import { drawnLeaves } from './leaves.js';
import { faultRegistry, procedureRegistry } from './registries.js';
import type { Plan, PlanEntry } from './types.js';

/** Each ability once, with all that need it, in the order in which they need it. What this seed leaves out needs nothing. */
export function needsOf(entries: readonly PlanEntry[], topology: TopologySpec): Need[] {
  const by = new Map<Ability, string[]>();
  const add = (ability: Ability, who: string): void => {
    by.set(ability, [...(by.get(ability) ?? []), who]);
  };
  for (const [ability, who] of needsOfTopology(topology)) add(ability, who);
  for (const entry of drawnLeaves(entries)) {
    const found =
      entry.kind === 'fault'
        ? faultRegistry[entry.type]
        : entry.kind === 'procedure'
          ? procedureRegistry[entry.type]
          : undefined;
    for (const ability of found?.needs ?? []) add(ability, entry.id);
  }
  return [...by].map(([ability, who]) => ({ ability, by: who }));
}

export const abilitiesIn = ({ needs }: Pick<Plan, 'needs'>): Ability[] => needs.map(({ ability }) => ability);

/** @throws RedrillError, one line: what this fleet can't do, who needs it, and why it can't. Before anything is started. */
export function refuseWithout(
  { lacks }: Pick<Abilities, 'lacks'>,
  { needs, scenario }: Pick<Plan, 'needs' | 'scenario'>,
): void {
  const missing = needs.flatMap(({ ability, by }) => {
    const why = lacks.get(ability);
    return why === undefined
      ? []
      : [`${ability} (${meanings[ability]}), which ${by.join(', ')} ${by.length === 1 ? 'needs' : 'need'}: ${why}`];
  });
  if (missing.length === 0) return;
  const where = scenario.file === undefined ? scenario.name : `${scenario.name} in ${scenario.file}`;
  throw new RedrillError('ENVIRONMENT', `${where} can't be drilled here: this fleet lacks ${missing.join('; ')}`, {
    hint: '`redrill doctor` says what this machine can do, `redrill plan` what a drill needs.',
  });
}
