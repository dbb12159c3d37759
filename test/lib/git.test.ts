import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { changesSince, cloneShallow, headOf, isBranch } from "../../src/lib/git.ts";
import { git, makeRepository, type Repositories, repositories } from "../support/git.ts";
import { tempDir } from "../support/temp.ts";

setDefaultTimeout(30_000);

const URL = "git@example.org:loom";

async function cloned(repos: Repositories, branch: string | null = null): Promise<string> {
  const dir = join(tempDir(), "clone");
  await cloneShallow({ url: URL, branch, dir, env: repos.env });
  return dir;
}

function fault(promise: Promise<unknown>): Promise<{ code: string; message: string; hint?: string }> {
  return promise.then(
    () => expect.unreachable(),
    (error: unknown) => error as { code: string; message: string; hint?: string },
  );
}

describe("cloning", () => {
  test("gives the newest state of the branch alone", async () => {
    const repos = repositories();
    const origin = join(repos.dir, "loom");
    makeRepository(origin, { "a.txt": "one" });
    git(origin, "checkout", "--quiet", "side");
    writeFileSync(join(origin, "a.txt"), "two");
    git(origin, "commit", "--quiet", "-am", "second");
    git(origin, "checkout", "--quiet", "main");

    const [main, side] = [await cloned(repos), await cloned(repos, "side")];

    expect(readFileSync(join(main, "a.txt"), "utf8")).toBe("one");
    expect(readFileSync(join(side, "a.txt"), "utf8")).toBe("two");
    expect(git(side, "rev-list", "--count", "HEAD")).toBe("1");
    expect(await headOf(side, repos.env)).toBe(git(origin, "rev-parse", "side"));
  });

  test("of a branch that is gone gives the repository's own main branch", async () => {
    const repos = repositories();
    makeRepository(join(repos.dir, "loom"), { "a.txt": "one" });

    const dir = await cloned(repos, "gone");

    expect(git(dir, "branch", "--show-current")).toBe("main");
  });

  test.each([
    "--output=/tmp/p",
    "-d",
    "$(touch p)",
    ";touch p",
    "a..b",
    "refs/../x",
    "@{",
    "HEAD",
    "x".repeat(300),
    "",
    "a b",
    "a\nb",
    "a~1",
  ])("%j is no branch", (name) => {
    expect(isBranch(name, repositories().env)).toBe(false);
  });

  test("a branch's name that could be a flag is not given to git", async () => {
    const repos = repositories();
    makeRepository(join(repos.dir, "loom"), { "a.txt": "one" });
    const proof = join(tempDir(), "p");

    const dir = await cloned(repos, `--upload-pack=touch ${proof}`);

    expect([existsSync(proof), git(dir, "branch", "--show-current")]).toEqual([false, "main"]);
  });

  test("a URL that is not on the list reaches no git, and nothing of it is run", async () => {
    const repos = repositories();
    const proof = join(tempDir(), "p");

    for (const url of [
      `ext::sh -c "touch ${proof}"`,
      `--upload-pack=touch ${proof}`,
      "file:///etc",
      "https://u:secret@h/x",
    ]) {
      const { code, message } = await fault(
        cloneShallow({ url, branch: null, dir: join(tempDir(), "x"), env: repos.env }),
      );

      expect(code).toBe("invalid");
      expect(message).not.toContain("secret");
    }
    expect([existsSync(proof), existsSync(repos.calls)]).toEqual([false, false]);
  });

  test("the user's settings that would run something, and git's own variables, do not count", async () => {
    const repos = repositories();
    makeRepository(join(repos.dir, "loom"), { "a.txt": "one", ".gitattributes": "* filter=evil" });
    const proof = join(tempDir(), "p");
    const template = join(tempDir(), "template");
    mkdirSync(join(template, "hooks"), { recursive: true });
    writeFileSync(join(template, "hooks/post-checkout"), `#!/bin/sh\ntouch ${proof}-hook\n`);
    chmodSync(join(template, "hooks/post-checkout"), 0o755);
    const settings = [
      `[protocol "ext"]\nallow = always`,
      `[init]\ntemplateDir = ${template}`,
      `[core]\nfsmonitor = touch ${proof}-monitor\nhooksPath = ${template}/hooks\nsshCommand = touch ${proof}-ssh\ngitProxy = touch ${proof}-proxy`,
      `[filter "evil"]\nsmudge = touch ${proof}-smudge\nclean = touch ${proof}-clean`,
      `[url "ext::touch ${proof}-ext #"]\ninsteadOf = git@example.org:`,
      `[credential]\nhelper = store`,
    ];
    writeFileSync(join(repos.env["HOME"]!, ".gitconfig"), settings.join("\n"));
    const env = {
      ...repos.env,
      GIT_SSH_COMMAND: `touch ${proof}-variable`,
      GIT_TEMPLATE_DIR: template,
      GIT_DIR: "/nowhere",
    };

    const dir = await cloned({ ...repos, env });

    expect(readFileSync(join(dir, "a.txt"), "utf8")).toBe("one");
    expect(readdirSync(join(proof, "..")).filter((name) => name.startsWith("p"))).toEqual([]);
  });

  test("hooks, submodules and filters of the repository run nothing, and no submodule is had", async () => {
    const repos = repositories();
    const origin = join(repos.dir, "loom");
    const proof = join(tempDir(), "p");
    makeRepository(origin, {
      ".gitattributes": "*.txt filter=lfs diff=lfs\n",
      "a.txt": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
      ".gitmodules": `[submodule "x"]\n\tpath = sub\n\turl = ext::touch ${proof}\n\tupdate = !touch ${proof}\n`,
      "hooks/post-checkout": `#!/bin/sh\ntouch ${proof}\n`,
    });
    symlinkSync("/etc/passwd", join(origin, "link"));
    git(origin, "add", "-A");
    git(origin, "commit", "--quiet", "-m", "link");

    const dir = await cloned(repos);

    expect([existsSync(proof), existsSync(join(dir, "sub/.git")), existsSync(join(dir, ".git/hooks"))]).toEqual([
      false,
      false,
      false,
    ]);
    expect(readFileSync(join(dir, "a.txt"), "utf8")).toStartWith("version");
  });

  test("what cannot be had is told without secrets, and leaves nothing", async () => {
    const repos = repositories();
    const dir = join(tempDir(), "clone");

    const { code, message } = await fault(cloneShallow({ url: URL, branch: null, dir, env: repos.env }));

    expect([code, existsSync(dir)]).toEqual(["not_found", false]);
    expect(message).toContain("could not be cloned");
  });

  test("a server that never answers is left in time, and no process stays", async () => {
    const repos = repositories();
    const mark = `sleep 98765.${process.pid}`;
    writeFileSync(join(repos.env["PATH"]!.split(":")[0]!, "ssh"), `#!/bin/sh\nexec ${mark}\n`);

    const { message } = await fault(
      cloneShallow({ url: URL, branch: null, dir: join(tempDir(), "x"), env: repos.env, ms: 500 }),
    );

    expect(message).toContain("too long");
    const all = Bun.spawnSync(["ps", "axo", "args"]).stdout.toString();
    expect(all).not.toContain(mark);
  });
});

