/** `longhouse status`: the server, what was shipped from here, and where each setting comes from. */
import { existsSync } from "node:fs";
import { defineCommand } from "citty";
import { type Config, loadConfig } from "../config.ts";
import { Fault } from "../domain/fault.ts";
import type { Heartbeat, ProviderProgress } from "../domain/heartbeat.ts";
import type { SemanticStatus, Status } from "../domain/status.ts";
import { plain } from "../lib/ansi.ts";
import { table } from "../lib/table.ts";
import { agoText, bytesText, secondsText } from "../lib/units.ts";
import { lockHolder } from "../shipper/spool-lock.ts";
import { openSpool, spoolFile } from "../shipper/spool-open.ts";
import { shipperLock } from "../shipper/token.ts";
import { type Client, clientOf } from "./client.ts";
import { EXIT, exitOf } from "./exit.ts";
import { JSON_FLAG, URL_FLAG } from "./flags.ts";
import { holderName } from "./holder.ts";
import { deviceOf } from "./home.ts";
import { meaningText } from "./meaning-text.ts";
import { pollingLine } from "./polling.ts";
import { settingsTable } from "./status-settings.ts";
import { paint, print, printJson } from "./terminal.ts";

export const status = defineCommand({
  meta: { name: "status", description: "Show the server, what was shipped, and where settings come from" },
  args: { json: JSON_FLAG, url: URL_FLAG },
  async run({ args }) {
    const config = loadConfig({ url: args.url });
    const client = await clientOf(config);
    const server = await ask(client);
    const local = shipped(config, client.url);
    const report = { server: server.status, url: client.url, ...(isPaused(server.fault) ? paused(local) : local) };
    if (args.json) printJson(report);
    else tell(config, client, { ...report, fault: server.fault });
    return server.fault ? exitOf(server.fault) : EXIT.ok;
  },
});

type Shipped = {
  readonly device: string;
  readonly providers: Readonly<Record<string, ProviderProgress>>;
  readonly total: ProviderProgress;
  readonly last_ship_at: string | null;
  /** The process that ships from here; null = none does. */
  readonly holder: { readonly pid: number; readonly since: string; readonly by: string } | null;
  readonly failed: readonly FailedItem[];
  /** Why files are looked at again and again instead of watched; null = they are watched, or nobody ships. */
  readonly polling: string | null;
};

type FailedItem = Heartbeat["failed"][number] & {
  /** What the server said to it; null = it was not asked. */
  readonly message: string | null;
};

async function ask(client: Client): Promise<{ readonly status: Status | null; readonly fault: Fault | null }> {
  try {
    return { status: await client.get<Status>("/api/status"), fault: null };
  } catch (error) {
    if (error instanceof Fault) return { status: null, fault: error };
    throw error;
  }
}

/** The server does not let this machine in: nothing is sent until somebody logs in again. */
function isPaused(fault: Fault | null): boolean {
  return fault !== null && exitOf(fault) === EXIT.unauthorised;
}

function paused(local: Shipped): Shipped {
  const providers = Object.entries(local.providers).map(([name, one]) => [name, { ...one, paused: true }] as const);
  return { ...local, providers: Object.fromEntries(providers), total: { ...local.total, paused: true } };
}

const NOTHING: ProviderProgress = { sources: 0, bytes: 0, acked: 0, spooled: 0, failed: 0, paused: false };

/** What this machine remembers of shipping to `url`. */
function shipped(config: Config, url: string): Shipped {
  const { providers, failed, last_ship_at, polling } = remembered(config, url);
  const total = Object.values(providers).reduce(
    (sum, one) => ({
      sources: sum.sources + one.sources,
      bytes: sum.bytes + one.bytes,
      acked: sum.acked + one.acked,
      spooled: sum.spooled + one.spooled,
      failed: sum.failed + one.failed,
      paused: sum.paused || one.paused,
    }),
    NOTHING,
  );
  const held = existsSync(config.shipperDir) ? lockHolder(shipperLock(config.shipperDir, url)) : null;
  const holder = held && { pid: held.pid, since: new Date(held.since).toISOString(), by: holderName(config, held.pid) };
  const looks = held ? polling : null;
  return { device: deviceOf(config), providers, total, last_ship_at, holder, failed, polling: looks };
}

type Remembered = Pick<Shipped, "providers" | "failed" | "last_ship_at" | "polling">;

