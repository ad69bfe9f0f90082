/**
 * Which node an id belongs to. A node that loses its nodes.conf comes back under a new id, while its peers go on speaking of
 * the old one until they are told to forget it: two ids, and only one of them is the node.
 */
import type { NodeInfo } from '../recording/recording.js';

export interface Identities {
  /** The node that bears this id; "node-4 (was 1a2b3c4d)" for one that it no longer bears, the id's beginning for a stranger. */
  nameOf(id: string): string;
  /** The id that the node bears now, as far as it has told. */
  idOf(name: string): string;
  /** Ids that it bore before, the last first. */
  formerIds(name: string): string[];
  /** What a node said of itself. */
  learn(name: string, id: string): void;
  /** Counts what was learnt: names that were found before may be others now. */
  readonly version: number;
}

export const formerName = (name: string, id: string): string => `${name} (was ${id.slice(0, 8)})`;

/** Writes what it learns into `info`, which the recording holds: server logs speak of ids. */
export function identitiesOf(info: readonly NodeInfo[]): Identities {
  const current = new Map(info.map(({ name, id }) => [name, id]));
  const bearers = new Map(info.map(({ name, id }) => [id, name]));
  let version = 0;
  return {
    get version() {
      return version;
    },
    nameOf: (id) => {
      const name = bearers.get(id);
      if (name === undefined) return id.slice(0, 8);
      return current.get(name) === id ? name : formerName(name, id);
    },
    idOf: (name) => current.get(name) ?? '',
    formerIds: (name) =>
      [...bearers]
        .filter(([id, bearer]) => bearer === name && current.get(name) !== id)
        .map(([id]) => id)
        .reverse(),
    learn: (name, id) => {
      if (current.get(name) === id) return;
      const bearer = bearers.get(id);
      // A copied nodes.conf: two nodes say they are the same one. Its peers mean the one that they met under it.
      if (bearer !== undefined && bearer !== name) return;
      version++;
      current.set(name, id);
      bearers.set(id, name);
      const told = info.find((node) => node.name === name)!;
      if (told.id !== id && !told.laterIds?.includes(id)) told.laterIds = [...(told.laterIds ?? []), id];
    },
  };
}
