/** `memory_read`: what was kept, by its key or by words. */
import * as z from "zod";
import { Fault } from "../domain/fault.ts";
import { type Memory, MEMORY_KEY } from "../domain/memory.ts";
import { ANSWER_MAX, DATA_NOTE, framed, short } from "./frame.ts";
import { type Tool, withQuery } from "./tool.ts";

const input = {
  key: z.string().regex(MEMORY_KEY).optional().describe("Letters, digits, dots, dashes and underscores"),
  query: z.string().max(500).optional().describe("Words that stand in key or value; all keys when empty"),
};
const FOUND_MAX = 20;
const VALUE_MAX = 2000;

export const memoryRead: Tool<typeof input> = {
  name: "memory_read",
  title: "Read memory",
  description:
    "Reads what agents and the person have kept for later sessions: one key whole, or the keys that a query finds. " +
    "Call it with an empty query to see all keys.",
  input,
  writes: false,
  async run({ key, query }, { ask }) {
    if (key !== undefined)
      return `${DATA_NOTE}\n\n${memoryText((await ask("GET", `/api/memory/${key}`)) as Memory, ANSWER_MAX)}`;
    if (query === undefined) throw new Fault("invalid", "Say which key, or what to look for.", "key or query");
    const path = withQuery("/api/memory", { query, limit: FOUND_MAX + 1 });
    const { memory } = (await ask("GET", path)) as { readonly memory: readonly Memory[] };
    if (memory.length === 0) return "Nothing is kept that has these words.";
    const more = memory.length > FOUND_MAX ? ["There is more: use other words."] : [];
    const shown = memory.slice(0, FOUND_MAX).map((one) => memoryText(one, VALUE_MAX));
    return [DATA_NOTE, ...shown, ...more].join("\n\n");
  },
};

function memoryText({ key, value, version, by, updated_at }: Memory, max: number): string {
  return framed(short(value, max), `memory ${key}, version ${version}, written by ${by} at ${updated_at}`);
}
