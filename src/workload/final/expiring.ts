/** Keys with a time to live, asked for in the end: what they hold, and for how long they have still to live. */
import { elementText, writerOf } from '../../recording/keys.js';
import type { Expiries } from '../../recording/tables.js';
import type { Elements, Inquiry } from './read-back.js';

const GONE = -2;

export function expiring(found: Elements, table: Expiries, now: () => number): Inquiry {
  const asked = new Map<string, number>();
  return {
    commands: (key) => {
      asked.set(key, now());
      return [
        ['GET', key],
        ['PTTL', key],
      ];
    },
    take: (key, [value, left]) => {
      const { client, seq } = writerOf(key);
      const there = value === elementText(client, seq) && typeof left === 'number';
      if (there) found.add([String(value)]);
      table.push({ client, seq, t: asked.get(key)!, left: there ? left : GONE });
    },
  };
}
