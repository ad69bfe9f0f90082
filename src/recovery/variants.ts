/** Procedures that are done in another way on each kind of deployment. */
import type { DeploymentKind } from '../deployment/types.js';

/** A kind that is not there has no way. */
export type Variants<Way> = Readonly<Partial<Record<DeploymentKind, Way>>>;

/** Why it can't be done on this kind; undefined where it can. */
export const lacksWay = (variants: Variants<unknown> | undefined, kind: DeploymentKind): string | undefined =>
  variants === undefined || variants[kind] !== undefined
    ? undefined
    : `there is no way to do it on a topology of kind ${kind}; there is one on ${Object.keys(variants).join(' and ')}`;

/** @throws Error on a kind that has none: a scenario is refused before, a deployment that was found is not. */
export function wayOn<Way>(variants: Variants<Way>, kind: DeploymentKind): Way {
  const way = variants[kind];
  if (way === undefined) throw new Error(lacksWay(variants, kind));
  return way;
}
