/** Files that have to do with each other, as three agents write them: what arrives in any order must give one archive. */
import { fileOf, psid, subagentFileOf, writer } from "./fill.ts";

/** One file of a device. */
export type Kin = {
  readonly provider: string;
  readonly path: string;
  readonly bytes: string;
  readonly unit?: "file";
  readonly generation?: number;
};

const ORIGIN = psid(1);
const START = Date.parse("2026-01-01T10:00:00Z");

/** Everything below. */
export function family(): readonly Kin[] {
  return [...claudeFamily(), ...codexFamily(), ...geminiFamily()];
}

function claudeFamily(): readonly Kin[] {
  const own = writer({ id: ORIGIN, at: START, branch: "fix" });
  const shared = [
    own.prompt("What is broken?"),
    own.call("Edit", "call-1", { file_path: "/w/a.ts", old_string: "a", new_string: "b" }),
    own.result("call-1", "no such file", true),
    own.reply("The file is gone."),
    '{"type":"user","message":{"role":"user","content":"the same again"}}',
    '{"type":"user","message":{"role":"user","content":"the same again"}}',
  ];
  const origin = [...shared, own.prompt("Go on."), own.reply("Done."), title("Mend what is broken")];
  const elsewhere = writer({ id: ORIGIN, at: START + 900_000, cwd: "/elsewhere", branch: "moved" });
  const resumed = [...shared, skip(elsewhere, "And here?"), elsewhere.reply("Here too."), own.reply("Done.")];
  const file = (path: string, lines: readonly string[]) => ({ provider: "claude", path, bytes: ended(lines) });
  const fork = writer({ id: psid(2), at: START + 60_000 });
  const copy = writer({ id: psid(3), at: START + 120_000 });
  const agent = writer({ id: ORIGIN, at: START + 5_000, agent: "helper" });
  const sum = writer({ id: ORIGIN, at: START + 30_000, agent: "acompact-1" });
  return [
    file(fileOf(ORIGIN), origin),
    // The same history, gone on in another folder; and a copy of the file as it once was.
    file(fileOf(ORIGIN, "-elsewhere"), resumed),
    file(fileOf(ORIGIN, "-copy"), origin.slice(0, 4)),
    file(fileOf(psid(2)), [...origin.flatMap((line) => copied(line, psid(2), true)), fork.prompt("Now for me."), fork.reply("Yes.")]),
    file(fileOf(psid(3)), [...origin.flatMap((line) => copied(line, psid(3), false)), copy.prompt("Once more."), copy.reply("Again.")]),
    file(subagentFileOf(ORIGIN, "helper"), [agent.prompt("Look for it."), agent.reply("Found.")]),
    file(subagentFileOf(ORIGIN, "acompact-1"), [
      ...shared.map((line) => line.replace(/^\{/, '{"agentId":"acompact-1",')),
      sum.prompt("Your task is to create a detailed summary of all this."),
      sum.reply("It was broken."),
    ]),
    // What stands beside them; the index was rewritten.
    beside(subagentFileOf(ORIGIN, "helper").replace(".jsonl", ".meta.json"), { agentType: "Explore", description: "Who did it" }),
    beside("/home/u/.claude/projects/-w/sessions-index.json", index("An old name"), 0),
    beside("/home/u/.claude/projects/-w/sessions-index.json", index("What the index calls it"), 1),
  ]; // prettier-ignore
}

const beside = (path: string, said: object, generation = 0): Kin => ({
  provider: "claude",
  path,
  unit: "file",
  generation,
  bytes: JSON.stringify(said, null, 2),
});

const index = (summary: string) => ({
  version: 1,
  entries: [ORIGIN, psid(3)].map((sessionId) => ({ sessionId, summary, isSidechain: false })),
});

/** Numbers of records go on, so that two writers of one session do not give the same ids. */
function skip(write: ReturnType<typeof writer>, text: string): string {
  for (let n = 0; n < 40; n++) write.prompt("");
  return write.prompt(text);
}

const title = (text: string) => JSON.stringify({ type: "ai-title", aiTitle: text, sessionId: ORIGIN });

/** A record as it stands in a copy: in another session, saying where it is from, or not. Those without an id are left out. */
function copied(line: string, id: string, says: boolean): readonly string[] {
  const record = JSON.parse(line) as Record<string, unknown>;
  if (record.uuid === undefined) return [];
  const from = { forkedFrom: { sessionId: ORIGIN, messageUuid: record.uuid } };
  return [JSON.stringify({ ...record, sessionId: id, ...(says && from) })];
}

const ended = (lines: readonly string[]) => `${lines.join("\n")}\n`;

const CODEX = (n: number) => `0199f000-0001-7000-8000-${String(n).padStart(12, "0")}`;

function codexFamily(): readonly Kin[] {
  const history = [prompt("Weigh the clay."), turn(), said("Two kilos."), spent(100, 20), prompt("And dry?"), said("One and a half."), spent(260, 50)]; // prettier-ignore
  const origin = stamped([meta(1), ...history], START);
  const fork = [
    ...stamped([meta(2, 1), meta(1), ...history], START + 300_000, 1),
    ...stamped([turn(), prompt("In pounds?"), said("Three."), spent(300, 70)], START + 400_000),
  ];
  const more = stamped([prompt("Thank you."), said("Any time.")], START + 200_000);
  const name = (n: number) => `rollout-2026-01-01T10-00-00-${CODEX(n)}.jsonl`;
  const file = (path: string, lines: readonly string[]) => ({
    provider: "codex",
    path: `/home/u/.codex/${path}`,
    bytes: ended(lines),
  });
  return [
    file(`sessions/2026/01/01/${name(1)}`, [...origin, ...more]),
    file(`archived_sessions/${name(1)}`, origin),
    file(`sessions/2026/01/01/${name(2)}`, fork),
  ];
}

type Item = { readonly type: string; readonly payload: Record<string, unknown> };

const stamped = (items: readonly Item[], at: number, step = 1000) =>
  items.map((item, n) => JSON.stringify({ timestamp: new Date(at + n * step).toISOString(), ...item }));

const meta = (n: number, from?: number): Item => ({
  type: "session_meta",
  payload: {
    id: CODEX(n),
    timestamp: new Date(START + n * 100_000).toISOString(),
    cwd: `/clay/${n}`,
    originator: "codex_cli_rs",
    cli_version: "0.140.0",
    source: "cli",
    ...(from !== undefined && { forked_from_id: CODEX(from) }),
  },
});
const turn = (): Item => ({ type: "turn_context", payload: { cwd: "/clay", model: "gpt-5.1-codex" } });
const message = (role: string, type: string, text: string): Item => ({
  type: "response_item",
  payload: { type: "message", role, content: [{ type, text }] },
});
const prompt = (text: string) => message("user", "input_text", text);
const said = (text: string) => message("assistant", "output_text", text);
const spent = (input: number, output: number): Item => {
  const figures = { input_tokens: input, cached_input_tokens: 0, output_tokens: output, reasoning_output_tokens: 0 };
  const usage = { ...figures, total_tokens: input + output };
  const info = { total_token_usage: usage, last_token_usage: usage, model_context_window: 100_000 };
  return { type: "event_msg", payload: { type: "token_count", info } };
};

/** One file, rewritten whole as the session goes on; and the file that says which folder its project is. */
function geminiFamily(): readonly Kin[] {
  const dir = "/home/u/.gemini/tmp/kiln";
  const path = `${dir}/chats/session-2026-01-01T10-00-7ea00000.json`;
  const file = (path: string, bytes: string, generation = 0): Kin => ({
    provider: "gemini",
    path,
    unit: "file",
    generation,
    bytes,
  });
  return [
    ...[2, 4, 6].map((n, generation) => file(path, tea(n), generation)),
    file(`${dir}/.project_root`, "/home/u/kiln"),
  ];
}

function tea(n: number): string {
  const messages = Array.from({ length: n }, (_, i) => {
    const said = {
      id: `7ea00000-0000-4000-8000-${String(i).padStart(12, "0")}`,
      timestamp: new Date(START + i * 1000).toISOString(),
    };
    const tokens = { input: 100 + i, output: 10, cached: 40, thoughts: 5, tool: 0, total: 115 + i };
    if (i % 2 === 0) return { ...said, type: "user", content: `make tea ${i}` };
    return { ...said, type: "gemini", content: `tea ${i}`, model: "gemini-2.5-pro", thoughts: [], tokens };
  });
  const startTime = new Date(START).toISOString();
  return JSON.stringify({
    sessionId: "7ea00000-0000-4000-8000-ffffffffffff",
    projectHash: "kiln",
    startTime,
    messages,
  });
}
