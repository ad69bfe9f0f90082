/** What is wanted of the containers' networks, done from within their namespaces. */
import type { Ability, Fleet } from '../../types.js';
import type { Namespaces } from '../netns.js';
import { cut } from './cut.js';
import { breakNames, lookUp } from './names.js';
import { networkOf } from './network.js';
import { reset } from './reset.js';
import { vanish } from './vanish.js';

type Intents = Pick<Fleet, 'cut' | 'reset' | 'vanish' | 'breakNames' | 'lookUp' | 'network'>;

/** `namespaces`: throws in a fleet that lacks the ability. */
export const intentsOf = (namespaces: (takes: Ability) => Namespaces): Intents => ({
  cut: async (barriers, how, what) => cut(barriers, how, what, namespaces('cut')),
  reset: async (connections) => reset(connections, namespaces('reset')),
  vanish: async (containers) => vanish(containers, namespaces('vanish')),
  breakNames: async (containers, how) => breakNames(containers, how, namespaces('names')),
  lookUp: async (container) => lookUp(container, namespaces('names')),
  network: async (containers) => networkOf(containers, namespaces('see-network')),
});
