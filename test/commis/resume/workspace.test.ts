import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Archive } from "../../../src/commis/resume/archived.ts";
import {
  changesIn,
  discardWorkspace,
  type Here,
  keepWorkspace,
  leaveFolder,
  resolveWorkspace,
  type Worked,
} from "../../../src/commis/resume/workspace.ts";
import { git, makeRepository, repositories } from "../../support/git.ts";
import { tempDir } from "../../support/temp.ts";

setDefaultTimeout(30_000);

const ID = "5b0f1c52-0001-5000-8000-000000000001";
const URL = "git@example.org:loom";

/** This machine, and a session that `device` began and `sender` sent last. */
function lab(wish: Partial<Worked> = {}, sender = wish.device_id ?? "here") {
  const repos = repositories();
  makeRepository(join(repos.dir, "loom"), { "a.txt": "one" });
  const archived = { device: sender } as NonNullable<Awaited<ReturnType<Archive["find"]>>>;
  const root = tempDir("home");
  const here: Here = {
    home: join(root, "lh"),
    env: repos.env,
    device: "here",
    archive: { find: async () => archived },
  };
  const cwd = join(root, "loom");
  mkdirSync(cwd);
  const session: Worked = { id: ID, device_id: "here", cwd, git_repo: null, git_branch: null, ...wish };
  const own = join(here.home, "workspaces", `session-${ID.slice(0, 12)}`);
  const resolve = (choice: Parameters<typeof resolveWorkspace>[2] = null, more: Partial<Worked> = {}) =>
    resolveWorkspace(here, { ...session, ...more }, choice);
  return { here, session, cwd, own, root, repos, resolve };
}

const fault = (promise: Promise<unknown>) =>
  promise.then(
    (value) => expect.unreachable(JSON.stringify(value)),
    (error: unknown) => error as { code: string; message: string },
  );
const ready = (kind: string, path: string) => ({ kind: "ready", workspace: { kind, path } });

describe("a session of this machine", () => {
  test("goes on in its own folder", async () => {
    const { resolve, cwd } = lab();

    expect(await resolve()).toEqual(ready("original", cwd) as never);
  });

  test("whose folder is gone goes on in a clone of its repository", async () => {
    const { resolve, cwd, own } = lab({ git_repo: URL, git_branch: "side" });
    rmSync(cwd, { recursive: true });

    expect(await resolve()).toEqual(ready("clone", own) as never);

    expect([readFileSync(join(own, "a.txt"), "utf8"), git(own, "branch", "--show-current")]).toEqual(["one", "side"]);
  });

  test("whose folder is a link or a file by now is not followed there", async () => {
    const { resolve, cwd, root } = lab();
    for (const stand of [() => symlinkSync(root, cwd), () => writeFileSync(cwd, "")]) {
      rmSync(cwd, { recursive: true });
      stand();

      const found = await resolve();

      expect(found.kind === "choose" && found.choices.map(({ kind }) => kind)).toEqual(["scratch"]);
    }
  });

  test("that another machine went on with is asked for: the newest words are of there", async () => {
    const { here, session } = lab({}, "laptop");

    expect((await resolveWorkspace(here, session, null)).kind).toBe("choose");
  });
});

describe("a session of another machine", () => {
  const far = { device_id: "laptop", git_repo: URL };

  test("is asked for, with what will be used; nothing is made before", async () => {
    const { resolve, cwd, own, here, repos } = lab(far);

    const found = await resolve();

    if (found.kind !== "choose") return expect.unreachable();
    expect(found.choices.map(({ kind, path, url }) => ({ kind, path, url }))).toEqual([
      { kind: "original", path: cwd, url: undefined },
      { kind: "clone", path: own, url: URL },
      { kind: "scratch", path: own, url: undefined },
    ]);
    expect(found.choices[0]!.note).toContain("laptop");
    expect([existsSync(here.home), existsSync(repos.calls)]).toEqual([false, false]);
  });

  test("that names a folder which is not here, or a URL that is not on the list, offers neither", async () => {
    for (const git_repo of ["ext::sh -c 'touch p'", "--upload-pack=x", "file:///etc", "https://u:p@h/x", "a\nb"]) {
      const { resolve, root } = lab({ ...far, git_repo });

      for (const cwd of [join(root, "gone"), "", "loom", "../..", "-x", `${root}\n`, `${root}\0`, null]) {
        const found = await resolve(null, { cwd });

        expect(found.kind === "choose" && found.choices.map(({ kind }) => kind)).toEqual(["scratch"]);
        expect((await fault(resolve("original", { cwd }))).code).toBe("not_found");
        expect((await fault(resolve("clone", { cwd }))).code).toBe("invalid");
      }
    }
  });

  test("goes on where the person chose, and is not asked for again as long as it means the same", async () => {
    const { resolve, cwd, own } = lab(far);

    expect(await resolve("original")).toEqual(ready("original", cwd) as never);
    expect(await resolve()).toEqual(ready("original", cwd) as never);
    expect((await resolve(null, { cwd: join(cwd, "..") })).kind).toBe("choose");
    expect(await resolve("clone")).toEqual(ready("clone", own) as never);
    expect(await resolve()).toEqual(ready("clone", own) as never);
    expect((await resolve(null, { git_repo: "git@example.org:other" })).kind).toBe("choose");
  });

  test("gets an empty folder of its own, for this user alone", async () => {
    const { resolve, own } = lab(far);

    expect(await resolve("scratch")).toEqual(ready("scratch", own) as never);

    expect(statSync(own).mode & 0o777).toBe(0o700);
    expect(await resolve()).toEqual(ready("scratch", own) as never);
  });

  test("is cloned once by two at a time", async () => {
    const { resolve, own, here } = lab(far);

    const both = await Promise.all([resolve("clone"), resolve("clone")]);

    expect(both).toEqual([ready("clone", own), ready("clone", own)] as never);
    expect(await changesIn(here, { kind: "clone", path: own })).toEqual([]);
  });

  test("whose repository cannot be had is told why, and leaves nothing", async () => {
    const { resolve, here } = lab({ ...far, git_repo: "git@example.org:nowhere" });

    expect((await fault(resolve("clone"))).code).toBe("not_found");

    expect([...new Bun.Glob("**").scanSync({ cwd: join(here.home, "workspaces"), dot: true })]).toEqual([]);
  });
});

