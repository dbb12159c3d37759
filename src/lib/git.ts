/**
 * The little git that we use ourselves, on repositories that may be anybody's: nothing of theirs is run (hooks, filters, helpers,
 * submodules), nothing of the user's settings counts but how to sign in, and nobody is asked at a terminal.
 */
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { Fault } from "../domain/fault.ts";
import { readGitUrl } from "./git-url.ts";

type Env = Readonly<Record<string, string | undefined>>;

const CLONE_MS = 60_000;
const LOOK_MS = 20_000;
const OUT_MAX = 4 * 1024 * 1024;

export type Clone = {
  readonly url: string;
  /** Taken when the repository has it; null = its own main branch. */
  readonly branch: string | null;
  /** Absolute; must not be there. */
  readonly dir: string;
  readonly env: Env;
  readonly signal?: AbortSignal;
  /** Longest it may take, ms. */
  readonly ms?: number;
};

/** Whether git would take the name for a branch, and nothing for a flag. */
export function isBranch(name: string, env: Env): boolean {
  if (name.length === 0 || name.length > 250 || name.startsWith("-") || name === "HEAD") return false;
  const asked = Bun.spawnSync(["git", "check-ref-format", `refs/heads/${name}`], { env: bare(env), stdio: NO_STDIO });
  return asked.exitCode === 0;
}

const NO_STDIO = ["ignore", "ignore", "ignore"] as const satisfies unknown[];

/** Clones the newest state alone. Throws Fault `invalid` (the URL is refused), `not_found` (it cannot be had). */
export async function cloneShallow(clone: Clone): Promise<void> {
  const read = readGitUrl(clone.url);
  if (read.kind === "refused") throw new Fault("invalid", `This repository is not cloned: ${read.reason}.`);
  const settings = await signIn(clone.env);
  const branch = clone.branch !== null && isBranch(clone.branch, clone.env) ? clone.branch : null;
  let done = await cloneOnce(clone, branch, settings);
  if (done.code !== 0 && branch !== null && /Remote branch .* not found/.test(done.errors))
    done = await cloneOnce(clone, null, settings);
  if (done.code === 0) return;
  rmSync(clone.dir, { recursive: true, force: true });
  throw new Fault(
    "not_found",
    `The repository could not be cloned: ${reason(done)}`,
    "Look whether git clone works here.",
  );
}

function cloneOnce(
  { url, dir, env, signal, ms = CLONE_MS }: Clone,
  branch: string | null,
  settings: readonly Setting[],
) {
  const wish = ["--depth=1", "--single-branch", "--no-tags", "--no-recurse-submodules", "--template=", "--quiet"];
  const named = branch === null ? [] : [`--branch=${branch}`];
  return git(["clone", ...wish, ...named, "--", url, dir], { env, settings, ms, signal });
}

/** What differs from `base`, the commit that was cloned: files as git's status names them, and branches with commits of their own. */
export async function changesSince(dir: string, base: string, env: Env): Promise<readonly string[]> {
  const settings = await withoutFilters(dir, env);
  const look = (...args: string[]) => git(["-C", dir, ...args], { below: dir, env, settings, ms: LOOK_MS });
  const status = await look("status", "--porcelain=v1", "-z", "--untracked-files=all", "--ignore-submodules=dirty");
  const refs = await look("for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/stash", "refs/tags");
  // What cannot be looked at may hold anything.
  if (status.code !== 0 || refs.code !== 0) return ["(git cannot tell)"];
  const head = await headOf(dir, env);
  const own = refs.output.split("\n").filter((line) => line !== "" && !line.startsWith(`${base} `));
  const detached = head === base ? [] : ["HEAD"];
  return [
    ...status.output.split("\0").filter(Boolean),
    ...own.map((line) => line.slice(line.indexOf(" ") + 1)),
    ...detached,
  ];
}

/** The commit that is checked out; "" of an empty repository. */
export async function headOf(dir: string, env: Env): Promise<string> {
  const args = ["-C", dir, "rev-parse", "--verify", "--quiet", "--end-of-options", "HEAD"];
  const { output } = await git(args, { below: dir, env, settings: [], ms: LOOK_MS });
  return output.trim();
}

type Setting = readonly [key: string, value: string];

/** Before all others: an agent may have written into the repository's own settings. */
const ALWAYS: readonly Setting[] = [
  ["protocol.allow", "never"],
  ["protocol.https.allow", "always"],
  ["protocol.ssh.allow", "always"],
  ["protocol.ext.allow", "never"],
  ["protocol.file.allow", "never"],
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.attributesFile", "/dev/null"],
  ["core.sshCommand", "ssh -oBatchMode=yes"],
  ["core.askPass", ""],
  ["core.gitProxy", ""],
  ["core.pager", "cat"],
  ["submodule.recurse", "false"],
  ["advice.detachedHead", "false"],
];

