/** Reads back what the load wrote, with the load stopped. */

import { slotOf } from '../../deployment/slots.js';
import type { FoundElements } from '../../recording/tables.js';
import { ReplyError } from '../../server/resp.js';
import type { Answer } from './questions.js';
import type { Reader } from './reader.js';

/** The server answers one connection in order; a window of keys in flight hides the round trips. */
const WINDOW = 64;

export interface ReadBack {
  /** Keys read from their owner, and from a replica of an owner that does not answer. */
  owner: number;
  replica: number;
  /** Keys that nobody answered for. */
  nobody: string[];
  /** Keys that their owner did not answer for: it may hold more than its replicas. */
  open: string[];
  /** Of these, those that nobody answered for although several nodes may hold them. */
  unsure: string[];
}

/** What is asked of each key, and who is told the answers. */
export interface Inquiry {
  commands(key: string): string[][];
  take(key: string, answers: readonly Answer[]): void;
}

/** Notes every element that exists. What was found before stays found: `found` is added to. */
export const listed = (found: Elements): Inquiry => ({
  commands: (key) => [['LRANGE', key, '0', '-1']],
  take: (_key, [answer]) => found.add(itemsOf(answer!)),
});

export async function readBack(
  reader: Reader,
  keys: readonly string[],
  { commands, take }: Inquiry,
): Promise<ReadBack> {
  const result: ReadBack = { owner: 0, replica: 0, nobody: [], open: [], unsure: [] };
  for (let i = 0; i < keys.length; i += WINDOW)
    await Promise.all(
      keys.slice(i, i + WINDOW).map(async (key) => {
        const slot = slotOf(key);
        const reading = await reader.read(slot, commands(key));
        if (reading) {
          result[reading.from]++;
          take(key, reading.answers);
        }
        if (reading?.from === 'owner') return;
        result.open.push(key);
        if (!reading) result.nobody.push(key);
        if (!reading && reader.unasked(slot) > 1) result.unsure.push(key);
      }),
    );
  return result;
}

/** Somebody may have put a value of another type in a list's place: that is an answer, and its elements are gone. */
const itemsOf = (answer: Answer): string[] =>
  Array.isArray(answer) && !(answer instanceof ReplyError) ? answer.map(String) : [];

export interface Elements {
  add(items: readonly string[]): void;
}

/** An element counts once however often and wherever it is read. */
export function elementsInto(table: FoundElements): Elements {
  const known = new Set<string>();
  return {
    add(items) {
      const counts = new Map<string, number>();
      for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
      for (const [item, count] of counts) {
        if (known.has(item)) continue;
        known.add(item);
        const [client, seq] = item.split(':').map(Number);
        table.push({ client: client!, seq: seq!, count });
      }
    },
  };
}