describe("links that stand where a folder of ours should", () => {
  test("are neither followed nor used", async () => {
    const victim = tempDir("victim");
    writeFileSync(join(victim, "keep"), "");
    const entry = lab({ device_id: "laptop", git_repo: URL });
    mkdirSync(join(entry.here.home, "workspaces"), { recursive: true });
    symlinkSync(victim, entry.own);
    const all = lab({ device_id: "laptop", git_repo: URL });
    mkdirSync(all.here.home, { recursive: true });
    symlinkSync(victim, join(all.here.home, "workspaces"));

    for (const { resolve } of [entry, all])
      for (const kind of ["clone", "scratch"] as const) expect((await fault(resolve(kind))).code).toBe("invalid");

    expect([...new Bun.Glob("**").scanSync({ cwd: victim, dot: true })]).toEqual(["keep"]);
  });

  test("are removed themselves after a turn, not what they lead to", async () => {
    const { resolve, own, here } = lab({ device_id: "laptop", git_repo: URL });
    const victim = tempDir("victim");
    writeFileSync(join(victim, "keep"), "");
    await resolve("clone");
    renameSync(own, `${own}-moved`);
    symlinkSync(victim, own);

    await leaveFolder({ ...here, shared: false }, { kind: "clone", path: own });

    expect([existsSync(own), existsSync(join(victim, "keep"))]).toEqual([false, true]);
  });
});

describe("after a turn", () => {
  const far = { device_id: "laptop", git_repo: URL };
  const leave = (
    { here }: ReturnType<typeof lab>,
    kind: "clone" | "scratch" | "original",
    path: string,
    shared = false,
  ) => leaveFolder({ ...here, shared }, { kind, path });

  test("a clean clone and an empty folder go", async () => {
    for (const kind of ["clone", "scratch"] as const) {
      const one = lab(far);
      await one.resolve(kind);

      expect(await leave(one, kind, one.own)).toEqual({ kind, path: one.own, changed: false });

      expect(existsSync(one.own)).toBe(false);
      expect((await one.resolve()).kind).toBe("ready");
    }
  });

  test("what was made in them stays, and the next turn goes on there", async () => {
    for (const kind of ["clone", "scratch"] as const) {
      const one = lab(far);
      await one.resolve(kind);
      writeFileSync(join(one.own, "new.txt"), "x");

      expect(await leave(one, kind, one.own)).toEqual({ kind, path: one.own, changed: true });

      expect(await changesIn(one.here, { kind, path: one.own })).toHaveLength(1);
      expect(await one.resolve()).toEqual(ready(kind, one.own) as never);
      expect(existsSync(join(one.own, "new.txt"))).toBe(true);
    }
  });

  test("a place that holds changes is not given away to another kind", async () => {
    const one = lab(far);
    await one.resolve("scratch");
    writeFileSync(join(one.own, "new.txt"), "x");

    expect((await fault(one.resolve("clone"))).code).toBe("stale");

    discardWorkspace(one.here, ID);
    expect(await one.resolve("clone")).toEqual(ready("clone", one.own) as never);
  });

  test("a clone in which a commit was made stays", async () => {
    const one = lab(far);
    await one.resolve("clone");
    git(one.own, "commit", "--quiet", "--allow-empty", "-m", "mine");

    expect((await leave(one, "clone", one.own)).changed).toBe(true);
  });

  test("one that is kept, or that somebody else works in, stays without changes too", async () => {
    const [kept, shared] = [lab(far), lab(far)];
    await kept.resolve("clone");
    await shared.resolve("clone");
    keepWorkspace(kept.here, ID);

    await leave(kept, "clone", kept.own);
    await leave(shared, "clone", shared.own, true);

    expect([existsSync(kept.own), existsSync(shared.own)]).toEqual([true, true]);
  });

  test("discarding removes all of it, also what cannot be written to", async () => {
    const one = lab(far);
    await one.resolve("scratch");
    mkdirSync(join(one.own, "a/b"), { recursive: true });
    writeFileSync(join(one.own, "a/b/c"), "");
    chmodSync(join(one.own, "a/b"), 0o500);

    discardWorkspace(one.here, ID);

    expect(existsSync(one.own)).toBe(false);
  });

  test("an original, and a path that is none of ours, is never touched", async () => {
    const one = lab();
    await one.resolve();

    for (const path of [
      one.cwd,
      one.root,
      join(one.here.home, "workspaces"),
      `${one.here.home}/workspaces/session-x/../../..`,
    ])
      for (const kind of ["original", "clone", "scratch"] as const)
        expect(await leave(one, kind, path)).toEqual({ kind, path, changed: false });
    discardWorkspace(one.here, ID);

    expect(existsSync(one.cwd)).toBe(true);
  });

  test("a folder without its note may be anybody's: it stays", async () => {
    const one = lab(far);
    await one.resolve("clone");
    rmSync(`${one.own}.json`);

    expect((await leave(one, "clone", one.own)).changed).toBe(true);

    expect(existsSync(one.own)).toBe(true);
    expect((await fault(one.resolve("clone"))).code).toBe("stale");
  });
});
