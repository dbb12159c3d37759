/**
 * Session files as no agent means to write them, but as disks, editors and crashes leave them. Each stands in Claude's
 * folder; `prompts` are what a person typed in it and must be able to read.
 */
import { closeSync, mkdirSync, openSync, symlinkSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import type { Server as Socket } from "node:net";
import { join } from "node:path";
import { claudeFile, put } from "./agents.ts";
import { psid, writer } from "./fill.ts";

export type Hostile = {
  readonly name: string;
  readonly path: string;
  /** As they are shown, in order. */
  readonly prompts: readonly string[];
};

type Content = { readonly bytes: Buffer; readonly prompts: readonly string[] };
type Write = ReturnType<typeof writer>;

const latin = (text: string) => Buffer.from(text, "latin1");
const line = (text: string) => Buffer.from(`${text}\n`);
const joined = (...pieces: readonly (Buffer | string)[]) =>
  Buffer.concat(pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece) : piece)));

/** Deterministic bytes that are nothing. */
const binary = (length: number) => Buffer.from(Array.from({ length }, (_, i) => (i * 167 + (i >> 3) * 13) & 255));

const FILES: Readonly<Record<string, (write: Write) => Content>> = {
  empty: () => ({ bytes: Buffer.alloc(0), prompts: [] }),
  "only newlines": () => ({ bytes: Buffer.from("\n\n\r\n\n"), prompts: [] }),
  binary: () => ({ bytes: binary(300_000), prompts: [] }),
  "torn last line": (write) => ({
    bytes: joined(line(write.prompt("before the tear")), write.prompt("never finished").slice(0, 60)),
    prompts: ["before the tear"],
  }),
  "last line without its newline": (write) => ({
    bytes: joined(line(write.prompt("first")), write.prompt("whole all the same")),
    prompts: ["first", "whole all the same"],
  }),
  "torn in the middle": (write) => ({
    bytes: joined(line(write.prompt("up")), `${write.prompt("lost").slice(0, 50)}\n`, line(write.prompt("down"))),
    prompts: ["up", "down"],
  }),
  NULs: (write) => ({
    bytes: joined(line(write.prompt("before NULs")), Buffer.alloc(5000), "\n", line(write.prompt("after NULs"))),
    prompts: ["before NULs", "after NULs"],
  }),
  "NULs before a record": (write) => ({
    bytes: joined(Buffer.alloc(4096), line(write.prompt("behind a hole"))),
    prompts: ["behind a hole"],
  }),
  "invalid UTF-8": (write) => ({
    bytes: joined(
      latin(`${write.prompt("caf\xe9 \xff\xfe \xc3").normalize()}\n`),
      latin("\x80\x81\xfe\n"),
      line(write.prompt("after")),
    ),
    prompts: ["caf\ufffd \ufffd\ufffd \ufffd", "after"],
  }),
  CRLF: (write) => ({
    bytes: Buffer.from(`${write.prompt("one\r\nline")}\r\n${write.prompt("two")}\r\n`),
    prompts: ["one\r\nline", "two"],
  }),
  BOM: (write) => ({
    bytes: joined(Buffer.from([0xef, 0xbb, 0xbf]), line(write.prompt("behind a BOM")), line(write.prompt("next"))),
    prompts: ["behind a BOM", "next"],
  }),
  "glued objects": (write) => ({
    bytes: Buffer.from(`${write.prompt("left }{ side")}${write.prompt("right")}\n${write.prompt("below")}\n`),
    prompts: ["left }{ side", "right", "below"],
  }),
  "lone surrogates": (write) => ({
    bytes: line(write.prompt("lone SURROGATE here").replace("SURROGATE", "\\ud800 \\udc00")),
    prompts: ["lone \ud800 \udc00 here"],
  }),
  "line separators": (write) => ({
    bytes: line(write.prompt("a\u2028b\u2029c\u0085d")),
    prompts: ["a\u2028b\u2029c\u0085d"],
  }),
  "unknown types": (write) => ({
    bytes: joined(
      line('{"type":"from-the-future","version":99,"payload":{"deep":[1,2,3]}}'),
      line('{"no":"type"}'),
      line(write.prompt("known")),
      line('{"type":"user"}'),
      line('{"type":"user","message":null}'),
      line('{"type":"assistant","message":{"content":42}}'),
      line('{"type":"user","message":{"role":"user","content":[null,1,"x",{"type":7}]}}'),
    ),
    prompts: ["known"],
  }),
  "no objects": (write) => ({
    bytes: joined('[1,2]\n"text"\n42\ntrue\nnull\n{bad json\n}\n{"a":1e999}\n', line(write.prompt("amid"))),
    prompts: ["amid"],
  }),
  "deeply nested": (write) => ({
    bytes: joined("[".repeat(100_000), "\n", '{"a":'.repeat(50_000), "\n", line(write.prompt("shallow"))),
    prompts: ["shallow"],
  }),
  "names of prototypes": (write) => ({
    bytes: joined(
      line('{"__proto__":{"type":"user"},"constructor":{"prototype":{"polluted":1}},"type":"user"}'),
      line('{"type":"__proto__"}'),
      line('{"type":"constructor","message":{"content":"x"}}'),
      line(write.prompt("clean")),
    ),
    prompts: ["clean"],
  }),
  "times of another world": (write) => ({
    bytes: joined(
      line(write.prompt("long ago").replace(/"timestamp":"[^"]+"/, '"timestamp":"0001-01-01T00:00:00Z"')),
      line(write.prompt("far ahead").replace(/"timestamp":"[^"]+"/, '"timestamp":"9999-12-31T23:59:59Z"')),
      line(write.prompt("never").replace(/"timestamp":"[^"]+"/, '"timestamp":{"not":"a time"}')),
      line(write.prompt("now")),
    ),
    prompts: ["long ago", "far ahead", "never", "now"],
  }),
};

/** Their sessions are `psid(300)` and on. */
const FIRST = 300;

/** Writes all of them, each a session of its own. */
export function layHostile(home: string): readonly Hostile[] {
  return Object.entries(FILES).map(([name, make], n) => {
    const { bytes, prompts } = make(writer({ id: psid(FIRST + n) }));
    const path = put(claudeFile(home, FIRST + n, `-hostile-${name.replaceAll(/\W/g, "-")}`), bytes);
    return { name, path, prompts };
  });
}

/** Names that shells, URLs and logs stumble over. */
export const ODD_NAMES = [
  "new\nline",
  "a \"quote\" 'and' `tick`",
  "😀 ünï 検索",
  "per%20cent%2f+plus",
  "-rf",
  "…",
  "a".repeat(200),
];

export type Obstacles = { readonly paths: readonly string[]; readonly close: () => void };

/** What is no regular file, under names of session files. */
export async function layObstacles(home: string): Promise<Obstacles> {
  const dir = join(home, ".claude/projects/-obstacles");
  mkdirSync(dir, { recursive: true });
  const at = (name: string) => join(dir, name);
  Bun.spawnSync(["mkfifo", at("pipe.jsonl")]);
  const socket = await listen(at("socket.jsonl"));
  mkdirSync(at("folder.jsonl"));
  symlinkSync(at("loop-b.jsonl"), at("loop-a.jsonl"));
  symlinkSync(at("loop-a.jsonl"), at("loop-b.jsonl"));
  symlinkSync(dir, at("self"));
  symlinkSync("/etc/hostname", at("outside.jsonl"));
  const names = ["pipe", "socket", "folder", "loop-a", "loop-b", "outside"];
  return { paths: names.map((name) => at(`${name}.jsonl`)), close: () => void socket.close() };
}

function listen(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createServer();
    socket.once("error", reject);
    socket.listen(path, () => resolve(socket));
  });
}

/** A session of `megabytes` MB in its second of three lines; the other two are prompts. */
export function layLongLine(home: string, n: number, megabytes: number): Hostile {
  const write = writer({ id: psid(n) });
  const path = put(claudeFile(home, n, "-long-line"), "");
  const fd = openSync(path, "w");
  writeSync(fd, line(write.prompt("above the long line")));
  const [head, tail] = write.prompt("LONG").split("LONG") as [string, string];
  writeSync(fd, head);
  const filler = Buffer.from(
    Array.from({ length: 40_000 }, (_, i) => `word${i % 977} and more, `)
      .join("")
      .slice(0, 500_000),
  );
  for (let i = 0; i < megabytes * 2; i++) writeSync(fd, filler);
  writeSync(fd, `${tail}\n`);
  writeSync(fd, line(write.prompt("below the long line")));
  closeSync(fd);
  return { name: `${megabytes} MB in one line`, path, prompts: ["above the long line", "below the long line"] };
}
