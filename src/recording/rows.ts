/** Rows that analysing relies on: what points somewhere points at something that is there, and every moment is one. */
import type { Recording } from './recording.js';
import type { Table } from './table.js';
import { type TableName, tableNames } from './tables.js';

/** No run is longer, as in schema.ts. */
const YEAR = 365 * 24 * 3_600_000;
const moments = new Set(['intended', 'sent', 'done', 't']);

type Rest = Pick<Recording, 'topology' | 'errorTexts'>;

/** @returns what is wrong with the first row that can't be: "probes: row 17 has error 900 where 12 are known". */
export function wrongRow(tables: Pick<Recording, TableName>, { topology, errorTexts }: Rest): string | undefined {
  const greatest: Record<string, [most: number, what: string]> = {
    node: [topology.nodes.length - 1, `of ${topology.nodes.length} nodes`],
    error: [errorTexts.length, `where ${errorTexts.length} are known`],
    status: [3, 'which is none'],
    role: [4, 'which is none'],
  };
  for (const name of tableNames) {
    const table = tables[name] as unknown as Table<Record<string, 'f64'>>;
    for (const column of Object.keys(table.shape)) {
      const values = table.column(column);
      const told = (i: number, what: string): string => `${name}: row ${i} has ${column} ${values[i]}, ${what}`;
      if (moments.has(column)) {
        // An operation that was never answered has no end.
        const wrong = values.findIndex(
          (t: number) => !(Math.abs(t) <= YEAR) && !(column === 'done' && Number.isNaN(t)),
        );
        if (wrong >= 0) return told(wrong, 'which is no moment of a run');
      }
      const [most, what] = greatest[column] ?? [Number.POSITIVE_INFINITY, ''];
      if (most === Number.POSITIVE_INFINITY) continue;
      const wrong = values.findIndex((n: number) => n > most);
      if (wrong >= 0) return told(wrong, what);
    }
  }
  return undefined;
}
