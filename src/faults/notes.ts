import { RedrillError } from '../core/errors.js';
import type { ManagedNode } from '../topology/types.js';

/** What inject has noted of each node, for effect to compare with. */
export interface Notes<T> {
  set(node: ManagedNode, value: T): void;
  of(node: ManagedNode): T;
}

export function notes<T>(): Notes<T> {
  const noted = new Map<string, { value: T }>();
  return {
    set: ({ name }, value) => void noted.set(name, { value }),
    of: ({ name }) => {
      const found = noted.get(name);
      if (!found) throw new RedrillError('BUG', `nothing was noted of ${name}`);
      return found.value;
    },
  };
}
