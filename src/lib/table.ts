/** Rows in columns, as wide as they need. */

/** Lines of a table; the last column is not padded. Widths are those of a terminal, colours not counted. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, Bun.stringWidth(cell));
  return rows.map((row) =>
    row
      .map((cell, i) => pad(cell, i === row.length - 1 ? 0 : widths[i]!))
      .join("  ")
      .trimEnd(),
  );
}

function pad(cell: string, width: number): string {
  return cell + " ".repeat(Math.max(0, width - Bun.stringWidth(cell)));
}
