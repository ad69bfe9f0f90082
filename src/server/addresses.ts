/**
 * Which node an address belongs to. A node that is scheduled anew comes back under another one, while its peers may go on
 * speaking of the one that it had: what nobody has now is the node's that had it last.
 */
import type { NodeInfo } from '../recording/recording.js';

export interface Addresses {
  /** The node that is there now, by address or by name; "node-2 (was 10.0.0.3)" for an address that it no longer has. */
  nameOf(host: string, port: string | number): string | undefined;
  /** Grows with everything that is learnt. */
  readonly version: number;
  /** The node's address now. */
  hostOf(name: string): string | undefined;
  /** From this moment on they have these addresses, all of them at once. */
  learn(moved: ReadonlyMap<string, string>, at: number): void;
}

/** Writes what it learns into `info`, which the recording holds: sentinels' logs speak of addresses. */
export function addressesOf(info: readonly NodeInfo[]): Addresses {
  const now = new Map(info.map(({ name, address }) => [name, address]));
  // Users may write names where redrill writes addresses: REPLICAOF node-1 6379.
  const bearers = new Map(
    info.flatMap(({ name, address }) => [
      [address, name],
      [`${name}:${portIn(address)}`, name],
    ]),
  );
  let version = 0;
  return {
    get version() {
      return version;
    },
    nameOf: (host, port) => {
      const address = `${host}:${port}`;
      const name = bearers.get(address);
      return name === undefined || host === name || now.get(name) === address ? name : `${name} (was ${host})`;
    },
    hostOf: (name) => now.get(name)?.replace(/:\d+$/, ''),
    learn: (moved, at) => {
      version++;
      for (const node of info) {
        const host = moved.get(node.name);
        if (host === undefined) continue;
        const address = `${host}:${portIn(node.address)}`;
        now.set(node.name, address);
        node.laterAddresses = [...(node.laterAddresses ?? []), { from: at, address }];
      }
      for (const [name, address] of now) if (moved.has(name)) bearers.set(address, name);
    },
  };
}

const portIn = (address: string): string => /:(\d+)$/.exec(address)?.[1] ?? '';
