import { describe, expect, test } from "bun:test";
import type { Env } from "../../src/domain/provider.ts";
import type { Look, Placing } from "../../src/domain/restore.ts";
import { provider } from "../../src/providers/all.ts";

const ID = "0f9c3c5a-1d2e-4b6f-8a7b-9c0d1e2f3a4b";

/** A disk of these files. */
function disk(files: Readonly<Record<string, string>>): Look {
  return {
    read: (path) => files[path] ?? null,
    names(dir) {
      const below = Object.keys(files).filter((path) => path.startsWith(`${dir}/`));
      return [...new Set(below.map((path) => path.slice(dir.length + 1).split("/")[0]!))];
    },
  };
}

function place(name: string, wish: Partial<Placing>, files: Readonly<Record<string, string>> = {}) {
  const env: Env = { HOME: "/home/me" };
  const usual = { id: ID, source: "", head: "{}", startedAt: Date.UTC(2026, 2, 4, 5, 6, 7), cwd: "/home/me/loom", env };
  return provider(name)!.runner!.restore!.place({ ...usual, ...wish }, disk(files));
}

describe("Claude Code", () => {
  const source = "/Users/other/.claude/projects/-Users-other-x/" + `${ID}.jsonl`;

  test("a session stands in the folder that is named for where the agent works", () => {
    expect(place("claude", { source, cwd: "/home/me/my.loom_2" })?.path).toBe(
      `/home/me/.claude/projects/-home-me-my-loom-2/${ID}.jsonl`,
    );
  });

  test("a session that is here goes on in the file it has, in whatever project", () => {
    const path = `/home/me/.claude/projects/-elsewhere/${ID}.jsonl`;

    expect(place("claude", { source }, { [path]: "" })?.path).toBe(path);
  });

  test("the agent's own folder is where its variable says", () => {
    const env = { HOME: "/home/me", CLAUDE_CONFIG_DIR: "/conf" };

    expect(place("claude", { source, env })?.path).toBe(`/conf/projects/-home-me-loom/${ID}.jsonl`);
  });

  test.each(["../../../.bashrc", "-x", "--resume", "a/b", "name", "", `${ID}\n`])("%j is no session of it", (id) => {
    expect(place("claude", { source, id })).toBeNull();
  });

  test("a name never leads out of its folder, however long and odd the path is", () => {
    const path = place("claude", { source, cwd: `/${"ä/../".repeat(200)}` })!.path;

    expect(path.split("/")).toHaveLength(7);
    expect(Math.max(...path.split("/").map((part) => part.length))).toBeLessThan(256);
  });
});

describe("Codex", () => {
  const head = `{"timestamp":"x","type":"session_meta","payload":{"id":"${ID}"}}`;
  const name = `rollout-2026-03-01T10-11-12-${ID}.jsonl`;

  test("a rollout keeps its name and its day, also when it was archived or packed", () => {
    for (const folder of ["sessions/2026/03/01/", "archived_sessions/"])
      for (const end of ["", ".zst"])
        expect(place("codex", { head, source: `/x/.codex/${folder}${name}${end}` })?.path).toBe(
          `/home/me/.codex/sessions/2026/03/01/${name}`,
        );
  });

  test("a rollout without a name of its own gets one of when it began", () => {
    expect(place("codex", { head, source: "/x/odd.jsonl" })?.path).toBe(
      `/home/me/.codex/sessions/2026/03/04/rollout-2026-03-04T05-06-07-${ID}.jsonl`,
    );
  });

  test("a rollout that is here stays where it is", () => {
    const path = `/conf/sessions/2025/12/31/rollout-2025-12-31T00-00-00-${ID}.jsonl`;
    const env = { HOME: "/home/me", CODEX_HOME: "/conf/" };

    expect(place("codex", { head, source: `/x/${name}`, env }, { [path]: "" })?.path).toBe(path);
  });

  test("logs of before the envelope, and ids that would begin a new thread, are refused", () => {
    expect(place("codex", { head: `{"id":"${ID}"}`, source: `/x/${name}` })).toBeNull();
    expect(place("codex", { head, source: `/x/${name}`, id: "/x/rollout.jsonl" })).toBeNull();
  });

  test("a fork needs its parent, also when its header is longer than what was read", () => {
    const { needs } = provider("codex")!.runner!.restore!;
    const base = `"history_base":{"thread_id":"${ID}","end_ordinal_exclusive":3}`;

    expect(needs!(`{"type":"session_meta","payload":{${base}}}`)).toEqual([ID]);
    expect(needs!(`{"type":"session_meta","payload":{${base},"base_instructions":"cut he`)).toEqual([ID]);
    expect(needs!(head)).toEqual([]);
  });
});

