/** `longhouse doctor`: examinations, each behind its flag, each giving findings. */
import { defineCommand } from "citty";
import { loadConfig } from "../config.ts";
import type { FormatReport, ProviderFormats } from "../domain/usage.ts";
import { plain } from "../lib/ansi.ts";
import { table } from "../lib/table.ts";
import { type Client, clientOf } from "./client.ts";
import { EXIT, usageFault } from "./exit.ts";
import { JSON_FLAG, URL_FLAG } from "./flags.ts";
import { paint, print, printJson } from "./terminal.ts";

/** `level`: nothing to do, worth a look, to be mended. `fix`: the line to type, if there is one. */
export type Finding = {
  readonly level: "ok" | "note" | "problem";
  readonly title: string;
  readonly details: readonly string[];
  readonly fix?: string;
};

/** What an examination found, for people and as its part of `--json`. */
type Examined = { readonly findings: readonly Finding[]; readonly json: unknown };
type Examination = (client: Client) => Promise<Examined>;

/** By flag. */
const EXAMINATIONS = { formats: examineFormats } satisfies Record<string, Examination>;

export const doctor = defineCommand({
  meta: { name: "doctor", description: "Examine the archive" },
  args: {
    formats: { type: "boolean", description: "Records that are kept, but that no parser knows" },
    json: JSON_FLAG,
    url: URL_FLAG,
  },
  async run({ args }) {
    const asked = Object.entries(EXAMINATIONS).filter(([flag]) => args[flag as keyof typeof EXAMINATIONS]);
    if (asked.length === 0) throw usageFault("What is to be examined?", "Type: longhouse doctor --formats");
    const client = await clientOf(loadConfig({ url: args.url }));
    const json: Record<string, unknown> = {};
    const findings: Finding[] = [];
    for (const [flag, examine] of asked) {
      const examined = await examine(client);
      json[flag] = examined.json;
      findings.push(...examined.findings);
    }
    if (args.json) printJson({ ...json, findings });
    else findings.forEach(tell);
    return findings.some(({ level }) => level === "problem") ? EXIT.failed : EXIT.ok;
  },
});

/** Past this share of a provider's records its parser has fallen behind the agent. */
const SHARE_MAX = 0.005;

async function examineFormats(client: Client): Promise<Examined> {
  const report = await client.get<FormatReport>("/api/doctor/formats");
  const findings = report.providers.map(formatFinding);
  if (report.providers.length === 0)
    findings.push({ level: "ok", title: "The archive has no records yet", details: [] });
  if (report.unread > 0)
    findings.push({ level: "note", title: `${report.unread} more records were counted, but not named`, details: [] });
  return { findings, json: report };
}

function formatFinding({ provider, records, unknown, types }: ProviderFormats): Finding {
  const share = records === 0 ? 0 : unknown / records;
  const percent = `${(share * 100).toFixed(2)} %`;
  const title = `${provider}: ${unknown === 0 ? "every one" : `${unknown} (${percent})`} of ${records} records ${unknown === 0 ? "is known" : "unknown"}`;
  const details = table(types.map(({ type, count }) => [String(count).padStart(7), plain(type)]));
  if (share <= SHARE_MAX) return { level: unknown === 0 ? "ok" : "note", title, details };
  const fix =
    "They are kept and shown as they are. A newer Longhouse may know them; then they are read again by themselves.";
  return { level: "problem", title, details, fix };
}

function tell({ level, title, details, fix }: Finding) {
  const { green, yellow, red, dim } = paint();
  const mark = { ok: green("ok     "), note: yellow("note   "), problem: red("problem") }[level];
  print(`${mark}  ${title}`);
  for (const line of details) print(`         ${line}`);
  if (fix) print(`         ${dim(fix)}`);
}
