/**
 * The commands of a legacy slot migration, one function each, in the order in which a correct one uses them:
 *
 *   target  CLUSTER SETSLOT s IMPORTING <source>
 *   source  CLUSTER SETSLOT s MIGRATING <target>     from here on a missing key is answered with ASK
 *   source  CLUSTER GETKEYSINSLOT s n, MIGRATE …     until no key is left
 *   target  CLUSTER SETSLOT s NODE <target>          the target first: only it raises its configEpoch
 *   source  CLUSTER SETSLOT s NODE <target>
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../connection.js';
import { ReplyError } from '../resp.js';
import type { Endpoint } from '../types.js';

const TIMEOUT = 10_000;
/** ms that MIGRATE may go without progress. */
const MIGRATE_TIMEOUT = 5000;
/** How often SETSLOT is sent again to a server whose replicas did not confirm it. */
const ASK_AGAIN = 5;

/**
 * Valkey 8 replicates SETSLOT before it executes it. With NOREPLICAS nobody knows which replicas have it, so it is sent
 * again: setting a state twice is harmless.
 */
export async function setSlot(
  node: Endpoint,
  slot: number,
  ...state: ['IMPORTING' | 'MIGRATING' | 'NODE', Endpoint] | ['STABLE']
): Promise<string> {
  const [word, peer] = state;
  for (let left = ASK_AGAIN; ; left--)
    try {
      return String(
        await node.call(['CLUSTER', 'SETSLOT', slot, word, ...(peer ? [peer.id] : [])], { timeout: TIMEOUT }),
      );
    } catch (error) {
      if (left === 0 || !(error instanceof ReplyError) || error.code !== 'NOREPLICAS') throw error;
    }
}

export const countKeys = async (node: Endpoint, slot: number): Promise<number> =>
  Number(await node.call(['CLUSTER', 'COUNTKEYSINSLOT', slot], { timeout: TIMEOUT }));

/** Keys are bytes, one character each. */
export const keysIn = async (node: Endpoint, slot: number, most: number): Promise<string[]> =>
  (await node.call(['CLUSTER', 'GETKEYSINSLOT', slot, most], { timeout: TIMEOUT })) as string[];

const bytes = (key: string): Buffer => Buffer.from(key, 'latin1');

export interface Pace {
  /** Keys in one MIGRATE: it blocks both servers for so long. */
  batch: number;
  /** ms between two of them. */
  pause: number;
  /** Stop after so many keys. */
  limit?: number;
  signal?: AbortSignal | undefined;
}

export const AT_ONCE: Pace = { batch: 100, pause: 0 };

/** The same key on both nodes, with different values: only its owner can say which one is right. */
export class KeyConflict extends Error {
  override readonly name = 'KeyConflict';
  constructor(
    readonly slot: number,
    readonly keys: readonly string[],
    from: string,
    to: string,
  ) {
    const more = keys.length > 3 ? ` and ${keys.length - 3} more` : '';
    super(
      `slot ${slot}: ${keys.slice(0, 3).join(', ')}${more} ${keys.length === 1 ? 'has' : 'have'} different values on ${from} and ${to}: delete the wrong one, then run this again`,
    );
  }
}

/**
 * Moves the slot's keys with MIGRATE until none is left. A key that the target has too (BUSYKEY) replaces it only where
 * both are equal; what differs stays where it is.
 * @returns how many were moved. @throws KeyConflict when keys differ, after all others were moved.
 */
export async function moveKeys(
  from: Endpoint,
  to: Endpoint,
  slot: number,
  { batch, pause, limit = Number.POSITIVE_INFINITY, signal }: Pace,
): Promise<number> {
  const differing = new Set<string>();
  const connection = from.open({ timeout: TIMEOUT + MIGRATE_TIMEOUT });
  let moved = 0;
  try {
    while (moved < limit) {
      signal?.throwIfAborted();
      const most = Math.min(batch, limit - moved);
      const keys = (await keysIn(from, slot, most + differing.size))
        .filter((key) => !differing.has(key))
        .slice(0, most);
      if (keys.length === 0) break;
      try {
        await migrate(connection, to, keys);
      } catch (error) {
        if (!isBusy(error)) throw error;
        for (const key of keys) if (!(await moveOne(from, to, connection, key))) differing.add(key);
      }
      moved += keys.filter((key) => !differing.has(key)).length;
      if (pause > 0) await sleep(pause, undefined, { signal });
    }
  } finally {
    connection.close();
  }
  if (differing.size > 0) throw new KeyConflict(slot, [...differing].sort(), from.name, to.name);
  return moved;
}

const isBusy = (error: unknown): boolean => error instanceof ReplyError && error.message.includes('BUSYKEY');

async function migrate(connection: Connection, to: Endpoint, keys: readonly string[], replace = false): Promise<void> {
  const { host, port } = to.announced;
  const { user = 'default', password } = to.credentials;
  await connection.call([
    'MIGRATE',
    host,
    port,
    '',
    0,
    MIGRATE_TIMEOUT,
    ...(replace ? ['REPLACE'] : []),
    ...(password === undefined ? [] : ['AUTH2', user, password]),
    'KEYS',
    ...keys.map(bytes),
  ]);
}

/** @returns false when both nodes have it and it differs. */
async function moveOne(from: Endpoint, to: Endpoint, connection: Connection, key: string): Promise<boolean> {
  try {
    await migrate(connection, to, [key]);
  } catch (error) {
    if (!isBusy(error)) throw error;
    if (!(await sameValue(from, to, key))) return false;
    await migrate(connection, to, [key], true);
  }
  return true;
}

/** By digest, which ignores the order in a hash or a set; by DUMP where the server refuses DEBUG. */
async function sameValue(a: Endpoint, b: Endpoint, key: string): Promise<boolean> {
  const digest = (node: Endpoint) => ask(node, ['DEBUG', 'DIGEST-VALUE', bytes(key)]);
  const dump = (node: Endpoint) => ask(node, ['DUMP', bytes(key)]);
  try {
    return String(await digest(a)) === String(await digest(b));
  } catch (error) {
    if (!(error instanceof ReplyError)) throw error;
    return (await dump(a)) === (await dump(b));
  }
}

/** One command with ASKING before it: a node answers for an open slot that it does not own. */
export async function ask(node: Endpoint, command: readonly (string | number | Buffer)[]) {
  const connection = node.open({ timeout: TIMEOUT });
  try {
    await connection.call(['ASKING']);
    return await connection.call(command);
  } finally {
    connection.close();
  }
}
