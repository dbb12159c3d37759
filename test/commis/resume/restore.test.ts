import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { restoreSession } from "../../../src/commis/resume/restore.ts";
import { loadConfig } from "../../../src/config.ts";
import { sessionId } from "../../../src/lib/id.ts";
import { openArchive } from "../../support/archive.ts";
import { fileOf, psid, talk } from "../../support/fill.ts";
import { tempDir } from "../../support/temp.ts";

/** An archive with nothing in it, and a user whose agents have nothing. */
function lab() {
  const archive = openArchive();
  const user = tempDir("user");
  const cwd = join(user, "loom");
  mkdirSync(cwd);
  const app = { db: archive.db, config: loadConfig({}, { HOME: user, LONGHOUSE_HOME: join(user, "lh") }) };
  const restore = (provider: string, id: string, options = {}) =>
    restoreSession(app, sessionId(provider, id), cwd, options);
  return { archive, user, cwd, restore };
}

type Lab = ReturnType<typeof lab>;

const claudeFile = ({ user, cwd }: Lab, id: string) =>
  join(user, ".claude/projects", cwd.replace(/[^A-Za-z0-9]/g, "-"), `${id}.jsonl`);

const fault = (promise: Promise<unknown>) =>
  promise.then(
    (value) => expect.unreachable(JSON.stringify(value)),
    (error: unknown) => error as { code: string; message: string; details: unknown },
  );

const put = (path: string, bytes: string | Uint8Array) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
};

const ID = psid(7);
const files = (dir: string) =>
  readdirSync(dir, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());

