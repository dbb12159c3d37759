import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Provider, Root } from "../../src/domain/provider.ts";
import { type Place, places } from "../../src/shipper/scan.ts";
import { Watch } from "../../src/shipper/watch.ts";
import { testAgent, until } from "../support/agent-home.ts";
import { needing } from "../support/needs.ts";

const onLinux = needing(process.platform === "linux", "needs Linux");

let dir: string;
let watch: Watch;
let hints: string[];
let appeared: string[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "watch-"));
  [hints, appeared] = [[], []];
  watch = new Watch({
    gap: 20,
    hint: (place, path) => hints.push(`${place.provider} ${path.slice(dir.length + 1)}`),
    appeared: (place) => appeared.push(`${place.provider} ${place.dir.slice(dir.length + 1)}`),
    blind: (reason) => hints.push(`blind ${reason}`),
  });
});
afterEach(() => {
  watch.close();
  rmSync(dir, { recursive: true, force: true });
});

/** An agent with roots below the test's folder. */
function agent(name: string, ...roots: readonly (Partial<Root> & { dir: string })[]): Provider {
  const unit: Root["unit"] = (path) => (path.endsWith(".jsonl") ? "lines" : null);
  return { ...testAgent, name, roots: () => roots.map((root) => ({ unit, ...root, dir: join(dir, root.dir) })) };
}

const set = (...agents: readonly Provider[]) => watch.set(places(agents, {}));

const make = (path: string) => mkdirSync(join(dir, path), { recursive: true });

function write(path: string) {
  make(join(path, ".."));
  appendFileSync(join(dir, path), "x\n");
}

const hinted = (hint: string) => until(() => hints.includes(hint), 3000);

/** Inotify watches that this process holds. */
function watches(): number {
  const texts = readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const isOurs = readlinkSync(`/proc/self/fd/${fd}`).includes("inotify");
      return isOurs ? [readFileSync(`/proc/self/fdinfo/${fd}`, "utf8")] : [];
    } catch {
      return [];
    }
  });
  return texts
    .join("")
    .split("\n")
    .filter((line) => line.startsWith("inotify")).length;
}

test("two agents that share a folder both hear of it, also after it was made anew", async () => {
  const both = [agent("one", { dir: "shared" }), agent("two", { dir: "shared" })];
  make("shared");
  set(...both);
  write("shared/a.jsonl");
  await hinted("one shared/a.jsonl");
  await hinted("two shared/a.jsonl");

  rmSync(join(dir, "shared"), { recursive: true });
  make("shared");
  set(...both);
  write("shared/b.jsonl");

  await hinted("one shared/b.jsonl");
  await hinted("two shared/b.jsonl");
  expect(appeared).toEqual(["one shared", "two shared", "one shared", "two shared"]);
});

test("a folder whose name begins like a root's is not the root", async () => {
  make("projects");
  make("projects2");
  set(agent("one", { dir: "projects" }));

  write("projects2/a.jsonl");
  write("projects/b.jsonl");
  await hinted("one projects/b.jsonl");

  expect(hints.filter((hint) => hint.includes("projects2"))).toEqual([]);
});

test("a root that is a link is watched where it leads, and again where it is led to later", async () => {
  make("real");
  make("other");
  symlinkSync(join(dir, "real"), join(dir, "root"));
  set(agent("one", { dir: "root" }));
  write("real/a.jsonl");
  await hinted("one real/a.jsonl");

  rmSync(join(dir, "root"));
  symlinkSync(join(dir, "other"), join(dir, "root"));
  set(agent("one", { dir: "root" }));
  write("other/b.jsonl");

  await hinted("one other/b.jsonl");
  expect(appeared).toEqual(["one real", "one other"]);
});

const chosen = { dir: "home", enters: (path: string) => /^chats(?:\/|$)/.test(path) };

onLinux("folders that are not entered cost no watch, however many there are", () => {
  for (let i = 0; i < 100; i++) make(`home/scratch/${i}/deep`);
  make("home/chats/a/b");
  const before = watches();

  set(agent("one", chosen));

  expect(watches() - before).toBe(4);
  watch.close();
  expect(watches()).toBe(before);
});

test("in a tree of chosen folders nothing is missed: made, moved in, removed and made again", async () => {
  make("home");
  set(agent("one", chosen));

  make("home/chats/new/deep");
  await hinted("one home/chats");
  await Bun.sleep(50);
  write("home/chats/new/deep/a.jsonl");
  await hinted("one home/chats/new/deep/a.jsonl");

  make("elsewhere/in");
  renameSync(join(dir, "elsewhere"), join(dir, "home/chats/moved"));
  await hinted("one home/chats/moved");
  write("home/chats/moved/in/b.jsonl");
  await hinted("one home/chats/moved/in/b.jsonl");

  rmSync(join(dir, "home/chats"), { recursive: true });
  await Bun.sleep(50);
  hints.length = 0;
  make("home/chats/new/deep");
  await hinted("one home/chats");
  await Bun.sleep(50);
  write("home/chats/new/deep/a.jsonl");
  await hinted("one home/chats/new/deep/a.jsonl");
});

test("what happens in a folder that is not entered is not told", async () => {
  make("home/scratch");
  make("home/chats");
  set(agent("one", chosen));

  write("home/scratch/a.jsonl");
  write("home/chats/b.jsonl");
  await hinted("one home/chats/b.jsonl");

  expect(hints.filter((hint) => hint.includes("scratch"))).toEqual([]);
});

test("a steady writer is told of at once and then once in a gap, and its last word is told", async () => {
  make("home");
  writeFileSync(join(dir, "home/a.jsonl"), "");
  set(agent("one", { dir: "home" }));

  for (let i = 0; i < 60; i++) {
    write("home/a.jsonl");
    await Bun.sleep(3);
  }
  const during = hints.length;
  await Bun.sleep(100);
  const after = hints.length;
  await Bun.sleep(60);

  expect(during).toBeGreaterThan(3);
  expect(during).toBeLessThan(40);
  expect(after).toBeGreaterThan(during - 1);
  expect(hints.length).toBe(after);
});

test("places that are there no more are forgotten", () => {
  make("home");
  set(agent("one", { dir: "home" }));
  rmSync(join(dir, "home"), { recursive: true });
  set(agent("one", { dir: "home" }));
  make("home");
  set(agent("one", { dir: "home" }));

  expect(appeared).toEqual(["one home", "one home"]);
});

test("asked anew, it hears again", async () => {
  make("home");
  const all: readonly Place[] = places([agent("one", { dir: "home" })], {});
  watch.set(all);

  expect(await watch.renew(all)).toBe(true);
  write("home/a.jsonl");

  await hinted("one home/a.jsonl");
});
