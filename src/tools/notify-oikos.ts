/** `notify_oikos`: tells the person something now. */
import * as z from "zod";
import { NOTICE_LEVELS } from "../domain/memory.ts";
import { plainLines } from "../lib/ansi.ts";
import { short } from "./frame.ts";
import type { Tool } from "./tool.ts";

const MESSAGE_MAX = 2000;

const input = {
  message: z.string().min(1).describe(`What the person should know; cut at ${MESSAGE_MAX} characters`),
  level: z.enum(NOTICE_LEVELS).default("info"),
  session_id: z.string().max(100).optional(),
};

export const notifyOikos: Tool<typeof input> = {
  name: "notify_oikos",
  title: "Tell the person",
  description:
    "Tells the person who owns this archive something: that work is done, blocked or failed, or worth knowing. " +
    "It is shown in Longhouse. Use it rarely.",
  input,
  writes: true,
  async run({ message, level, session_id }, { ask, agent }) {
    const text = short(plainLines(message), MESSAGE_MAX - 40);
    await ask("POST", "/api/notices", { message: text, level, session_id, ...(agent !== null && { agent }) });
    return "The person was told.";
  },
};
