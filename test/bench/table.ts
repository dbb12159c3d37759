/** Figures as text. */

export type Row = { readonly what: string; readonly got: string; readonly goal: string };

export const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
export const ms = (value: number) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;

/** The p-th percentile (0…100) of unsorted values. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((p / 100) * sorted.length))] ?? NaN;
}

export const spread = (values: readonly number[]) =>
  `p50 ${ms(percentile(values, 50))}, p95 ${ms(percentile(values, 95))}, max ${ms(percentile(values, 100))}`;

/** A Markdown table. */
export function table(rows: readonly Row[]): string {
  const lines = rows.map(({ what, got, goal }) => `| ${what} | ${got} | ${goal} |`);
  return `# Figures\n\nBy \`bun run bench\` on this machine; medians and ratios count, single figures do not.\n\n| what | measured | goal |\n|---|---|---|\n${lines.join("\n")}\n`;
}
