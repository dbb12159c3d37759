/** `longhouse ship`: sends what is missing, once. */
import { defineCommand } from "citty";
import { type Config, loadConfig } from "../config.ts";
import { isSessionId } from "../domain/session-id.ts";
import type { ShipReport } from "../domain/ship-report.ts";
import { bytesText, readSince } from "../lib/units.ts";
import { absolute } from "../lib/settings.ts";
import { PROVIDERS } from "../providers/all.ts";
import type { Scope, WakeProgress } from "../shipper/spool-wakes.ts";
import { clientOf } from "./client.ts";
import { EXIT, usageFault } from "./exit.ts";
import { JSON_FLAG, URL_FLAG } from "./flags.ts";
import { dryRun } from "./ship-dry.ts";
import { shipOnce } from "./ship-once.ts";
import { eventsTaken, outcomeOf } from "./ship-outcome.ts";
import { note, print, printJson, progressBar } from "./terminal.ts";

export const ship = defineCommand({
  meta: { name: "ship", description: "Send this machine's sessions to the archive, once" },
  args: {
    url: URL_FLAG,
    json: JSON_FLAG,
    provider: { type: "string", valueHint: "NAME", description: "Only this agent's; several with commas" },
    since: { type: "string", valueHint: "WHEN", description: "Only files changed since: 7d, 12h, 2026-01-31" },
    file: { type: "string", valueHint: "PATH", description: "Only this file, or all below this folder" },
    session: {
      type: "string",
      valueHint: "ID",
      description: "Only files of this session; with nothing else and no terminal, as a hook: at once, in silence",
    },
    "retry-failed": { type: "boolean", description: "Also what the server has refused five times" },
    "dry-run": { type: "boolean", description: "Say what would be sent, and send nothing" },
  },
  async run({ args }) {
    const config = loadConfig({ url: args.url });
    const scope = scopeOf(args);
    const began = performance.now();
    const report = args["dry-run"]
      ? await dryRun(config, scope)
      : await sendAndCount(config, scope, { json: args.json === true, retryFailed: args["retry-failed"] === true });
    const whole: ShipReport = { ...report, seconds: Math.round((performance.now() - began) / 10) / 100 };
    if (args.json) printJson(whole);
    else tell(whole, args["dry-run"] === true);
    return whole.failed > 0 ? EXIT.failed : EXIT.ok;
  },
});

type Args = { readonly provider?: string; readonly since?: string; readonly file?: string; readonly session?: string };

/** What the flags ask for. Throws a usage fault that names what is accepted. */
export function scopeOf({ provider, since, file, session }: Args, now = Date.now()): Scope {
  return {
    ...(provider && { providers: providersOf(provider) }),
    ...(since && { since: sinceOf(since, now) }),
    ...(file && { file: absolute(file) }),
    ...(session && { session: sessionOf(session) }),
  };
}

function providersOf(text: string): readonly string[] {
  const known = PROVIDERS.map(({ name }) => name);
  const asked = text.split(",").map((name) => name.trim());
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown === undefined) return asked;
  throw usageFault(`--provider: there is no agent ${JSON.stringify(unknown)}.`, `Accepted: ${known.join(", ")}.`);
}

function sinceOf(text: string, now: number): number {
  const at = readSince(text, now);
  if (at !== null) return at;
  throw usageFault(
    `--since: ${JSON.stringify(text)} is no time.`,
    "Accepted: 30m, 12h, 7d, 2w, 2026-01-31, 2026-01-31T12:00Z.",
  );
}

function sessionOf(text: string): string {
  if (isSessionId(text)) return text;
  throw usageFault("--session: this is no session id.", "Accepted: letters, digits, dots, dashes and underscores.");
}

type Manner = { readonly json: boolean; readonly retryFailed: boolean };

async function sendAndCount(config: Config, scope: Scope, { json, retryFailed }: Manner): Promise<ShipReport> {
  const client = await clientOf(config);
  const eventsBefore = await eventsTaken(client);
  const bar = json ? null : progressBar();
  const report = ({ bytes, total, sources }: WakeProgress) =>
    bar?.show({ done: bytes, total, note: `${sources} files` });
  try {
    const shipped = await shipOnce(config, client, { scopes: [scope], retryFailed, report });
    return await outcomeOf({ config, client, scope, shipped, eventsBefore }, (left) =>
      bar?.show({ done: shipped.bytes, total: shipped.bytes + left, note: "being read" }),
    );
  } finally {
    bar?.end();
  }
}

function tell({ sources, bytes, derived, events_inserted, failed, seconds }: ShipReport, dry: boolean) {
  if (dry) return print(`${sources} files, ${bytesText(bytes)} of them not in the archive yet. Nothing was sent.`);
  if (sources === 0) return print("No sessions of an agent were found on this machine.");
  const what = bytes === 0 ? "Nothing new" : `${bytesText(bytes)} sent, ${events_inserted} events`;
  print(`${what}: ${sources} files in the archive, ${derived} of them sessions (${seconds} s).`);
  if (failed > 0) note(`${failed} could not be sent: longhouse status says which and why.`);
}
