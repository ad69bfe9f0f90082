const visible = (text: string): number => text.replace(ANSI, '').length;
// biome-ignore lint/suspicious/noControlCharactersInRegex: colour takes no room on the screen
const ANSI = /\u001b\[[0-9;]*m/g;

/** Lines with columns as wide as their widest cell, two spaces apart. Cells may be coloured. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, i) => Math.max(...rows.map((row) => visible(row[i] ?? ''))));
  return rows.map((row) =>
    row
      .map((cell, i) => cell + ' '.repeat(widths[i]! - visible(cell)))
      .join('  ')
      .trimEnd(),
  );
}
