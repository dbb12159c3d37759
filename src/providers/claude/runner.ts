/** How `claude` is run for one turn: print mode with JSON lines on both sides. */
import type { Command, Machine, Permission, Runner, Turn } from "../../domain/turn.ts";
import { claudeMachine } from "./machine.ts";
import { restore } from "./restore.ts";

const MODES: Readonly<Record<Permission, string>> = {
  ask: "default",
  edits: "acceptEdits",
  plan: "plan",
  all: "bypassPermissions",
};

/** Claude Code's command line. */
export const runner: Runner = {
  program: "claude",
  install: "npm install -g @anthropic-ai/claude-code",
  modes: [
    { value: "acceptEdits", label: "Accept edits" },
    { value: "plan", label: "Plan only" },
    { value: "bypassPermissions", label: "Allow everything" },
  ],
  env: [
    "ANTHROPIC_*",
    "AWS_*",
    "CLOUD_ML_REGION",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "CLAUDE_CONFIG_DIR",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_USE_*",
    "CLAUDE_CODE_SKIP_*",
    "CLAUDE_CODE_MAX_*",
    "CLAUDE_CODE_DISABLE_*",
    "DISABLE_*",
    "IS_SANDBOX",
  ],
  headless: (turn, dir) => run(turn, dir, false),
  dialogue: (turn, dir) => run(turn, dir, true),
  interactive: ({ resume, fork }) => ["claude", `--resume=${resume}`, ...(fork ? ["--fork-session"] : [])],
  restore,
};

function run(turn: Turn, dir: string, dialogue: boolean): { readonly command: Command; readonly machine: Machine } {
  const machine = claudeMachine(turn, dialogue);
  const input = dialogue
    ? {}
    : {
        input: machine
          .begin()
          .say.map((line) => `${line}\n`)
          .join(""),
      };
  return { command: { argv: argvOf(turn, dir, dialogue), env: envOf(turn), ...filesOf(turn), ...input }, machine };
}

/** Values stand in the word of their flag: none can be read as a flag of its own. */
function argvOf(turn: Turn, dir: string, dialogue: boolean): Command["argv"] {
  const { permission, resume, fork, model, tools } = turn;
  return [
    "claude",
    "-p",
    "--verbose",
    "--input-format=stream-json",
    "--output-format=stream-json",
    "--include-partial-messages",
    `--permission-mode=${typeof permission === "string" ? MODES[permission] : permission.own}`,
    ...(dialogue ? ["--permission-prompt-tool=stdio"] : []),
    ...(resume === null ? [] : [`--resume=${resume}`]),
    ...(resume !== null && fork ? ["--fork-session"] : []),
    ...(model === null ? [] : [`--model=${model}`]),
    ...(tools === null ? [] : [`--mcp-config=${dir}/mcp.json`]),
  ];
}

/** As root it refuses to work without asking, but in a sandbox; the person has asked for just that. */
function envOf({ permission }: Turn): Record<string, string> {
  const all = permission === "all" || (typeof permission === "object" && permission.own === MODES.all);
  return all ? { IS_SANDBOX: "1" } : {};
}

function filesOf({ tools }: Turn): Pick<Command, "files"> {
  if (tools === null) return {};
  const longhouse = { type: "http", url: tools.url, headers: { Authorization: `Bearer ${tools.token}` } };
  return { files: { "mcp.json": JSON.stringify({ mcpServers: { longhouse } }) } };
}
