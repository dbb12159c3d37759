/** A Codex session: a flag added to a command, with a patch and a plan. */
import type { Sample } from "./sample.ts";

const CWD = "/home/you/projects/weathervane";
const ID = "5a3d1e00-0003-7000-8000-00000000c0de";

/** The session, begun about three hours before `now`. */
export function codexSample(now: number): Sample {
  const startedAt = now - 190 * 60_000;
  const day = new Date(startedAt).toISOString();
  const path = `/home/you/.codex/sessions/${day.slice(0, 10).replaceAll("-", "/")}/rollout-${day.slice(0, 19).replaceAll(":", "-")}-${ID}.jsonl`;
  let at = startedAt;
  const lines: unknown[] = [];
  const put = (type: string, payload: unknown) =>
    void lines.push({ timestamp: new Date((at += 5_000)).toISOString(), type, payload });
  const said = (role: "user" | "assistant", text: string) =>
    put("response_item", {
      type: "message",
      role,
      content: [{ type: role === "user" ? "input_text" : "output_text", text }],
    });
  const shell = (call: string, command: string, output: string, exit: number) => {
    put("response_item", {
      type: "function_call",
      name: "shell",
      arguments: JSON.stringify({ command: ["bash", "-lc", command] }),
      call_id: call,
    });
    put("response_item", {
      type: "function_call_output",
      call_id: call,
      output: JSON.stringify({ output, metadata: { exit_code: exit, duration_seconds: 0.8 } }),
    });
  };

  put("session_meta", {
    id: ID,
    timestamp: day,
    cwd: CWD,
    originator: "codex_cli_rs",
    cli_version: "0.146.0",
    git: { branch: "json-flag", repository_url: "https://example.com/you/weathervane.git" },
  });
  put("turn_context", { cwd: CWD, approval_policy: "on-request", model: "gpt-5-codex", effort: "medium" });
  said("user", "Add --json to `vane now`, one object on stdout and nothing else there. Keep the table as the default.");
  put("event_msg", {
    type: "user_message",
    message: "Add --json to `vane now`, one object on stdout and nothing else there. Keep the table as the default.",
  });
  put("response_item", {
    type: "reasoning",
    summary: [{ type: "summary_text", text: "The table is printed in one place; the flag chooses the printer." }],
    encrypted_content: "",
  });
  put("response_item", {
    type: "function_call",
    name: "update_plan",
    call_id: "call_plan",
    arguments: JSON.stringify({
      plan: [
        { step: "Read the command", status: "completed" },
        { step: "Add the flag", status: "in_progress" },
        { step: "Test both outputs", status: "pending" },
      ],
    }),
  });
  put("response_item", { type: "function_call_output", call_id: "call_plan", output: "Plan updated" });
  shell(
    "call_read",
    "sed -n 1,40p src/now.ts",
    "export function now(station: Station) {\n  console.log(table(read(station)))\n}",
    0,
  );
  const patch = [
    "*** Begin Patch",
    "*** Update File: src/now.ts",
    "@@",
    "-export function now(station: Station) {",
    "-  console.log(table(read(station)))",
    "+export function now(station: Station, json: boolean) {",
    "+  const weather = read(station)",
    "+  console.log(json ? JSON.stringify(weather) : table(weather))",
    " }",
    "*** End Patch",
    "",
  ].join("\n");
  put("response_item", {
    type: "custom_tool_call",
    name: "apply_patch",
    input: patch,
    call_id: "call_patch",
    status: "completed",
  });
  put("response_item", {
    type: "custom_tool_call_output",
    call_id: "call_patch",
    output: JSON.stringify({
      output: "Success. Updated the following files:\nM src/now.ts\n",
      metadata: { exit_code: 0, duration_seconds: 0 },
    }),
  });
  shell("call_test", "bun test test/now.test.ts", "4 pass\n0 fail", 0);
  put("event_msg", {
    type: "token_count",
    info: {
      total_token_usage: {
        input_tokens: 24_100,
        cached_input_tokens: 17_900,
        output_tokens: 1_240,
        reasoning_output_tokens: 380,
        total_tokens: 25_340,
      },
      last_token_usage: {
        input_tokens: 24_100,
        cached_input_tokens: 17_900,
        output_tokens: 1_240,
        reasoning_output_tokens: 380,
        total_tokens: 25_340,
      },
      model_context_window: 272_000,
    },
    rate_limits: null,
  });
  said("assistant", "`vane now --json` prints one object; the table stays the default. Four tests pass.");
  put("event_msg", {
    type: "agent_message",
    message: "`vane now --json` prints one object; the table stays the default. Four tests pass.",
  });
  put("event_msg", {
    type: "task_complete",
    last_agent_message: "`vane now --json` prints one object; the table stays the default. Four tests pass.",
  });
  return { provider: "codex", path, cwd: CWD, lines };
}