describe("Gemini CLI", () => {
  const source = `/x/.gemini/tmp/shed/chats/session-2026-03-01T10-11-0f9c3c5a.jsonl`;
  const name = "session-2026-03-01T10-11-0f9c3c5a.jsonl";
  const at = (slug: string) => ({
    path: `/home/me/.gemini/tmp/${slug}/chats/${name}`,
    beside: [{ path: `/home/me/.gemini/tmp/${slug}/.project_root`, text: "/home/me/loom" }],
  });
  const registry = (projects: Record<string, string>) => ({
    "/home/me/.gemini/projects.json": JSON.stringify({ projects }),
  });

  test("a session stands in the folder of the project: the registered one", () => {
    expect(place("gemini", { source }, registry({ "/home/me/loom": "weaving" }))).toEqual(at("weaving"));
  });

  test("or the one that is marked as it, in either place", () => {
    for (const dir of ["tmp", "history"])
      expect(
        place("gemini", { source }, { [`/home/me/.gemini/${dir}/mill/.project_root`]: "/home/me/loom\n" }),
      ).toEqual(at("mill"));
  });

  test("or the project's own name, with a number when that is another's", () => {
    expect(place("gemini", { source })).toEqual(at("loom"));
    expect(place("gemini", { source }, registry({ "/a/loom": "loom" }))).toEqual(at("loom-1"));
    expect(
      place(
        "gemini",
        { source },
        { ...registry({ "/a/loom": "loom" }), "/home/me/.gemini/history/loom-1/.project_root": "/b" },
      ),
    ).toEqual(at("loom-2"));
  });

  test("a registered folder that is marked as another's is not taken", () => {
    const files = {
      ...registry({ "/home/me/loom": "weaving" }),
      "/home/me/.gemini/tmp/weaving/.project_root": "/other",
    };

    expect(place("gemini", { source }, files)).toEqual(at("loom"));
  });

  test("a broken registry, or one that names paths, counts as none", () => {
    expect(place("gemini", { source }, registry({ "/home/me/loom": "../../x" }))).toEqual(at("loom"));
    expect(place("gemini", { source }, { "/home/me/.gemini/projects.json": "{" })).toEqual(at("loom"));
  });

  test("the name ends with the id's beginning: another file's name is not kept", () => {
    expect(place("gemini", { source: "/x/chats/session-2026-01-01T00-00-ffffffff.jsonl" })?.path).toEndWith(
      "/session-2026-03-04T05-06-0f9c3c5a.jsonl",
    );
  });
});

test("a terminal's command is the agent's own, and nothing in it can be read as another flag", () => {
  const argv = (name: string, fork: boolean) =>
    provider(name)!.runner!.interactive!({ resume: ID, fork, cwd: "/home/me/my loom" });

  expect(argv("claude", false)).toEqual(["claude", `--resume=${ID}`]);
  expect(argv("claude", true)).toEqual(["claude", `--resume=${ID}`, "--fork-session"]);
  expect(argv("codex", false)).toEqual(["codex", "resume", "--cd=/home/me/my loom", ID]);
  expect(argv("codex", true)).toEqual(["codex", "fork", "--cd=/home/me/my loom", ID]);
  expect(argv("gemini", false)).toEqual(["gemini", `--resume=${ID}`]);
});
