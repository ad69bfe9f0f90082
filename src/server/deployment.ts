/** Servers that belong together, from what is known of them. */

import { RedrillError } from '../core/errors.js';
import { watches } from '../deployment/roles.js';
import { lookAround } from './look-around.js';
import type { Deployment, Endpoint } from './types.js';

type Known<Node extends Endpoint> = Omit<Deployment<Node>, 'nodes' | 'sentinels' | 'node' | 'look'>;

export function deploymentOf<Node extends Endpoint>(known: Known<Node>, now: () => number): Deployment<Node> {
  return {
    ...known,
    nodes: known.all.filter(({ initial }) => !watches(initial)),
    sentinels: known.all.filter(({ initial }) => watches(initial)),
    node: (name) => {
      const found = known.all.find((node) => node.name === name);
      if (!found) throw new RedrillError('BUG', `no node is called ${name}`);
      return found;
    },
    look: () => lookAround(known, now),
  };
}
