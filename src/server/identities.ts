/**
 * Which node an id belongs to. A node that loses its nodes.conf comes back under a new id, while its peers go on speaking of
 * the old one until they are told to forget it: two ids, and only one of them is the node.
 */
export interface Identities {
  /** The node that bears this id; "node-4 (was 1a2b3c4d)" for one that it no longer bears, the id's beginning for a stranger. */
  nameOf(id: string): string;
  /** The id that the node bears now, as far as it has told. */
  idOf(name: string): string;
  /** Ids that it bore before, the last first. */
  formerIds(name: string): string[];
  /** Ids that it took after the one that it began with: server logs speak of ids. */
  laterIds(name: string): string[];
  /** What a node said of itself. */
  learn(name: string, id: string): void;
  /** Counts what was learnt: names that were found before may be others now. */
  readonly version: number;
}

export const formerName = (name: string, id: string): string => `${name} (was ${id.slice(0, 8)})`;

/** `begun`: the id that each of them began with, empty where it has none. */
export function identitiesOf(begun: readonly { name: string; id: string }[]): Identities {
  const current = new Map(begun.map(({ name, id }) => [name, id]));
  const first = new Map(current);
  const bearers = new Map(begun.flatMap(({ name, id }) => (id === '' ? [] : [[id, name] as const])));
  let version = 0;
  const idsOf = (name: string): string[] => [...bearers].filter(([, bearer]) => bearer === name).map(([id]) => id);
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
      idsOf(name)
        .filter((id) => current.get(name) !== id)
        .reverse(),
    laterIds: (name) => idsOf(name).filter((id) => id !== first.get(name)),
    learn: (name, id) => {
      if (current.get(name) === id) return;
      const bearer = bearers.get(id);
      // A copied nodes.conf: two nodes say they are the same one. Its peers mean the one that they met under it.
      if (bearer !== undefined && bearer !== name) return;
      version++;
      current.set(name, id);
      bearers.set(id, name);
    },
  };
}
