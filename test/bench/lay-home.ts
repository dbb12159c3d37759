#!/usr/bin/env bun
// Lays a corpus folder (claude/ codex/ gemini/ cursor/ derived/) out as a home directory, as the agents themselves would.
//
//   bun lay-home.ts CORPUS OUT      prints {"files","bytes"}; OUT is then a HOME
//
// A file keeps its bytes; only its place and name are made native (Claude: session id, Codex: rollout-<time>-<id>, …).
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";

const [corpus, out] = process.argv.slice(2) as [string, string];
if (!corpus || !out) throw new Error("usage: lay-home.ts CORPUS OUT");
let files = 0,
  bytes = 0;

function walk(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true })
    .flatMap((e) => (e.isDirectory() ? walk(join(dir, e.name)) : [join(dir, e.name)]))
    .sort();
}

function put(from: string, to: string) {
  let at = join(out, to);
  // two copies of one session (growth steps, replays): each gets a project folder of its own
  for (let n = 2; existsSync(at); n++)
    at = join(
      out,
      to
        .replace(/^(\.claude\/projects\/)?([^/]+)/, (_, a = "", b) => (a ? `${a}${b}-${n}` : b))
        .replace(/(rollout-)(\d{4})/, (m, a, y) => (to.startsWith(".claude") ? m : `${a}${Number(y) + n}`)),
    );
  mkdirSync(dirname(at), { recursive: true });
  copyFileSync(from, at);
  files++;
  bytes += statSync(from).size;
}

/** First match of `pattern` in the head of a file. */
function find(path: string, pattern: RegExp): string | undefined {
  return pattern.exec(readFileSync(path).subarray(0, 400_000).toString("latin1"))?.[1];
}

/** Last match: what a resume copied stands before the file's own records. */
function last(path: string, pattern: RegExp): string | undefined {
  return [...readFileSync(path).toString("latin1").matchAll(pattern)].at(-1)?.[1];
}

const pseudo = (name: string) => {
  const h = new Bun.CryptoHasher("sha256").update(name).digest("hex");
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20, 32)}`;
};

for (const path of walk(join(corpus, "claude"))) {
  const rel = relative(join(corpus, "claude"), path),
    native = /^native-[^/]+\/projects\/(.+)$/.exec(rel),
    canary = rel.startsWith("canary");
  if (native) put(path, `.claude/projects/${native[1]}`);
  else if (canary) continue;
  else if (rel.endsWith(".jsonl"))
    put(
      path,
      `.claude/projects/-corpus-${rel.replace(/\/.*|-[^-]*$/g, "").replace(/[^A-Za-z0-9-]/g, "-")}/${last(path, /"sessionId":\s?"([0-9a-f-]{36})"/g) ?? pseudo(rel)}.jsonl`,
    );
}
for (const path of [
  ...walk(join(corpus, "codex")),
  ...walk(join(corpus, "derived")).filter((p) => p.endsWith(".zst")),
]) {
  const rel = basename(path);
  if (/canary/.test(path)) continue;
  const stamp = /rollout-(\d{4}-\d{2}-\d{2})T[\d-]+-[0-9a-f-]{36}\.jsonl(\.zst)?$/.exec(rel);
  const zst = rel.endsWith(".zst") ? ".zst" : "";
  const time = stamp
    ? rel.slice(rel.indexOf("rollout-") + 8, rel.indexOf("rollout-") + 27)
    : (find(path, /"timestamp":\s?"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)/)?.replaceAll(":", "-") ?? "2025-06-01T00-00-00");
  const id = stamp
    ? rel.slice(rel.indexOf("rollout-") + 28).replace(/\.jsonl(\.zst)?$/, "")
    : (find(path, /"id":\s?"([0-9a-f-]{36})"/) ?? pseudo(rel));
  put(path, `.codex/sessions/${time.slice(0, 10).replaceAll("-", "/")}/rollout-${time}-${id}.jsonl${zst}`);
}
for (const path of walk(join(corpus, "gemini"))) {
  const rel = relative(join(corpus, "gemini"), path);
  if (rel.startsWith("rewrite-") && !/step12/.test(rel)) continue; // the last rewrite is what is on disk
  const hash =
    find(path, /"projectHash":\s?"([0-9a-f]{64})"/) ??
    pseudo("p" + rel)
      .replaceAll("-", "")
      .repeat(2)
      .slice(0, 64);
  put(
    path,
    `.gemini/tmp/${hash}/chats/session-${pseudo(rel).slice(0, 8)}-${basename(rel)
      .replace(/^.*session-/, "")
      .replace(/\.(json|jsonl)$/, "")}${rel.endsWith(".jsonl") ? ".jsonl" : ".json"}`,
  );
}
for (const path of walk(join(corpus, "cursor"))) {
  const rel = basename(path),
    id = pseudo(rel);
  if (/canary/.test(path)) continue;
  if (rel.endsWith(".jsonl")) put(path, `.cursor/projects/home-u-corpus/agent-transcripts/${id}/${id}.jsonl`);
  else if (/workspace/.test(rel))
    put(path, `.config/Cursor/User/workspaceStorage/${id.replaceAll("-", "")}/state.vscdb`);
  else if (rel.endsWith(".vscdb")) put(path, `.config/Cursor/User/globalStorage/state.vscdb`);
  else if (rel.endsWith("store.db")) put(path, `.cursor/chats/${id.replaceAll("-", "")}/${id}/store.db`);
}
for (const path of walk(join(corpus, "derived"))) {
  const rel = basename(path);
  if (rel.startsWith("claude") || rel === "empty.jsonl")
    put(path, `.claude/projects/-derived-${rel.replace(/\W/g, "-")}/${pseudo(rel)}.jsonl`);
  else if (rel.startsWith("gemini"))
    put(path, `.gemini/tmp/${"d".repeat(64)}/chats/session-2026-01-01T00-00-${pseudo(rel).slice(0, 8)}.json`);
}
console.log(JSON.stringify({ files, bytes }));
