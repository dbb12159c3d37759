/** The archive of the web bench: many short sessions of two agents, 24 projects and half a year, and one of 50,000 events. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { conversation, pathOf } from "../support/conversation.ts";
import { post } from "../support/post.ts";
import { startServer } from "../support/server.ts";
import type { Server } from "../support/server.ts";
import { longTalk, LONG } from "./web-talk.ts";

/** Requests at once. */
const LANES = 8;
const HALF_YEAR_MS = 180 * 86_400_000;
/** Bytes of the long session in one request. */
const BODY = 4_000_000;
const TASKS = [
  "Explain the lock files",
  "Find why the upload retries twice",
  "Write the migration",
  "Read the profile",
];

/** A server on an archive of so many sessions and the long one. `kept`: a folder that it is made in, or taken from. */
export async function filledServer(sessions: number, kept?: string): Promise<Server> {
  const home = kept && join(kept, "home");
  if (home) mkdirSync(home, { recursive: true });
  const server = await startServer(kept && home ? { home, data: join(kept, "lh") } : {});
  const filled = kept && join(kept, `filled-${sessions}`);
  if (filled && existsSync(filled)) return server;
  await fillHome(server, sessions);
  await postLong(server);
  if (filled) writeFileSync(filled, "");
  return server;
}

/** Posts `sessions` of them; throws when fewer stand on the timeline in the end. */
async function fillHome(server: Server, sessions: number): Promise<void> {
  const end = Date.now();
  let next = 0;
  const lane = async () => {
    for (let n = next++; n < sessions; n = next++) await postOne(server, n, end - (n + 1) * (HALF_YEAR_MS / sessions));
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  await server.settled(300_000);
  const { months } = await server.json<{ months: { count: number }[] }>("/api/agents/filters");
  const there = months.reduce((sum, month) => sum + month.count, 0);
  if (there < sessions) throw new Error(`only ${there} of ${sessions} sessions are there`);
}

async function postOne(server: Server, n: number, at: number): Promise<void> {
  const id = `7e57b000-0001-4000-8000-${String(n).padStart(12, "0")}`;
  const title = `${TASKS[n % TASKS.length]}, number ${n}`;
  const cwd = `/home/ada/work/project-${n % 24}`;
  if (n % 4 !== 3) {
    const talk = conversation({ id, at, cwd, branch: n % 3 === 0 ? "main" : `fix/${n % 40}` });
    talk.prompt(title);
    talk.reply(`Done: ${title}.`);
    return void (await post(server, pathOf({ id }), talk.text()));
  }
  const time = new Date(at).toISOString();
  const meta = { id, timestamp: time, cwd, originator: "codex_cli_rs", cli_version: "0.44.0", instructions: null };
  const lines = [
    { timestamp: time, type: "session_meta", payload: meta },
    { timestamp: time, type: "event_msg", payload: { type: "user_message", message: title } },
    { timestamp: time, type: "event_msg", payload: { type: "agent_message", message: `Done: ${title}.` } },
  ];
  const path = `/home/ada/.codex/sessions/2026/rollout-${time.slice(0, 19).replaceAll(":", "-")}-${id}.jsonl`;
  await post(server, path, `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`, { provider: "codex" });
}

async function postLong(server: Server): Promise<void> {
  const lines = longTalk(Date.now());
  let offset = 0;
  for (let from = 0; from < lines.length;) {
    let body = "";
    while (from < lines.length && body.length < BODY) body += lines[from++];
    await post(server, pathOf({ id: LONG.id }), body, { offset, project: LONG.project });
    offset += Buffer.byteLength(body);
  }
  await server.settled(300_000);
}
