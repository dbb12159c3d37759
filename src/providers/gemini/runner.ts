/** How `gemini` is run for one turn: stream-json where nobody is asked, the Agent Client Protocol where somebody is. */
import type { Command, Permission, Runner, Turn } from "../../domain/turn.ts";
import { acpMachine } from "./acp.ts";
import { streamMachine } from "./stream.ts";
import { restore } from "./restore.ts";

const MODES: Readonly<Record<Permission, string>> = { ask: "default", edits: "auto_edit", plan: "plan", all: "yolo" };

/** Without a model it first asks another model which one to take. */
const MODEL = "gemini-2.5-pro";

/** It would start itself a second time, only to give Node more memory: half as many processes to end. */
const ENV = { GEMINI_CLI_NO_RELAUNCH: "true" };

/** Gemini CLI's command line. */
export const runner: Runner = {
  program: "gemini",
  install: "npm install -g @google/gemini-cli",
  modes: [
    { value: "auto_edit", label: "Accept edits" },
    { value: "plan", label: "Plan only" },
    { value: "yolo", label: "Allow everything" },
  ],
  // Not all of GOOGLE_*: the client secret of a web app's sign-in is none of its business.
  env: [
    "GEMINI_*",
    "GOOGLE_API_KEY",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CLOUD_*",
    "GOOGLE_GEMINI_*",
    "GOOGLE_GENAI_*",
    "GOOGLE_VERTEX_*",
    "CLOUDSDK_*",
  ],
  headless(turn, dir) {
    const argv = [...argvOf(turn), "--output-format=stream-json", ...resumeFlags(turn)] as const;
    const { env, ...files } = toolFiles(turn, dir);
    return { command: { argv, env: { ...ENV, ...env }, ...files, input: turn.prompt }, machine: streamMachine() };
  },
  dialogue(turn) {
    // Seen in 0.61: session/load begins the session's file anew before it looks for it, and then finds nobody's words in it.
    if (turn.resume !== null) return null;
    return { command: { argv: [...argvOf(turn), "--acp"], env: ENV }, machine: acpMachine(turn) };
  },
  interactive: ({ resume }) => ["gemini", `--resume=${resume}`],
  restore,
};

function argvOf({ model, permission }: Turn): Command["argv"] {
  const mode = typeof permission === "string" ? MODES[permission] : permission.own;
  return ["gemini", `--model=${model ?? MODEL}`, `--approval-mode=${mode}`, "--skip-trust"];
}

/** Settings below all others (those of /etc, if there are any, do not count then): a server of the person's goes first. */
function toolFiles({ tools }: Turn, dir: string): Pick<Command, "env" | "files"> {
  if (tools === null) return { env: {} };
  const longhouse = { type: "http", url: tools.url, headers: { Authorization: `Bearer ${tools.token}` } };
  const files = { "tools.json": JSON.stringify({ mcpServers: { longhouse } }) };
  return { env: { GEMINI_CLI_SYSTEM_DEFAULTS_PATH: `${dir}/tools.json` }, files };
}

function resumeFlags({ resume }: Turn): string[] {
  return resume === null ? [] : [`--resume=${resume}`];
}
