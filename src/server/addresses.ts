/**
 * Which node an address belongs to. A node that is scheduled anew comes back under another one, while its peers may go on
 * speaking of the one that it had: what nobody has now is the node's that had it last.
 */

/** An address that a node took, and when. */
interface Later {
  from: number;
  address: string;
}

export interface Addresses {
  /** The node that is there now, by address or by name; "node-2 (was 10.0.0.3)" for an address that it no longer has. */
  nameOf(host: string, port: string | number): string | undefined;
  /** Grows with everything that is learnt. */
  readonly version: number;
  /** The node's address now. */
  hostOf(name: string): string | undefined;
  /** Those that it took after the one that it began with: sentinels' logs speak of addresses. */
  later(name: string): readonly Later[];
  /** From this moment on they have these addresses, all of them at once. */
  learn(moved: ReadonlyMap<string, string>, at: number): void;
}

interface Begun {
  name: string;
  /** Where it is for the others at first, as "10.0.0.1:6379". */
  address: string;
  /** What some of them know it by as well. */
  also?: readonly string[];
}

export function addressesOf(begun: readonly Begun[]): Addresses {
  const now = new Map(begun.map(({ name, address }) => [name, address]));
  // Users may write names where redrill writes addresses: REPLICAOF node-1 6379.
  const bearers = new Map(
    begun.flatMap(({ name, address, also = [] }) =>
      [address, `${name}:${portIn(address)}`, ...also].map((one) => [one, name] as const),
    ),
  );
  const aliases = new Set(begun.flatMap(({ also = [] }) => also));
  const later = new Map<string, Later[]>();
  let version = 0;
  return {
    get version() {
      return version;
    },
    nameOf: (host, port) => {
      const address = `${host}:${port}`;
      const name = bearers.get(address);
      const isHere = host === name || (name !== undefined && now.get(name) === address) || aliases.has(address);
      return name === undefined || isHere ? name : `${name} (was ${host})`;
    },
    hostOf: (name) => now.get(name)?.replace(/:\d+$/, ''),
    later: (name) => later.get(name) ?? [],
    learn: (moved, at) => {
      version++;
      for (const { name, address: before } of begun) {
        const host = moved.get(name);
        if (host === undefined) continue;
        const address = `${host}:${portIn(before)}`;
        now.set(name, address);
        later.set(name, [...(later.get(name) ?? []), { from: at, address }]);
      }
      for (const [name, address] of now) if (moved.has(name)) bearers.set(address, name);
    },
  };
}

const portIn = (address: string): string => /:(\d+)$/.exec(address)?.[1] ?? '';
