/** How `codex` is run for one turn: `exec` where nobody is asked, its app server where somebody is. */
import type { Command, Runner, Turn } from "../../domain/turn.ts";
import { appServerMachine } from "./app-server.ts";
import { execMachine } from "./exec.ts";
import { fileOf, sandboxOf } from "./mode.ts";
import { restore } from "./restore.ts";

/** Codex's command line. */
export const runner: Runner = {
  program: "codex",
  install: "npm install -g @openai/codex",
  modes: [
    { value: "read-only", label: "Read only" },
    { value: "danger-full-access", label: "Allow everything" },
  ],
  env: ["OPENAI_*", "CODEX_*", "AZURE_OPENAI_*"],
  headless(turn, dir) {
    const argv = ["codex", "exec", ...toolFlags(turn), ...execFlags(turn, dir), ...resumeFlags(turn), "-"] as const;
    return {
      command: { argv, env: toolEnv(turn), ...imageFiles(turn), input: turn.prompt },
      machine: execMachine(turn),
    };
  },
  dialogue(turn, dir) {
    const argv = ["codex", "app-server", ...toolFlags(turn)] as const;
    const machine = appServerMachine(turn, sandboxOf(turn), dir);
    return { command: { argv, env: toolEnv(turn), ...imageFiles(turn) }, machine };
  },
  // Without the folder it asks which one to work in, and offers the old one first.
  interactive: ({ resume, fork, cwd }) => ["codex", fork ? "fork" : "resume", `--cd=${cwd}`, resume],
  restore,
};

function execFlags(turn: Turn, dir: string): string[] {
  const { sandbox } = sandboxOf(turn);
  const free = sandbox === "danger-full-access";
  return [
    "--json",
    "--skip-git-repo-check",
    free ? "--dangerously-bypass-approvals-and-sandbox" : `--sandbox=${sandbox}`,
    ...(turn.model === null ? [] : [`--model=${turn.model}`]),
    ...turn.images.map((image, n) => `--image=${dir}/${fileOf(image, n)}`),
  ];
}

function resumeFlags({ resume, fork }: Turn): string[] {
  return resume === null ? [] : [fork ? "fork" : "resume", resume];
}

/** The token stands in the environment: others can read argv. */
function toolFlags({ tools }: Turn): string[] {
  if (tools === null) return [];
  // A name of its own: merged with an entry of the person's that runs a command, it would be refused.
  const set = (key: string, value: string) => ["-c", `mcp_servers.longhouse_turn.${key}=${JSON.stringify(value)}`];
  return [...set("url", tools.url), ...set("bearer_token_env_var", TOKEN)];
}

const TOKEN = "LONGHOUSE_TURN_TOKEN";

function toolEnv({ tools }: Turn): Record<string, string> {
  return tools === null ? {} : { [TOKEN]: tools.token };
}

function imageFiles({ images }: Turn): Pick<Command, "files"> {
  if (images.length === 0) return {};
  return { files: Object.fromEntries(images.map((image, n) => [fileOf(image, n), { base64: image.data }])) };
}
