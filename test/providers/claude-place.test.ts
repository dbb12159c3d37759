import { describe, expect, test } from "bun:test";
import type { Head } from "../../src/domain/provider.ts";
import { claude } from "../../src/providers/claude.ts";

const ID = "0997a687-2ef9-4e82-9a79-64e1909c7155";
const PROJECT = "/home/ada/.claude/projects/-home-ada-kiln";

function identify(path: string, head: Partial<Head> = {}) {
  const unit = path.endsWith(".jsonl") ? "lines" : "file";
  return claude.identify({ path, unit, text: "", whole: false, ...head });
}

describe("roots", () => {
  const all = (env: Record<string, string>) => claude.roots(env).map((root) => root.dir);
  const dirs = (env: Record<string, string>) => all(env).filter((dir) => dir.endsWith("/projects"));

  test("all three places are looked at, each once", () => {
    expect(dirs({ HOME: "/h" })).toEqual(["/h/.claude/projects", "/h/.config/claude/projects"]);
    expect(dirs({ HOME: "/h", CLAUDE_CONFIG_DIR: "/h/.claude/" })).toHaveLength(2);
    expect(dirs({ HOME: "/h", CLAUDE_CONFIG_DIR: "/x", XDG_CONFIG_HOME: "/c" })).toEqual([
      "/x/projects",
      "/h/.claude/projects",
      "/c/claude/projects",
    ]);
    expect(dirs({})).toEqual([]);
  });

  test("of the desktop app's agents only the transcripts are looked at", () => {
    const app = "Claude/local-agent-mode-sessions";
    const [, , mac, linux] = claude.roots({ HOME: "/h" });

    expect(mac?.dir).toBe(`/h/Library/Application Support/${app}`);
    expect(linux?.dir).toBe(`/h/.config/${app}`);
    expect(all({ USERPROFILE: "C:\\U", APPDATA: "C:\\U\\Roaming" })).toContain(`C:/U/Roaming/${app}`);
    expect(mac?.unit(`${ID}/${ID}/local_1/.claude/projects/-p/${ID}.jsonl`)).toBe("lines");
    expect(mac?.unit(`${ID}/${ID}/local_1/.claude/projects/-p/sessions-index.json`)).toBe("file");
    expect(mac?.unit(`${ID}/${ID}/local_1/.claude/.credentials.json`)).toBeNull();
    expect(mac?.unit(`${ID}/${ID}/local_1/audit.jsonl`)).toBeNull();
  });

  test("transcripts grow by lines and everything else is whole", () => {
    const [root] = claude.roots({ HOME: "/h" });

    expect(root?.unit(`-p/${ID}.jsonl`)).toBe("lines");
    expect(root?.unit("-p/sessions-index.json")).toBe("file");
    expect(root?.unit("-p/.DS_Store")).toBeNull();
  });
});

describe("identify", () => {
  const main = { id: ID, agent: "" };

  test("a transcript's session is its file's name, whatever its records say", () => {
    const text = '{"sessionId":"another"}';

    expect(identify(`${PROJECT}/${ID}.jsonl`, { text, whole: true })).toEqual({ kind: "session", session: main });
  });

  test("ids in the folders above the projects are nobody's", () => {
    const app = `/h/Claude/local-agent-mode-sessions/1b2c3d4e-0000-4000-8000-000000000001/local_1/.claude/projects/-p`;

    expect(identify(`${app}/${ID}.jsonl`, { text: "{}", whole: true })).toEqual({ kind: "session", session: main });
    expect(identify(`${app}/${ID}/tool-results/toolu_1.txt`)).toEqual({ kind: "sidecar", of: main });
    expect(identify(`/h/subagents/.claude/projects/-p/${ID}/subagents/agent-a1.meta.json`)).toEqual({
      kind: "sidecar",
      of: { id: ID, agent: "a1" },
    });
  });

  test("a transcript that begins with another session's records is a copy of that one", () => {
    const other = "1b2c3d4e-0000-4000-8000-000000000002";
    const path = `${PROJECT}/${ID}.jsonl`;

    expect(identify(path, { text: `{"type":"user","sessionId":"${other}"`, whole: false })).toEqual({ kind: "wait" });
    expect(identify(path, { text: `{"type":"user","sessionId":"${other}"}`, whole: true })).toMatchObject({
      session: main,
      facts: { forkOf: { id: other, agent: "" } },
    });
    expect(identify(path, { text: `{"type":"user","sessionId":"${ID}"}`, whole: true })).not.toHaveProperty("facts");
  });

  test("a sub-agent belongs to the session whose folder it is in", () => {
    const agent = { id: ID, agent: "a61178fb7e4454990" };
    const facts = { kind: "subagent", parent: main };

    for (const dir of ["subagents", "subagents/workflows/wf_1"]) {
      const found = identify(`${PROJECT}/${ID}/${dir}/agent-a61178fb7e4454990.jsonl`);
      expect(found as unknown).toEqual({ kind: "session", session: agent, facts });
    }
  });

  test("compactions, side questions and suggestions are internal", () => {
    for (const agent of ["acompact-242b", "aside_question-1f", "aprompt_suggestion-2e"]) {
      const found = identify(`${PROJECT}/${ID}/subagents/agent-${agent}.jsonl`);
      expect(found).toMatchObject({ session: { agent }, facts: { kind: "internal" } });
    }
  });

  test("a flat sub-agent file waits for its first line and takes the parent from it", () => {
    const path = `${PROJECT}/agent-1a2b3c4d.jsonl`;

    expect(identify(path)).toEqual({ kind: "wait" });
    expect(identify(path, { text: `{"isSidechain":true,"sessionId":"${ID}"`, whole: true })).toMatchObject({
      session: { id: ID, agent: "1a2b3c4d" },
      facts: { parent: main },
    });
    expect(identify(path, { text: "{}", whole: true })).toMatchObject({ session: { id: "agent-1a2b3c4d", agent: "" } });
  });

  test("files beside a session are its sidecars, and a workflow's journal is nobody's", () => {
    const of = { id: ID, agent: "a1" };

    expect(identify(`${PROJECT}/${ID}/subagents/agent-a1.meta.json`)).toEqual({ kind: "sidecar", of });
    expect(identify(`${PROJECT}/${ID}/tool-results/toolu_1.txt`)).toEqual({ kind: "sidecar", of: main });
    expect(identify(`${PROJECT}/${ID}/tool-results/rows.jsonl`)).toEqual({ kind: "sidecar", of: main });
    expect(identify(`${PROJECT}/sessions-index.json`)).toEqual({ kind: "sidecar", of: null });
    expect(identify(`${PROJECT}/${ID}/subagents/workflows/wf_1/journal.jsonl`)).toEqual({ kind: "none" });
    expect(identify(`${PROJECT}/memory/MEMORY.md`)).toEqual({ kind: "none" });
  });

  test("no path makes it throw", () => {
    for (const path of ["", "/", "x.jsonl", "/subagents/agent-1.jsonl", "/agent-.jsonl", "/.jsonl"]) {
      expect(() => identify(path, { text: "\0", whole: true })).not.toThrow();
    }
  });
});
