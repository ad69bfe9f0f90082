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

export const element = (client: number, seq: number): string => `${client}:${seq}`;
