/** Sessions to read: the lines of an agent's file, small and plain, and a database full of rows for speed. */
import type { Database } from "bun:sqlite";

/** A session's id, made of a number. */
export const psid = (n: number): string => `5b0f1c52-0001-4000-8000-${String(n).padStart(12, "0")}`;

/** Where the agent keeps it. */
export const fileOf = (id: string, folder = "-w"): string => `/home/u/.claude/projects/${folder}/${id}.jsonl`;

/** Where it keeps a sub-agent's. */
export const subagentFileOf = (id: string, agent: string): string =>
  `/home/u/.claude/projects/-w/${id}/subagents/agent-${agent}.jsonl`;

export type Talk = {
  readonly id: string;
  /** Time of its first line, ms; one second a line. */
  readonly at?: number;
  readonly cwd?: string;
  readonly branch?: string;
  readonly agent?: string;
};

/** Writes the lines of one session; each call is one line without its newline. */
export function writer({ id, at = Date.parse("2026-01-01T10:00:00Z"), cwd = "/w", branch = "main", agent }: Talk) {
  let n = 0;
  const base = () => ({
    uuid: `${id.slice(0, 24)}${id.slice(-4)}${String(++n).padStart(8, "0")}`,
    parentUuid: null,
    sessionId: id,
    cwd,
    gitBranch: branch,
    isSidechain: agent !== undefined,
    ...(agent === undefined ? {} : { agentId: agent }),
    timestamp: new Date(at + n * 1000).toISOString(),
  });
  const user = (content: unknown) => JSON.stringify({ type: "user", ...base(), message: { role: "user", content } });
  const assistant = (stop: string, content: readonly unknown[]) =>
    JSON.stringify({
      type: "assistant",
      ...base(),
      requestId: `r-${id}-${n}`,
      message: {
        id: `m-${id}-${n}`,
        role: "assistant",
        model: "claude-sonnet-4-5",
        stop_reason: stop,
        content,
        usage: { input_tokens: 10, output_tokens: 3, cache_read_input_tokens: 5, cache_creation_input_tokens: 1 },
      },
    });
  return {
    prompt: (text: string) => user(text),
    reply: (text: string) => assistant("end_turn", [{ type: "text", text }]),
    call: (tool: string, call: string, input: unknown) =>
      assistant("tool_use", [{ type: "tool_use", id: call, name: tool, input }]),
    result: (call: string, output: unknown, failed = false) =>
      user([{ type: "tool_result", tool_use_id: call, content: output, is_error: failed }]),
    image: (mediaType: string, data: string) =>
      user([
        { type: "text", text: "look" },
        { type: "image", source: { type: "base64", media_type: mediaType, data } },
      ]),
  };
}

/** A session of `n` prompts, each with its reply. */
export function talk(n: number, options: Talk): string {
  const write = writer(options);
  const lines = Array.from(
    { length: n },
    (_, i) => `${write.prompt(`question ${i}`)}\n${write.reply(`answer ${i}`)}\n`,
  );
  return lines.join("");
}

/** Puts `n` session rows into a database opened for writing: no bytes, for plans and speed. */
export function fillSessions(db: Database, n: number, now: number): void {
  db.run("INSERT OR IGNORE INTO devices (device_id, created_at) VALUES ('laptop', 0), ('server', 0)");
  const add = db.prepare(
    `INSERT INTO sessions (uuid, provider, psid, agent, device, kind, parent_uuid, project, cwd, git_repo, git_branch,
     title, tags, started_at, last_event_at, active_at, events, next_position, models) VALUES
     (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'main', ?11, ?12, ?13, ?14, ?14, 100, 100, '["model-x"]')`,
  );
  db.transaction(() => {
    for (let i = 0; i < n; i++) {
      const child = i % 3 === 2;
      const at = now - 1000 * 60 * ((i * 7919) % n);
      add.run(
        uuidOf(i),
        `agent-${i % 3}`,
        `p${i}`,
        child ? "a" : "",
        1 + (i % 2),
        child ? "subagent" : "main",
        child ? uuidOf(i - 1) : null,
        `project-${i % 40}`,
        `/home/u/work/project-${i % 40}`,
        `https://example.org/u/project-${i % 40}.git`,
        `What was asked in session number ${i}, in a line as long as titles are`,
        i % 10 === 0 ? '["kept","later"]' : "[]",
        at - 3_600_000,
        at,
      );
    }
  })();
}

const uuidOf = (i: number): string => `00000000-0000-5000-8000-${String(i).padStart(12, "0")}`;
