import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columns } from './columns.js';

describe('columns', () => {
  it('begin at the same place in every line', () => {
    const cell = fc.stringMatching(/^[a-z]{1,9}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), (rows) => {
        const lines = columns(rows);
        const widest = Math.max(...rows.map(([first]) => first.length));
        for (const [i, line] of lines.entries()) expect(line.slice(widest + 2)).toBe(rows[i]![1]);
      }),
    );
  });

  it('give colour no room, and leave no blanks at the end', () => {
    expect(
      columns([
        ['\u001b[32mok\u001b[39m', 'x'],
        ['warn', ''],
      ]),
    ).toEqual(['\u001b[32mok\u001b[39m    x', 'warn']);
    expect(columns([])).toEqual([]);
  });
});
