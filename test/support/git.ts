/** Real repositories that are had by ssh: a program of that name which serves them from this disk. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "./temp.ts";

export type Repositories = {
  /** The folder with them, as `git@host:NAME`. */
  readonly dir: string;
  /** What a user has in the environment; `ssh` is the program above. */
  readonly env: Readonly<Record<string, string>>;
  /** What ssh was called with, a line each. */
  readonly calls: string;
};

const USER = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "A",
  GIT_AUTHOR_EMAIL: "a@b.c",
  GIT_COMMITTER_NAME: "A",
  GIT_COMMITTER_EMAIL: "a@b.c",
};

/** `ssh` runs what it is asked for in `dir`; `home` gets no settings. */
export function repositories(): Repositories {
  const root = tempDir("git");
  const [dir, bin, home] = ["repos", "bin", "home"].map((name) => join(root, name)) as [string, string, string];
  for (const each of [dir, bin, home]) mkdirSync(each);
  const calls = join(root, "calls");
  const ssh = `#!/bin/sh\nprintf '%s\\n' "$*" >> '${calls}'\nfor last; do :; done\ncd '${dir}' && exec sh -c "$last"\n`;
  writeFileSync(join(bin, "ssh"), ssh);
  chmodSync(join(bin, "ssh"), 0o755);
  return { dir, calls, env: { PATH: `${bin}:${process.env["PATH"]}`, HOME: home } };
}

/** Runs git in a folder as a person does; throws with its words when it fails. */
export function git(cwd: string, ...args: readonly string[]): string {
  const env = { ...USER, PATH: process.env["PATH"] ?? "", HOME: cwd, GIT_CONFIG_GLOBAL: "/dev/null" };
  const ran = Bun.spawnSync(["git", "-c", "init.defaultBranch=main", ...args], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (ran.exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${ran.stderr.toString()}`);
  return ran.stdout.toString().trim();
}

/** A repository with these files, on `main` and on `side`; gives its newest commit. */
export function makeRepository(dir: string, files: Readonly<Record<string, string>>): string {
  mkdirSync(dir, { recursive: true });
  git(dir, "init", "--quiet");
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(dir, name, ".."), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  git(dir, "add", "-A");
  git(dir, "commit", "--quiet", "-m", "first");
  git(dir, "branch", "side");
  return git(dir, "rev-parse", "HEAD");
}
