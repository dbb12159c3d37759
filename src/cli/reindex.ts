/** `longhouse reindex`: derives events, titles, counts and the search index anew from the archived bytes. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { defineCommand } from "citty";
import { type Config, loadConfig } from "../config.ts";
import { Fault } from "../domain/fault.ts";
import type { Status } from "../domain/status.ts";
import { openLog } from "../lib/log.ts";
import { lockHolder } from "../shipper/spool-lock.ts";
import { clientOf } from "./client.ts";
import { JSON_FLAG, URL_FLAG } from "./flags.ts";
import { lockBase, lockHome } from "./home.ts";
import { openApp } from "./serve-app.ts";
import { print, printJson, progressBar } from "./terminal.ts";

export const reindex = defineCommand({
  meta: { name: "reindex", description: "Derive events and the search index anew from the archived bytes" },
  args: {
    search: { type: "boolean", description: "Only the search index; the old one answers until it is done" },
    json: JSON_FLAG,
    url: URL_FLAG,
  },
  async run({ args }) {
    const config = loadConfig({ url: args.url });
    const asked: Asked = { search: args.search === true, json: args.json === true };
    const began = performance.now();
    const running = config.url !== null || lockHolder(lockBase(config.home)) !== null;
    const done = running ? await askServer(config, asked) : await here(config, asked);
    const seconds = Math.round((performance.now() - began) / 10) / 100;
    if (args.json) printJson({ ...done, seconds });
    else if (asked.search) print(`The search index was built anew (${seconds} s).`);
    else print(`${done.sessions} sessions were derived anew (${seconds} s).`);
  },
});

/** Sessions that were rebuilt. */
type Done = { readonly sessions: number };

/** `search`: only its index. */
type Asked = { readonly search: boolean; readonly json: boolean };

const LOOK_MS = 200;

/** The server does it while it goes on answering. */
async function askServer(config: Config, { search: only, json }: Asked): Promise<Done> {
  const client = await clientOf(config);
  const done = await client.post<Done>(`/api/reindex${only ? "?only=search" : ""}`);
  const bar = json ? null : progressBar();
  // The server tells how far it is now and then: nothing left is believed when it is said twice.
  for (let [most, quiet] = [0, 0]; quiet < 2;) {
    const { derive, search } = await client.get<Status>("/api/status");
    quiet = derive.behind_bytes === 0 && search.behind === 0 ? quiet + 1 : 0;
    most = Math.max(most, derive.behind_bytes);
    bar?.show({ done: most - derive.behind_bytes, total: most, note: `${search.behind} events to index` });
    await Bun.sleep(LOOK_MS);
  }
  bar?.end();
  return done;
}

/** No server runs: this process is the writer for as long as it takes. */
async function here(config: Config, asked: Asked): Promise<Done> {
  if (!existsSync(config.database))
    throw new Fault("not_found", `There is no archive at ${config.database}.`, "Type: longhouse serve");
  const lock = lockHome(config);
  const log = openLog(join(config.home, "logs"));
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});
  const { app, close } = await openApp(config, log, failure.reject);
  try {
    return await Promise.race([rebuild(app, asked), failure.promise]);
  } finally {
    await close();
    log.close();
    lock.close();
  }
}

async function rebuild(
  { writer, search }: Awaited<ReturnType<typeof openApp>>["app"],
  { search: only }: Asked,
): Promise<Done> {
  if (only) return search.reindex().then(() => ({ sessions: 0 }));
  const sessions = await writer.run("reindexAll", null);
  for (let quiet = 0; quiet < 2; quiet = writer.status.behindBytes > 0 ? 0 : quiet + 1) await Bun.sleep(LOOK_MS);
  await search.reindex();
  return { sessions };
}