describe("changes since the clone", () => {
  async function fresh() {
    const repos = repositories();
    const base = makeRepository(join(repos.dir, "loom"), { "a.txt": "one", "b.txt": "two" });
    const dir = await cloned(repos);
    return { dir, base, changes: () => changesSince(dir, base, repos.env) };
  }

  test("there are none in a fresh clone, nor by files that git ignores", async () => {
    const { dir, changes } = await fresh();
    mkdirSync(join(dir, ".git/info"), { recursive: true });
    writeFileSync(join(dir, ".git/info/exclude"), "built\n");
    writeFileSync(join(dir, "built"), "x");

    expect(await changes()).toEqual([]);
  });

  test("edits, new files, commits, branches and stashes are", async () => {
    const { dir, changes } = await fresh();
    writeFileSync(join(dir, "a.txt"), "other");
    writeFileSync(join(dir, "new file\n"), "x");

    expect((await changes()).toSorted()).toEqual([" M a.txt", "?? new file\n"]);
    git(dir, "stash", "--quiet");
    expect(await changes()).toContain("refs/stash");
    git(dir, "checkout", "--quiet", "-b", "mine");
    git(dir, "commit", "--quiet", "--allow-empty", "-m", "more");
    git(dir, "checkout", "--quiet", "main");
    expect(await changes()).toContain("refs/heads/mine");
  });

  test("settings that an agent wrote into the repository run nothing", async () => {
    const { dir, changes } = await fresh();
    const proof = join(tempDir(), "p");
    git(dir, "config", "core.fsmonitor", `touch ${proof}-monitor`);
    git(dir, "config", "filter.evil.clean", `touch ${proof}-clean`);
    git(dir, "config", "filter.evil.process", `touch ${proof}-process`);
    git(dir, "config", "filter.evil.required", "true");
    writeFileSync(join(dir, ".git/info-attributes"), "");
    mkdirSync(join(dir, ".git/info"), { recursive: true });
    writeFileSync(join(dir, ".git/info/attributes"), "* filter=evil\n");
    writeFileSync(join(dir, "a.txt"), "two");

    expect(await changes()).toEqual([" M a.txt"]);
    expect(readdirSync(join(proof, "..")).filter((name) => name.startsWith("p-"))).toEqual([]);
  });

  test("a folder that is no repository any more may hold anything", async () => {
    const { dir, changes } = await fresh();
    Bun.spawnSync(["rm", "-rf", join(dir, ".git")]);

    expect(await changes()).not.toEqual([]);
  });
});