/** Of the user's own settings only how one signs in, and by which way: they lead to what is cloned, not to what runs. */
async function signIn(env: Env): Promise<Setting[]> {
  const list = ["config", "--global", "--includes", "--list", "-z"];
  const { output } = await git(list, { env, settings: [], ms: LOOK_MS, own: true });
  return entries(output).filter(([key]) => /^(?:credential|http)\./i.test(key));
}

/** A repository's own settings may name programs that its files go through when they are compared. */
async function withoutFilters(dir: string, env: Env): Promise<Setting[]> {
  const list = ["-C", dir, "config", "--local", "--includes", "--list", "-z"];
  const { output } = await git(list, { below: dir, env, settings: [], ms: LOOK_MS });
  const names = entries(output).map(([key]) => /^filter\.(.+)\.[^.]+$/is.exec(key)?.[1]);
  return [...new Set(names)].flatMap((name): Setting[] =>
    name === undefined
      ? []
      : [
          [`filter.${name}.clean`, ""],
          [`filter.${name}.smudge`, ""],
          [`filter.${name}.process`, ""],
          [`filter.${name}.required`, "false"],
        ],
  );
}

function entries(list: string): Setting[] {
  return list.split("\0").flatMap((entry): Setting[] => {
    const at = entry.indexOf("\n");
    return entry === "" ? [] : [[at < 0 ? entry : entry.slice(0, at), at < 0 ? "true" : entry.slice(at + 1)]];
  });
}

type Run = {
  /** A repository's folder: one that is no repository is not looked for above it. */
  readonly below?: string;
  readonly env: Env;
  readonly settings: readonly Setting[];
  readonly ms: number;
  readonly signal?: AbortSignal;
  /** With the user's own settings file. */
  readonly own?: true;
};

type Ran = { readonly code: number | null; readonly output: string; readonly errors: string };

async function git(args: readonly string[], { below, env, settings, ms, signal, own }: Run): Promise<Ran> {
  const child = Bun.spawn(["git", ...args], {
    cwd: "/",
    env: {
      ...bare(env, own),
      ...settingsEnv([...settings, ...ALWAYS]),
      ...(below !== undefined && { GIT_CEILING_DIRECTORIES: dirname(below) }),
    },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own: git's helpers go with it.
    detached: true,
  });
  const end = () => endGroup(child.pid);
  const timer = setTimeout(end, ms);
  signal?.addEventListener("abort", end, { once: true });
  try {
    const [output, errors, code] = await Promise.all([head(child.stdout), head(child.stderr), child.exited]);
    return { code: child.signalCode === null ? code : null, output, errors };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
    end();
  }
}

function endGroup(pid: number) {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // All of it has ended.
  }
}

/** Settings by the environment: they may hold what must not stand in argv, and count more than every file. */
function settingsEnv(settings: readonly Setting[]): Record<string, string> {
  const pairs = settings.flatMap(([key, value], n) => [
    [`GIT_CONFIG_KEY_${n}`, key],
    [`GIT_CONFIG_VALUE_${n}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(settings.length), ...Object.fromEntries(pairs) };
}

const KEPT =
  /^(?:PATH|HOME|USER|LOGNAME|TMPDIR|XDG_CONFIG_HOME|SSH_AUTH_SOCK|(?:https?|all|no)_proxy|SSL_CERT_(?:FILE|DIR)|GIT_SSL_CAINFO)$/i;

/** Nothing of git's own variables comes along: they could name other repositories, programs and templates. */
function bare(env: Env, own?: true): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && KEPT.test(entry[0]),
  );
  return {
    ...Object.fromEntries(kept),
    ...(!own && { GIT_CONFIG_GLOBAL: "/dev/null" }),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_ALLOW_PROTOCOL: "https:ssh",
    GIT_TERMINAL_PROMPT: "0",
    GIT_SSH_COMMAND: "ssh -oBatchMode=yes",
    GIT_SSH_VARIANT: "ssh",
    GIT_LFS_SKIP_SMUDGE: "1",
    GIT_OPTIONAL_LOCKS: "0",
    LC_ALL: "C",
  };
}

async function head(stream: ReadableStream<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of stream) {
    if (length < OUT_MAX) pieces.push(piece);
    length += piece.length;
  }
  return Buffer.concat(pieces).toString("utf8");
}

/** The last thing git said, without what could be a secret. */
function reason({ code, errors }: Ran): string {
  if (code === null) return "it took too long.";
  const lines = errors.split("\n").filter((line) => /^(?:fatal|error|remote|ERROR):?/.test(line));
  const last = (lines.at(-1) ?? errors.trim().split("\n").at(-1) ?? "").replace(/^(?:fatal|error): /, "");
  return last.replaceAll(/\/\/[^/@\s]*@/g, "//…@").slice(0, 300) || `git ended with ${code}.`;
}
