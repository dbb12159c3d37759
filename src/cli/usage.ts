/** `longhouse usage`: tokens and cost by day, model, project, provider or device. */
import { defineCommand } from "citty";
import { loadConfig } from "../config.ts";
import { USAGE_BY } from "../domain/usage.ts";
import type { UsageBy, UsageReport, Used } from "../domain/usage.ts";
import { plain } from "../lib/ansi.ts";
import { table } from "../lib/table.ts";
import { dollarsText, readSince, tokensText } from "../lib/units.ts";
import { clientOf } from "./client.ts";
import { EXIT, usageFault } from "./exit.ts";
import { JSON_FLAG, URL_FLAG } from "./flags.ts";
import { note, paint, paintNotes, print, printJson } from "./terminal.ts";

export const usage = defineCommand({
  meta: { name: "usage", description: "Show tokens and cost" },
  args: {
    by: { type: "string", valueHint: USAGE_BY.join("|"), description: "What to add up by (day)" },
    since: { type: "string", valueHint: "7d|DATE", description: "Only from then on" },
    until: { type: "string", valueHint: "DATE", description: "Only up to then; a day is in it" },
    json: JSON_FLAG,
    url: URL_FLAG,
  },
  async run({ args }) {
    const asked = new URLSearchParams({ by: readBy(args.by), tz: Intl.DateTimeFormat().resolvedOptions().timeZone });
    for (const name of ["since", "until"] as const)
      if (args[name] !== undefined) asked.set(name, readTime(name, args[name]));
    const client = await clientOf(loadConfig({ url: args.url }));
    const report = await client.get<UsageReport>(`/api/agents/usage?${asked}`);
    if (args.json) printJson(report);
    else tell(report, readBy(args.by));
    return EXIT.ok;
  },
});

function readBy(text = "day"): UsageBy {
  const by = USAGE_BY.find((one) => one === text);
  if (!by) throw usageFault(`--by: ${JSON.stringify(text)} is none.`, `Accepted: ${USAGE_BY.join(", ")}.`);
  return by;
}

/** A bare day goes as it is: the server takes it for one of this machine's time zone. */
function readTime(name: string, text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return text;
  const ms = readSince(text, Date.now());
  if (ms === null) throw usageFault(`--${name}: ${JSON.stringify(text)} is no time.`, "Accepted: 7d, 12h, 2026-11-21.");
  return new Date(ms).toISOString();
}

const HEAD = ["sessions", "prompts", "input", "output", "cache read", "cache write", "cost"];

function tell({ rows, total, prices_as_of }: UsageReport, by: UsageBy) {
  if (rows.length === 0)
    return note("Nothing was used in that time. Every session has its tokens after its first reply.");
  const { bold, dim } = paint();
  const shown = [...rows.map(({ key, ...used }) => [nameOf(key, by), ...figures(used)]), ["total", ...figures(total)]];
  const [head, ...lines] = table(aligned([[by, ...HEAD], ...shown]));
  print(dim(head!));
  for (const line of lines.slice(0, -1)) print(line);
  print(bold(lines.at(-1)!));
  const list = `Cost by public list prices as of ${prices_as_of}; prices of your own: prices.toml in LONGHOUSE_HOME.`;
  const lacking = `${tokensText(total.unpriced_tokens)} tokens are of models without a known price; ~ marks what lacks them.`;
  note(paintNotes().dim(`\n${total.unpriced_tokens > 0 ? `${lacking}\n` : ""}${list}`));
}

function nameOf(key: string | null, by: UsageBy): string {
  return key === null ? `no ${by}` : plain(key);
}

function figures({ sessions, prompts, tokens, cost_usd, unpriced_tokens }: Used): string[] {
  const { input, output, cache_read, cache_write } = tokens;
  const counted = [input, output, cache_read, cache_write].map(tokensText);
  return [String(sessions), String(prompts), ...counted, costText(cost_usd, unpriced_tokens)];
}

/** Nothing used costs nothing to say; what nobody has a price for is unknown. */
function costText(cost: number | null, unpriced: number): string {
  if (cost === null) return unpriced > 0 ? "unknown" : "–";
  return `${unpriced > 0 ? "~" : ""}${dollarsText(cost)}`;
}

/** Figures stand at the right of their columns. */
function aligned(rows: readonly (readonly string[])[]): string[][] {
  const width = (i: number) => Math.max(...rows.map((row) => Bun.stringWidth(row[i]!)));
  const widths = rows[0]!.map((_, i) => width(i));
  return rows.map((row) => row.map((cell, i) => (i === 0 ? cell : cell.padStart(widths[i]!))));
}
