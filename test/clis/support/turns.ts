/** What turns of the real agents share: their environment with the pinned programs in PATH, and a turn with nothing special. */
import { delimiter, join } from "node:path";
import type { Turn } from "../../../src/domain/turn.ts";
import type { Desk, RealAgent } from "./agents.ts";
import { inPackage } from "./install.ts";
import { environment } from "./run.ts";

/** The environment of an agent, with its program where PATH finds it. */
export function agentEnv(
  agent: RealAgent,
  desk: Desk,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const base = environment(agent, desk);
  return { ...base, PATH: [...binsOf(desk), base.PATH].join(delimiter), ...more };
}

/** Claude Code's own place holder in `.bin` would have to be replaced by its install script: the native folder comes first. */
const binsOf = ({ clis }: Desk): readonly string[] => [
  inPackage(clis, `@anthropic-ai/claude-code-${process.platform}-${process.arch}`),
  inPackage(clis, ".bin"),
];

/** A turn in the desk's folder: all is allowed unless said otherwise. */
export function turnIn({ cwd }: Pick<Desk, "cwd">, wish: Partial<Turn>): Turn {
  const usual = {
    prompt: "",
    cwd,
    resume: null,
    fork: false,
    model: null,
    permission: "all",
    images: [],
    tools: null,
  } as const;
  return { ...usual, ...wish };
}

/** A prompt that holds the model's script: what it is to say, step by step. */
export function scripted(...steps: readonly Readonly<Record<string, unknown>>[]): string {
  return `Please do it. FAKE:${JSON.stringify(steps)}`;
}

/** Where a turn's folder is, below the home of its agent. */
export const folderOf = ({ home }: Desk): string => join(home, "turn");
