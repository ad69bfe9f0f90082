/** Names of everything the load writes. A key belongs to one client, so nobody else can have changed it. */

/** Elements of one list: short enough to read back in one reply. */
const PER_KEY = 250;

/** Elements live at `{tag}:a:<client>:<n>`, client and sequence number tell which. */
export function appendKey(tags: readonly string[], client: number, seq: number): string {
  const tag = tags[seq % tags.length]!;
  return `{${tag}}:a:${client}:${Math.floor(seq / (tags.length * PER_KEY))}`;
}

/** All keys that a client with sequence numbers 0 … seq-1 has written. */
export function appendKeys(tags: readonly string[], client: number, seqs: number): string[] {
  const keys: string[] = [];
  for (let block = 0; block * tags.length * PER_KEY < seqs; block++)
    for (let i = 0; i < tags.length && block * tags.length * PER_KEY + i < seqs; i++)
      keys.push(appendKey(tags, client, block * tags.length * PER_KEY + i));
  return keys;
}

/** ms by which a key may seem to live longer than it should: an answer takes its time, and so does a busy harness. */
export const EXPIRY_TOLERANCE = 1000;

/** ms: longer than any drill. */
const OUTLIVES = 24 * 3_600_000;

/** Half of the keys of every client and every shard are due in the course of the drill, the others show whether they are lost. */
export const timeToLive = (tags: readonly string[], client: number, seq: number, ttl: number): number =>
  (client + seq + Math.floor(seq / tags.length)) % 2 === 0 ? ttl : OUTLIVES;

/** A key that is written once, with a time to live. */
export const expiringKey = (tags: readonly string[], client: number, seq: number): string =>
  `{${tags[seq % tags.length]!}}:e:${client}:${seq}`;

export const expiringKeys = (tags: readonly string[], client: number, seqs: number): string[] =>
  Array.from({ length: seqs }, (_, seq) => expiringKey(tags, client, seq));

/** Whose key it is. */
export function writerOf(key: string): { client: number; seq: number } {
  const [client, seq] = key
    .slice(key.indexOf(':e:') + 3)
    .split(':')
    .map(Number);
  return { client: client!, seq: seq! };
}

export const elementText = (client: number, seq: number): string => `${client}:${seq}`;