describe("a session of Claude Code", () => {
  /** With what no text can hold: bytes that are no UTF-8, a NUL, a lone CR, no end. */
  const odd = Buffer.concat([
    Buffer.from(talk(3, { id: ID })),
    Buffer.from([0xff, 0xfe, 0x00, 0x0d, 0x0a, 0x7b, 0x22]),
    Buffer.from(`${"long ".repeat(80_000)}\n{"cut":`),
  ]);

  async function archived(bytes: string | Uint8Array = odd): Promise<Lab> {
    const here = lab();
    await here.archive.send({ path: fileOf(ID), bytes });
    await here.archive.derived();
    return here;
  }

  test("is here as it was there, to the byte", async () => {
    const here = await archived();

    const restored = await here.restore("claude", ID);

    expect(restored).toEqual({ resume: ID, fork: false, files: [claudeFile(here, ID)] });
    expect(readFileSync(restored.files[0]!).equals(odd)).toBe(true);
    expect(files(join(here.user, ".claude"))).toHaveLength(1);
  });

  test("is what it was after being restored twice, and goes on with what came since", async () => {
    const here = await archived();
    await here.restore("claude", ID);
    await here.archive.send({ path: fileOf(ID), offset: odd.length, bytes: "1}\n" });
    await here.archive.derived();

    const { files: again } = await here.restore("claude", ID);

    expect(readFileSync(again[0]!).equals(Buffer.concat([odd, Buffer.from("1}\n")]))).toBe(true);
  });

  test("goes on in the file that is here already, in whatever project", async () => {
    const here = await archived();
    const path = join(here.user, ".claude/projects/-elsewhere", `${ID}.jsonl`);
    put(path, odd);

    expect((await here.restore("claude", ID)).files).toEqual([path]);
  });

  test("that has more lines here than in the archive keeps them", async () => {
    const here = await archived();
    const more = Buffer.concat([odd, Buffer.from(`1}\n{"own":1}\n`)]);
    put(claudeFile(here, ID), more);

    await here.restore("claude", ID);

    expect(readFileSync(claudeFile(here, ID)).equals(more)).toBe(true);
  });

  test("that has other lines here is not touched, and a fork is offered", async () => {
    const here = await archived();
    put(claudeFile(here, ID), `${talk(1, { id: ID })}{"own":1}\n`);
    const before = readFileSync(claudeFile(here, ID));

    const { code, details } = await fault(here.restore("claude", ID));

    expect([code, details]).toEqual(["diverged", { fork_available: true }]);
    expect(readFileSync(claudeFile(here, ID)).equals(before)).toBe(true);
  });

  test("goes on in a copy then, when a fork is wished", async () => {
    const here = await archived();
    put(claudeFile(here, ID), `{"own":1}\n`);

    const restored = await here.restore("claude", ID, { fork: true });

    expect(restored.fork).toBe(false);
    expect(restored.resume).not.toBe(ID);
    expect(restored.files).toEqual([claudeFile(here, restored.resume)]);
    expect(readFileSync(restored.files[0]!).equals(odd)).toBe(true);
    expect(readFileSync(claudeFile(here, ID), "utf8")).toBe(`{"own":1}\n`);
  });

  test("is forked by the agent where its place is free", async () => {
    const here = await archived();

    expect(await here.restore("claude", ID, { fork: true })).toEqual({
      resume: ID,
      fork: true,
      files: [claudeFile(here, ID)],
    });
  });

  test("is not put where a link leads", async () => {
    const here = await archived();
    const victim = join(here.user, "victim");
    put(victim, "mine");
    put(join(dirname(claudeFile(here, ID)), "x"), "");
    symlinkSync(victim, claudeFile(here, ID));

    expect((await fault(here.restore("claude", ID))).code).toBe("invalid");

    expect(readFileSync(victim, "utf8")).toBe("mine");
  });

  test.each(["../../../.bashrc", "-x", "a%2fb", "name"])(
    "with the id %j is refused, and no file is made",
    async (id) => {
      const here = lab();
      await here.archive.send({ path: `/home/u/.claude/projects/-w/${id}.jsonl`, bytes: talk(2, { id: ID }) });
      await here.archive.derived();
      const { session_id } = here.archive.db
        .query<{ session_id: string }, []>("SELECT uuid AS session_id FROM sessions LIMIT 1")
        .get() ?? { session_id: sessionId("claude", id) };

      const app = {
        db: here.archive.db,
        config: loadConfig({}, { HOME: here.user, LONGHOUSE_HOME: join(here.user, "lh") }),
      };
      expect(["invalid", "not_found"]).toContain((await fault(restoreSession(app, session_id, here.cwd))).code);

      expect(files(here.user)).toEqual([]);
    },
  );

  test("that nobody knows, or that works in a folder that is not here, is told so", async () => {
    const here = await archived();
    const app = {
      db: here.archive.db,
      config: loadConfig({}, { HOME: here.user, LONGHOUSE_HOME: join(here.user, "lh") }),
    };

    expect((await fault(here.restore("claude", psid(9)))).code).toBe("not_found");
    expect((await fault(restoreSession(app, sessionId("claude", ID), join(here.user, "gone")))).code).toBe("not_found");
    expect(existsSync(join(here.user, ".claude"))).toBe(false);
  });
});

