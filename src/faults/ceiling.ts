/** What a fault may take of the machine, on which everything else has to live on: the drill itself, and whoever shares it. */
import { formatSize } from '../core/units.js';
import { DidNotBite, type FaultContext } from './types.js';

const SHARE = 0.25;

/** @throws DidNotBite, before anything is taken. `bytes` in all, on every node together. */
export function affordable(bytes: number, what: string, { fleet }: Pick<FaultContext, 'fleet'>): void {
  const { memory } = fleet.machine;
  if (bytes > SHARE * memory)
    throw new DidNotBite(
      `${what} would take ${formatSize(Math.round(bytes))}: more than a quarter of the ${formatSize(memory)} that the machine has`,
    );
}

/** What is written to a primary is held by its replicas too. */
export const copiesOf = ({ topology }: Pick<FaultContext, 'topology'>): number => 1 + topology.spec.replicas;
