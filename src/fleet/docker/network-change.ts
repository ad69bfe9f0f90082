import type { Place } from '../network.js';

/** What a script gets in one container. */
export interface Call {
  container: Place;
  args: readonly string[];
}

/**
 * A change inside containers' network namespaces that lasts until it is undone. `on` and `off` are fixed sh scripts (run
 * with -eu; ip, tc, ss and iptables are there), what varies comes as arguments: $1 is a name that only this change has
 * ("redrill-3", short enough for an iptables chain), then the container's own. Both must be idempotent: `on` runs again after each start
 * and each attach of the container, a moment after its process began to run; `off` may come after half an `on`.
 */
export interface NetworkChange {
  /** For the journal: "drop what comes from node-1". */
  what: string;
  on: string;
  /** Without it the change is a single act: nothing is to be undone, and nothing is done again. */
  off?: string;
  at: readonly Call[];
}