describe("a thread of Codex", () => {
  const [PARENT, CHILD] = [psid(1), psid(2)];
  const at = "2026-03-01T10:11:12.000Z";
  const line = (type: string, payload: unknown) => `${JSON.stringify({ timestamp: at, type, payload })}\n`;
  const name = (id: string) => `2026/03/01/rollout-2026-03-01T10-11-12-${id}.jsonl`;
  const rollout = (id: string, more: object = {}) =>
    line("session_meta", { id, timestamp: at, cwd: "/w", ...more }) +
    line("event_msg", { type: "item_completed", thread_id: id, item: { type: "AgentMessage", text: "hi" } });
  const parent = rollout(PARENT);
  const child = rollout(CHILD, {
    forked_from_id: PARENT,
    history_base: { thread_id: PARENT, end_ordinal_exclusive: 2 },
  });
  const theirs = (id: string) => ({ provider: "codex", path: `/u/.codex/sessions/${name(id)}` });
  const ours = ({ user }: Lab, id: string) => join(user, ".codex/sessions", name(id));

  test("that is a fork brings the one that it came from", async () => {
    const here = lab();
    await here.archive.send({ ...theirs(PARENT), bytes: parent });
    await here.archive.send({ ...theirs(CHILD), bytes: child });
    await here.archive.derived();

    const restored = await here.restore("codex", CHILD);

    expect(restored).toEqual({ resume: CHILD, fork: false, files: [ours(here, CHILD), ours(here, PARENT)] });
    expect(restored.files.map((path) => readFileSync(path, "utf8"))).toEqual([child, parent]);
  });

  test("whose origin is not archived is refused before anything is written", async () => {
    const here = lab();
    await here.archive.send({ ...theirs(CHILD), bytes: child });
    await here.archive.derived();

    expect((await fault(here.restore("codex", CHILD))).message).toContain(PARENT);

    expect(files(here.user)).toEqual([]);
  });

  test("that was packed is plain here", async () => {
    const here = lab();
    const bytes = new Uint8Array(Bun.zstdCompressSync(Buffer.from(parent)));
    await here.archive.send({ provider: "codex", path: `/u/.codex/sessions/${name(PARENT)}.zst`, bytes });
    await here.archive.derived();

    const { files: put_ } = await here.restore("codex", PARENT);

    expect(put_).toEqual([ours(here, PARENT)]);
    expect(readFileSync(put_[0]!, "utf8")).toBe(parent);
  });

  test("whose place holds other lines goes on in a copy that has the new id throughout", async () => {
    const here = lab();
    await here.archive.send({ ...theirs(PARENT), bytes: parent });
    await here.archive.derived();
    put(ours(here, PARENT), line("session_meta", { id: PARENT, own: true }));

    const { resume, fork, files: put_ } = await here.restore("codex", PARENT, { fork: true });

    expect([fork, put_]).toEqual([false, [ours(here, resume)]]);
    expect(readFileSync(put_[0]!, "utf8")).toBe(rollout(resume));
  });
});

describe("a chat of Gemini CLI", () => {
  const header = (id: string) =>
    `${JSON.stringify({ sessionId: id, projectHash: "x", startTime: "2026-03-01T10:11:12.000Z", kind: "main" })}\n`;
  const chat = (id: string) => `${header(id)}${JSON.stringify({ id: "m1", type: "user", content: "hi" })}\n`;
  const path = `/u/.gemini/tmp/shed/chats/session-2026-03-01T10-11-${ID.slice(0, 8)}.jsonl`;

  async function archived(): Promise<Lab> {
    const here = lab();
    await here.archive.send({ provider: "gemini", path, bytes: chat(ID) });
    await here.archive.derived();
    return here;
  }

  test("stands in the folder of the project that one works in, which is marked as that project's", async () => {
    const here = await archived();

    const { files: put_, resume } = await here.restore("gemini", ID);

    const project = join(here.user, ".gemini/tmp/loom");
    expect(put_).toEqual([join(project, "chats", path.slice(path.lastIndexOf("/") + 1))]);
    expect(readFileSync(put_[0]!, "utf8")).toBe(chat(ID));
    expect([resume, readFileSync(join(project, ".project_root"), "utf8")]).toEqual([ID, here.cwd]);
  });

  test("is copied to be forked: the agent cannot", async () => {
    const here = await archived();

    const { files: put_, resume, fork } = await here.restore("gemini", ID, { fork: true });

    expect([fork, put_[0]!.endsWith(`-${resume.slice(0, 8)}.jsonl`)]).toEqual([false, true]);
    expect(readFileSync(put_[0]!, "utf8")).toBe(chat(resume));
  });
});

test("a sub-agent's session, and one of an agent that cannot be run, are refused", async () => {
  const here = lab();
  await here.archive.send({
    path: `/home/u/.claude/projects/-w/${ID}/subagents/agent-a1.jsonl`,
    bytes: talk(2, { id: ID, agent: "a1" }),
  });
  await here.archive.derived();
  const app = {
    db: here.archive.db,
    config: loadConfig({}, { HOME: here.user, LONGHOUSE_HOME: join(here.user, "lh") }),
  };

  expect((await fault(restoreSession(app, sessionId("claude", ID, "a1"), here.cwd))).code).toBe("invalid");
});
