/** `longhouse doctor --formats`: record types that are kept, but that no parser knows. */
import type { FormatReport, ProviderFormats } from "../domain/usage.ts";
import { plain } from "../lib/ansi.ts";
import { table } from "../lib/table.ts";
import type { Client } from "./client.ts";
import type { Finding } from "./findings.ts";

/** Past this share of a provider's records its parser has fallen behind the agent. */
const SHARE_MAX = 0.005;

/** What the server has counted, by provider; `report` as it said it. */
export async function examineFormats(
  client: Client,
): Promise<{ readonly findings: readonly Finding[]; readonly report: FormatReport }> {
  const report = await client.get<FormatReport>("/api/doctor/formats");
  const findings: Finding[] = report.providers.map(formatFinding);
  if (report.providers.length === 0)
    findings.push({ level: "ok", title: "The archive has no records yet", details: [] });
  if (report.unread > 0)
    findings.push({ level: "note", title: `${report.unread} more records were counted, but not named`, details: [] });
  return { findings, report };
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
