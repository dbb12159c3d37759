/** One Codex log of 700 MB, nine tenths of it compaction copies, and one line of 100 MB: memory, and whether pages answer. */
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { MIB } from "../../src/domain/limits.ts";
import { BINARY, isolated, startServer } from "../support/server.ts";
import { mb, percentile, spread } from "./table.ts";
import type { Row } from "./table.ts";

const SESSION = "019a0000-0000-7000-8000-00000000beef";
const COPY = 4 * MIB;

/** Writes both files below `home`; returns their size in bytes. */
function writeHuge(home: string, size: number): number {
  const codex = join(home, ".codex/sessions/2026/05/01");
  const claude = join(home, ".claude/projects/-huge");
  for (const dir of [codex, claude]) mkdirSync(dir, { recursive: true });
  const file = openSync(join(codex, `rollout-2026-05-01T10-00-00-${SESSION}.jsonl`), "w");
  let written = 0;
  let second = 0;
  const line = (type: string, payload: object) => {
    const timestamp = new Date(Date.UTC(2026, 4, 1, 10) + 1000 * second++).toISOString();
    written += writeSync(file, `${JSON.stringify({ timestamp, type, payload })}\n`);
  };
  const said = (role: string, n: number) => ({
    type: "message",
    role,
    content: [
      {
        type: role === "user" ? "input_text" : "output_text",
        text: `word${n} of ${role} ${"lorem ipsum ".repeat(300)}`,
      },
    ],
  });
  line("session_meta", { id: SESSION, cwd: "/home/ada/huge", originator: "codex_cli_rs", cli_version: "0.99.0" });
  for (let n = 0; written < size; n++) {
    for (let i = 0; i < 60; i++) line("response_item", said(i % 2 ? "assistant" : "user", 60 * n + i));
    const copied = Array.from({ length: COPY / 3700 }, (_, i) => said(i % 2 ? "assistant" : "user", i));
    line("compacted", { message: `what was said until ${n}`, replacement_history: copied });
  }
  closeSync(file);
  const other = openSync(join(claude, "11111111-2222-4333-8444-00000000beef.jsonl"), "w");
  written += writeSync(other, `{"type":"user","uuid":"u1","message":{"role":"user","content":"`);
  const chunk = "x".repeat(MIB);
  for (let i = 0; i < 100; i++) written += writeSync(other, chunk);
  written += writeSync(other, `"}}\n`);
  closeSync(other);
  return written;
}

/** Imports them into a server of its own. */
export async function measureHuge(dir: string, size = 700 * MIB): Promise<Row[]> {
  const home = join(dir, "huge-home");
  const bytes = writeHuge(home, size);
  const server = await startServer({ home, data: join(dir, "huge-lh") });
  const waits: number[] = [];
  let going = true;
  const asking = (async () => {
    while (going) {
      const from = performance.now();
      await (await server.api("/api/agents/sessions?limit=50")).text();
      waits.push(performance.now() - from);
      await Bun.sleep(20);
    }
  })();
  const from = performance.now();
  const ship = Bun.spawn([BINARY, "ship", "--json", "--url", server.url], {
    env: isolated(server.home, server.data),
    stdio: ["ignore", "ignore", "inherit"],
  });
  await ship.exited;
  await server.settled(240_000);
  const took = performance.now() - from;
  going = false;
  await asking;
  const peak = server.memory().peak;
  const { sessions } = await server.json<{ sessions: { user_messages: number }[] }>(
    "/api/agents/sessions?provider=codex",
  );
  await server.stop();
  const prompts = sessions.map(({ user_messages }) => user_messages).join(", ");
  return [
    {
      what: "huge: Codex log of copies, line of 100 MB",
      got: `${mb(bytes)} in ${(took / 1000).toFixed(1)} s`,
      goal: "",
    },
    { what: "huge: prompts counted", got: prompts, goal: "" },
    { what: "huge: peak RSS of the server", got: mb(peak), goal: "≤ 320 MB" },
    {
      what: "huge: a timeline request meanwhile",
      got: `${spread(waits)} (p99 ${percentile(waits, 99).toFixed(0)} ms)`,
      goal: "p95 ≤ 50 ms",
    },
  ];
}
