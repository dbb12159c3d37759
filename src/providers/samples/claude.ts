/** Two Claude Code sessions: a flaky test found and mended (with a sub-agent), a question answered. */
import type { Sample } from "./sample.ts";

const CWD = "/home/you/projects/orchard";
const MINUTE = 60_000;

type Block = Readonly<Record<string, unknown>>;

/** Writes chain records of one session; `at` moves on by itself. */
function session(id: string, branch: string, startedAt: number, agent?: string) {
  const lines: unknown[] = [];
  let at = startedAt;
  let parent: string | null = null;
  const put = (type: string, message: Block, more: Block = {}) => {
    at += 7_000;
    const uuid = `${id.slice(0, 13)}-4000-8000-${String(lines.length + (agent ? 500 : 0)).padStart(12, "0")}`;
    const chain = {
      parentUuid: parent,
      isSidechain: agent !== undefined,
      userType: "external",
      cwd: CWD,
      gitBranch: branch,
    };
    const place = agent ? { agentId: agent } : {};
    lines.push({
      ...chain,
      ...place,
      sessionId: id,
      version: "2.1.200",
      type,
      message,
      ...more,
      uuid,
      timestamp: new Date(at).toISOString(),
    });
    parent = uuid;
  };
  const assistant = (content: Block, stop: string | null, output: number) =>
    put(
      "assistant",
      {
        id: `msg_sample_${id.slice(9, 13)}${agent ?? ""}${lines.length}`,
        type: "message",
        role: "assistant",
        model: "claude-sonnet-4-5",
        content: [content],
        stop_reason: stop,
        usage: {
          input_tokens: 12,
          cache_read_input_tokens: 18_400,
          cache_creation_input_tokens: 900,
          output_tokens: output,
        },
      },
      { requestId: `req_sample_${id.slice(9, 13)}${agent ?? ""}${lines.length}` },
    );
  return {
    lines,
    prompt: (content: string) => put("user", { role: "user", content }),
    think: (thinking: string) => assistant({ type: "thinking", thinking, signature: "" }, null, 60),
    say: (text: string, stop: string | null = null) => assistant({ type: "text", text }, stop, 220),
    call: (call: string, name: string, input: Block) =>
      assistant({ type: "tool_use", id: `${call}_${id.slice(9, 13)}`, name, input }, null, 90),
    result: (call: string, content: string, more: Block = {}, isError = false) =>
      put(
        "user",
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: `${call}_${id.slice(9, 13)}`, content, is_error: isError }],
        },
        { toolUseResult: more },
      ),
    title: (aiTitle: string) => void lines.push({ type: "ai-title", aiTitle, sessionId: id }),
  };
}

const path = (id: string) => `/home/you/.claude/projects/-home-you-projects-orchard/${id}.jsonl`;

/** A flaky test with its sub-agent, and a short question. */
export function claudeSamples(now: number): readonly Sample[] {
  const id = "5a3d1e00-0001-4000-8000-0000000f1a4e";
  return [
    { provider: "claude", path: path(id), cwd: CWD, lines: flaky(id, now - 35 * MINUTE) },
    {
      provider: "claude",
      path: path(id).replace(".jsonl", "/subagents/agent-5a3d1e01.jsonl"),
      cwd: CWD,
      lines: explorer(id, now - 33 * MINUTE),
    },
    {
      provider: "claude",
      path: path("5a3d1e00-0002-4000-8000-0000000a5000"),
      cwd: CWD,
      lines: question("5a3d1e00-0002-4000-8000-0000000a5000", now - 26 * 60 * MINUTE),
    },
  ];
}

function flaky(id: string, startedAt: number): readonly unknown[] {
  const talk = session(id, "fix/flaky-harvest", startedAt);
  talk.prompt(
    "The test `harvest waits for rain` fails about one time in ten on the slow runner. Find the cause before you change anything.",
  );
  talk.think("The name says it waits. First see how it waits, and who else moves the clock.");
  talk.call("toolu_look", "Grep", { pattern: "waitForRain", path: "src" });
  talk.result(
    "toolu_look",
    "src/harvest.ts:41:  await waitForRain(clock, 50)\ntest/harvest.test.ts:12:  const clock = new TestClock()",
  );
  talk.call("toolu_agent", "Agent", {
    description: "Who moves the clock",
    prompt: "List every place in test/ that advances TestClock.",
    subagent_type: "Explore",
  });
  talk.result("toolu_agent", "Only test/harvest.test.ts:19, without awaiting.\nagentId: 5a3d1e01", {
    agentId: "5a3d1e01",
  });
  talk.call("toolu_run", "Bash", {
    command: "bun test test/harvest.test.ts --rerun-each 20",
    description: "Repeat the test",
  });
  talk.result(
    "toolu_run",
    "18 pass\n2 fail\n  harvest waits for rain\n  expected 1 basket, saw 0",
    { stdout: "18 pass\n2 fail", stderr: "", interrupted: false },
    true,
  );
  talk.say(
    "The test advances the clock without waiting for it: on a slow machine the assertion runs first. `waitForRain` itself is right.\n\nI would await the clock in the test, and leave the code alone.",
  );
  talk.prompt("Good. Do that.");
  talk.call("toolu_edit", "Edit", {
    file_path: `${CWD}/test/harvest.test.ts`,
    old_string: "  clock.advance(50)\n",
    new_string: "  await clock.advance(50)\n",
  });
  talk.result("toolu_edit", "The file has been updated.", {
    filePath: `${CWD}/test/harvest.test.ts`,
    structuredPatch: [
      {
        oldStart: 17,
        oldLines: 5,
        newStart: 17,
        newLines: 5,
        lines: [
          "   const baskets = harvest(clock)",
          " ",
          "-  clock.advance(50)",
          "+  await clock.advance(50)",
          " ",
          "   expect(await baskets).toHaveLength(1)",
        ],
      },
    ],
  });
  talk.call("toolu_again", "Bash", {
    command: "bun test test/harvest.test.ts --rerun-each 200",
    description: "Repeat it often",
  });
  talk.result("toolu_again", "200 pass\n0 fail", { stdout: "200 pass\n0 fail", stderr: "", interrupted: false });
  talk.say(
    "Fixed: 200 runs, no failure. One line changed, in the test:\n\n```ts\nawait clock.advance(50)\n```",
    "end_turn",
  );
  talk.title("Fix the flaky harvest test");
  return talk.lines;
}

function explorer(id: string, startedAt: number): readonly unknown[] {
  const talk = session(id, "fix/flaky-harvest", startedAt, "5a3d1e01");
  talk.prompt("List every place in test/ that advances TestClock.");
  talk.call("toolu_sub", "Grep", { pattern: "\\.advance\\(", path: "test" });
  talk.result("toolu_sub", "test/harvest.test.ts:19:  clock.advance(50)");
  talk.say("Only test/harvest.test.ts:19, without awaiting.", "end_turn");
  return talk.lines;
}

function question(id: string, startedAt: number): readonly unknown[] {
  const talk = session(id, "main", startedAt);
  talk.prompt("Which of our two lock files wins when both are there, and why?");
  talk.call("toolu_read", "Read", { file_path: `${CWD}/package.json` });
  talk.result(
    "toolu_read",
    '     1\t{\n     2\t  "name": "orchard",\n     3\t  "packageManager": "bun@1.4.4"\n     4\t}',
  );
  talk.say(
    "`bun.lock` wins: `packageManager` in package.json names Bun, and the other lock file is left from before the move. You can delete it.",
    "end_turn",
  );
  talk.title("Which lock file wins");
  return talk.lines;
}
