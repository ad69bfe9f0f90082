/** Of several recoveries the one that counts: what is told phase by phase beside the recovery time must be the same one. */
import type { Incident } from './types.js';

type Recovery = Pick<Incident, 'at' | 'episode' | 'phases' | 'lostAgain'>;

/** From the moment it took effect until service was back; undefined where it was not interrupted. */
export function recoveryOf({ at, episode, phases, lostAgain }: Recovery): number | 'never' | undefined {
  if (!episode) return undefined;
  const served = phases.find(({ name }) => name === 'served');
  return served === undefined || lostAgain !== undefined ? 'never' : Math.max(0, served.at - at);
}

const length = (incident: Recovery): number => {
  const recovery = recoveryOf(incident);
  return recovery === 'never' ? Number.POSITIVE_INFINITY : (recovery ?? -1);
};

/** The first of those that took longest; never is longer than any time. */
export const longestRecovery = <T extends Recovery>(incidents: readonly T[]): T | undefined =>
  incidents.reduce<T | undefined>((worst, one) => (worst && length(worst) >= length(one) ? worst : one), undefined);
