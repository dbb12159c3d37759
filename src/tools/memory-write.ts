/** `memory_write`: keeps something for later sessions. */
import * as z from "zod";
import { type Memory, MEMORY_KEY, MEMORY_VALUE_MAX } from "../domain/memory.ts";
import type { Tool } from "./tool.ts";

const input = {
  key: z.string().regex(MEMORY_KEY).describe("Letters, digits, dots, dashes and underscores; such as project.deploy"),
  value: z.string().max(MEMORY_VALUE_MAX).describe("At most 64 KiB"),
  mode: z.enum(["replace", "append"]).default("replace"),
  project: z.string().max(200).optional(),
};

export const memoryWrite: Tool<typeof input> = {
  name: "memory_write",
  title: "Write memory",
  description:
    "Keeps a note under a key for later sessions of any agent. Every earlier version stays, and the person can undo. " +
    "Keep facts that will be needed again: decisions, commands that work, where things are.",
  input,
  writes: true,
  async run({ key, value, mode, project }, { ask, agent, site }) {
    const wish = { value, mode, ...(project !== undefined && { project }), ...(agent !== null && { agent }) };
    const { version } = (await ask("PUT", `/api/memory/${key}`, wish)) as Memory;
    return `Kept under ${key} as version ${version}. ${site}/memory?key=${key}`;
  },
};