function remembered(config: Config, url: string): Remembered {
  const path = spoolFile(config.shipperDir);
  if (!existsSync(path)) return { providers: {}, failed: [], last_ship_at: null, polling: null };
  const { spool } = openSpool(path);
  try {
    const last_ship_at = spool.meta("last_ship_at");
    const polling = spool.meta("polling") || null;
    if (!spool.chooseByUrl(url)) return { providers: {}, failed: [], last_ship_at, polling };
    const failed = spool
      .failures()
      .map(({ path, code, said, at }) => ({ path, code, message: said, at: new Date(at).toISOString() }));
    return { providers: spool.progress(), failed, last_ship_at, polling };
  } finally {
    spool.close();
  }
}

type Told = Shipped & { readonly server: Status | null; readonly fault: Fault | null };

function tell(config: Config, client: Client, told: Told) {
  const { bold, dim } = paint();
  print(bold("Server"));
  for (const line of table(serverRows(client, told))) print(`  ${line}`);
  print();
  print(bold("This machine"));
  for (const line of table(machineRows(told))) print(`  ${line}`);
  for (const line of failureLines(told.failed)) print(`  ${line}`);
  print();
  print(bold("Settings"));
  for (const line of settingsTable(config, client)) print(`  ${line}`);
  if (told.fault?.hint) print(dim(`\n${told.fault.hint}`));
}

function serverRows(client: Client, { server, fault }: Told): string[][] {
  const { green, red } = paint();
  if (!server)
    return [
      ["url", client.url],
      ["state", red(fault?.message ?? "")],
    ];
  const { home, db, search, derive, errors } = server;
  const behind =
    derive.behind_bytes + search.behind === 0
      ? "up to date"
      : `${bytesText(derive.behind_bytes)} to read, ${search.behind} events to index`;
  return [
    ["url", client.url],
    ["state", green(`runs for ${secondsText(server.uptime_s)} (${server.version})`)],
    ["archive", `${bytesText(db.bytes + db.wal_bytes)}, search index ${bytesText(search.bytes)}, ${behind}`],
    ...(search.semantic ? [["by meaning", meaningOf(search.semantic)]] : []),
    ["disk", `${bytesText(home.free)} of ${bytesText(home.total)} free`],
    ...(server.import
      ? [["import", `${bytesText(server.import.done_bytes)} of ${bytesText(server.import.bytes)}`]]
      : []),
    ...errors.map((error) => [red(error.code), plain(error.message)]),
  ];
}

function meaningOf(semantic: SemanticStatus): string {
  const text = meaningText(semantic);
  return semantic.error === null ? text : paint().yellow(text);
}

const FAILURES_SHOWN = 20;

function failureLines(failed: Shipped["failed"]): string[] {
  const { red, dim } = paint();
  if (failed.length === 0) return [];
  const shown = failed.slice(0, FAILURES_SHOWN);
  const lines = table(
    shown.map(({ path, code, message, at }) => [
      red(plain(code)),
      agoText(Date.parse(at), Date.now()),
      plain(message === null ? path : `${path}: ${message}`),
    ]),
  );
  const rest = failed.length > shown.length ? `${failed.length - shown.length} more: longhouse status --json. ` : "";
  return [...lines, dim(`${rest}To try again: longhouse ship --retry-failed`)];
}

/** "12 files, 3 MB of 4 MB archived, 1 MB kept for later, 1 failed, paused: log in again". */
function progressText({ sources, bytes, acked, spooled, failed, paused }: ProviderProgress): string {
  const parts = [`${sources} files`, `${bytesText(acked)} of ${bytesText(bytes)} archived`];
  if (spooled > 0) parts.push(`${bytesText(spooled)} kept for later`);
  if (failed > 0) parts.push(`${failed} failed`);
  if (paused) parts.push("paused: log in again");
  return parts.join(", ");
}

function machineRows({ device, providers, last_ship_at, holder, polling }: Told): string[][] {
  const rows = Object.entries(providers).map(([name, progress]) => [name, progressText(progress)]);
  return [
    ["device", device],
    [
      "ships",
      holder
        ? `${holder.by} (pid ${holder.pid}), begun ${agoText(Date.parse(holder.since), Date.now())}`
        : "nobody: longhouse connect --install has it done; longhouse ship does it once",
    ],
    ...(polling ? [["watching", paint().yellow(pollingLine(polling))]] : []),
    ["last sent", last_ship_at ? agoText(Date.parse(last_ship_at), Date.now()) : "never"],
    ...rows,
  ];
}
