/** Servers that belong together, from what is known of them. */
import { RedrillError } from '../core/errors.js';
import { lookAround } from './look-around.js';
import type { Deployment, Endpoint } from './types.js';

type Known<Node extends Endpoint> = Omit<Deployment<Node>, 'nodes' | 'sentinels' | 'node' | 'look'>;

export function deploymentOf<Node extends Endpoint>(known: Known<Node>, now: () => number): Deployment<Node> {
  const isSentinel = ({ initial }: Node): boolean => initial.role === 'sentinel';
  return {
    ...known,
    nodes: known.all.filter((node) => !isSentinel(node)),
    sentinels: known.all.filter(isSentinel),
    node: (name) => {
      const found = known.all.find((node) => node.name === name);
      if (!found) throw new RedrillError('BUG', `no node is called ${name}`);
      return found;
    },
    look: () => lookAround(known, now),
  };
}
