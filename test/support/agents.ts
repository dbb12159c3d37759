/** Our fixtures as the agents' own homes: a HOME with files of all of them, and what of it is to be archived. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { psid, talk } from "./fill.ts";

const FIXTURES = join(import.meta.dir, "../fixtures");

/** Writes a file, with its folders. Returns its path. */
export function put(path: string, content: string | Uint8Array): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** Where Claude keeps the `n`th session of a folder. */
export const claudeFile = (home: string, n: number, folder = "-w"): string =>
  join(home, ".claude/projects", folder, `${psid(n)}.jsonl`);

/** Files of every agent below `home`: the fixtures in native places, and what stands beside sessions. */
export function layAgents(home: string): void {
  const hash = "0f".repeat(32);
  for (const [n, name, bytes] of fixtures("claude"))
    put(name === "subagent" ? subagent(home) : claudeFile(home, n, `-home-ada-${name}`), bytes);
  for (const [n, name, bytes] of fixtures("codex")) {
    const id = /"id":\s?"([0-9a-f-]{36})"/.exec(bytes.toString("latin1"))?.[1] ?? psid(500 + n);
    const folder = name === "paginated" ? "archived_sessions" : "sessions/2026/03/04";
    put(join(home, `.codex/${folder}/rollout-2026-03-04T09-00-0${n % 10}-${id}.jsonl`), bytes);
  }
  for (const [, name, bytes] of fixtures("gemini"))
    put(join(home, `.gemini/tmp/${hash}/chats/session-2026-03-04T09-00-${name}.jsonl`), bytes);
  put(join(home, `.gemini/tmp/${hash}/chats/session-2025-07-01T09-00-old.json`), '{"sessionId":"old","messages":[]}\n');
  put(join(home, `.gemini/tmp/${hash}/.project_root`), "/home/kim/tea");
  put(join(home, ".gemini/projects.json"), '{"projects":{"/home/kim/tea":"tea"}}');
  put(join(home, ".cursor/projects/home-u/agent-transcripts/a/a.jsonl"), '{"role":"user","message":{"content":[]}}\n');
  put(join(home, ".cursor/projects/home-u/agent-transcripts/b.txt"), "user:\nhello\n");
  put(join(home, ".claude/projects/-w", psid(900), "tool-results/toolu_1.txt"), "a large output\n");
  put(join(home, ".claude/projects/-w", psid(900), "subagents/agent-a1.meta.json"), '{"agentType":"Explore"}');
  put(
    join(home, ".claude/projects/-w", psid(900), "subagents/agent-a1.jsonl"),
    // Model calls of its own: what a sub-agent is charged for is not its parent's.
    talk(2, { id: psid(900), agent: "a1" }).replaceAll(/(?<=")([mr])-/g, "$1-a1-"),
  );
  put(join(home, ".claude/projects/-w/sessions-index.json"), '{"version":1,"entries":[]}');
  put(claudeFile(home, 900), talk(30, { id: psid(900), cwd: "/home/ada/loom" }));
  layStrangers(home);
}

/** What must stay where it is: databases, credentials, other programs' files. */
function layStrangers(home: string) {
  put(join(home, ".config/Cursor/User/globalStorage/state.vscdb"), "SQLite format 3\0 token");
  put(join(home, ".cursor/chats/x/y/store.db"), "SQLite format 3\0 token");
  put(join(home, ".codex/auth.json"), '{"token":"secret"}');
  put(join(home, ".claude/settings.json"), "{}");
  put(join(home, ".gemini/oauth_creds.json"), '{"token":"secret"}');
}

const subagent = (home: string) =>
  join(home, ".claude/projects/-w/5e551011-0000-4000-8000-00000000beef/subagents/agent-a1b2c3d.jsonl");

/** A fixture's number, name and bytes, in which ids that fixtures share are its own: they are not copies of each other. */
function fixtures(provider: string): (readonly [number, string, Buffer])[] {
  return readdirSync(join(FIXTURES, provider))
    .filter((name) => name.endsWith(".jsonl"))
    .toSorted()
    .map((name, n) => [n, name.replace(/\.jsonl$/, ""), own(join(FIXTURES, provider, name), n)] as const);
}

function own(path: string, n: number): Buffer {
  const text = readFileSync(path, "latin1");
  const ids = text
    .replaceAll(/(?<=")(msg|req)_/g, `$1_${n}_`)
    .replaceAll("00000000-0000-4000", `0000000${n % 10}-00${n}0-4000`);
  return Buffer.from(ids.replaceAll("7ea00000-0000", `7ea0000${n}-0000`), "latin1");
}

/** Whether the agents' format is one that sessions are derived from today. */
export const isDerived = (path: string): boolean =>
  path.endsWith(".jsonl") && !path.includes("/.cursor/") && !path.includes("/tool-results/");

/**
 * The regular files that are to be archived, told here by what each agent's folder is, not by the code under test:
 * everything but databases below Claude's projects, Codex's sessions, Gemini's chats, Cursor's transcripts.
 */
export function agentFiles(home: string): string[] {
  const ours =
    /^\.claude\/projects\/|^\.codex\/(archived_)?sessions\/|^\.gemini\/(projects\.json$|tmp\/[^/]+\/(chats\/|\.project_root$))|^\.cursor\/projects\/[^/]+\/agent-transcripts\//;
  return regularFiles(home)
    .filter((path) => ours.test(path.slice(home.length + 1)) && !/\.(vscdb|db)$/.test(path))
    .toSorted();
}

/** Links are none. */
function regularFiles(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return regularFiles(path);
    return entry.isFile() ? [path] : [];
  });
}

/** The provider whose folder a path is in. */
export const providerOf = (path: string): string => /\/\.(claude|codex|gemini|cursor)\//.exec(path)![1]!;
