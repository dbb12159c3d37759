/** What agents do to their files: the acts of a script, each possible when its turn comes. */
import { join } from "node:path";
import { psid } from "../support/fill.ts";
import type { Random } from "../support/random.ts";
import { type LineMaker, lineMaker } from "./lines.ts";
import type { Timed } from "./script.ts";

export type FileAct =
  /** Creates the file when there is none. */
  | { readonly kind: "append"; readonly path: string; readonly bytes: Buffer }
  | { readonly kind: "truncate"; readonly path: string; readonly to: number }
  /** In place: same inode, same size, other bytes. */
  | { readonly kind: "overwrite"; readonly path: string; readonly bytes: Buffer }
  /** Another file is renamed over it. */
  | { readonly kind: "replace"; readonly path: string; readonly bytes: Buffer }
  | { readonly kind: "rename"; readonly path: string; readonly to: string }
  | { readonly kind: "delete"; readonly path: string }
  /** The whole folder goes, with all in it. */
  | { readonly kind: "wipe"; readonly dir: string };

type Place = { readonly unit: "lines" | "file"; readonly dirs: readonly string[]; name(n: number): string };

const HASH = "0f".repeat(32);

/** Where agents keep sessions; a file may move between an agent's folders. */
const PLACES: readonly Place[] = [
  { unit: "lines", dirs: [".claude/projects/-w-one", ".claude/projects/-w-two"], name: (n) => `${psid(n)}.jsonl` },
  {
    unit: "lines",
    dirs: [".codex/sessions/2026/03/04", ".codex/archived_sessions"],
    name: (n) => `rollout-2026-03-04T09-00-00-${psid(n)}.jsonl`,
  },
  { unit: "lines", dirs: [`.gemini/tmp/${HASH}/chats`], name: (n) => `session-2026-03-04T09-00-${n}.jsonl` },
  { unit: "file", dirs: [`.gemini/tmp/${HASH}/chats`], name: (n) => `session-2025-07-01T09-00-${n}.json` },
];

/** Files that stand at once. */
const FILES = 9;
/** In-place writes of more may be seen half done: no state that ever was. */
const OVERWRITE_MAX = 4096;

type File = { readonly place: Place; readonly n: number; path: string; bytes: Buffer };
type Desk = { readonly random: Random; readonly make: LineMaker; readonly home: string; files: File[]; next: number };

/** Acts until `ms`, in bursts and pauses. */
export function fileActs(random: Random, ms: number, home: string): Timed<FileAct>[] {
  const desk: Desk = { random, make: lineMaker(random), home, files: [], next: 1 };
  const acts: Timed<FileAct>[] = [];
  for (let at = 0; at < ms; at += random.next() < 0.025 ? random.int(2500, 4500) : random.int(5, 260))
    for (const act of nextActs(desk)) acts.push({ at, ...act });
  return acts;
}

function nextActs(desk: Desk): readonly FileAct[] {
  const { random, files } = desk;
  if (files.length < 3 || (files.length < FILES && random.next() < 0.05)) return [begin(desk)];
  const file = random.pick(files);
  if (file.place.unit === "file") return change(desk, file, random.next() < 0.8 ? "rewrite" : "remove");
  const chance = random.next();
  if (chance < 0.78) return [append(desk, file)];
  const rest = ["truncate", "overwrite", "replace", "extend", "rename", "move", "remove", "again", "wipe"] as const;
  return change(desk, file, random.pick(rest));
}

/** A new file, or one of a name that a deleted one had. */
function begin(desk: Desk): FileAct {
  const { random, make, home } = desk;
  const n = random.next() < 0.3 ? random.int(1, desk.next) : desk.next++;
  const place = PLACES[n % PLACES.length]!;
  const path = join(home, random.pick(place.dirs), place.name(n));
  const standing = desk.files.find((file) => file.path === path);
  if (standing && standing.place.unit === "lines") return append(desk, standing);
  if (standing) return begin(desk);
  const bytes = place.unit === "file" ? make.document(n) : make.some(n);
  desk.files.push({ place, n, path, bytes });
  return { kind: "append", path, bytes };
}

function append({ random, make }: Desk, file: File): FileAct {
  const chance = random.next();
  const bytes = chance < 0.2 ? make.torn(file.n) : chance < 0.23 ? make.long(file.n) : make.some(file.n);
  file.bytes = Buffer.concat([file.bytes, bytes]);
  return { kind: "append", path: file.path, bytes };
}

type Change =
  "truncate" | "overwrite" | "replace" | "extend" | "rename" | "move" | "remove" | "again" | "wipe" | "rewrite";

function change(desk: Desk, file: File, how: Change): readonly FileAct[] {
  const { random, make } = desk;
  const { path, bytes } = file;
  switch (how) {
    case "truncate": {
      const to = random.next() < 0.4 ? 0 : random.int(0, bytes.length);
      file.bytes = bytes.subarray(0, to);
      return [{ kind: "truncate", path, to }];
    }
    case "overwrite":
      return overwrite(desk, file);
    case "replace":
    case "rewrite":
      file.bytes = file.place.unit === "file" ? make.document(file.n) : make.some(file.n);
      return [{ kind: "replace", path, bytes: file.bytes }];
    case "extend":
      file.bytes = Buffer.concat([bytes, make.some(file.n)]);
      return [{ kind: "replace", path, bytes: file.bytes }];
    case "rename":
    case "move":
      return move(desk, file, how);
    case "remove":
      return [remove(desk, file)];
    case "again":
      // Written, then gone at once: nobody is owed these lines, and nothing else may suffer.
      return random.next() < 0.5
        ? [append(desk, file), remove(desk, file)]
        : [remove(desk, file), ...reborn(desk, file)];
    case "wipe":
      return random.next() < 0.3 ? [wipe(desk, file)] : [append(desk, file)];
    default:
      return how satisfies never;
  }
}

function overwrite({ make }: Desk, file: File): readonly FileAct[] {
  const size = file.bytes.length;
  if (size === 0 || size > OVERWRITE_MAX) return [];
  let bytes = make.some(file.n);
  while (bytes.length < size) bytes = Buffer.concat([bytes, make.some(file.n)]);
  file.bytes = bytes.subarray(0, size);
  return [{ kind: "overwrite", path: file.path, bytes: file.bytes }];
}

function remove(desk: Desk, file: File): FileAct {
  desk.files = desk.files.filter((other) => other !== file);
  return { kind: "delete", path: file.path };
}

/** The same name at once: often the same inode number. */
function reborn(desk: Desk, { place, n, path }: File): readonly FileAct[] {
  const bytes = desk.make.some(n);
  desk.files.push({ place, n, path, bytes });
  return [{ kind: "append", path, bytes }];
}

function move(desk: Desk, file: File, how: "rename" | "move"): readonly FileAct[] {
  const { random, home } = desk;
  const dir =
    how === "move" ? join(home, random.pick(file.place.dirs)) : file.path.slice(0, file.path.lastIndexOf("/"));
  const name = file.place.name(how === "move" ? file.n : 1000 + desk.next++);
  const to = join(dir, name);
  if (to === file.path) return [append(desk, file)];
  desk.files = desk.files.filter((other) => other.path !== to);
  const path = file.path;
  file.path = to;
  return [{ kind: "rename", path, to }];
}

function wipe(desk: Desk, file: File): FileAct {
  const dir = file.path.slice(0, file.path.lastIndexOf("/"));
  desk.files = desk.files.filter((other) => !other.path.startsWith(`${dir}/`));
  return { kind: "wipe", dir };
}
