/**
 * What a person would expect of a session, told from its file by other means than the code under test: the lines that hold
 * a message, and their times. Counts need not be equal (noise, repeats, copies), but nothing may come out of nothing.
 */
import { expect } from "bun:test";
import type { Session } from "./remote.ts";

type Json = Readonly<Record<string, unknown>>;

type Told = {
  /** Lines with a message of a person or a model that has words in it. */
  readonly messages: number;
  readonly lines: number;
  readonly times: readonly number[];
  /** A rewind or rollback: it may have taken back all there was. */
  readonly takenBack: boolean;
};

/** Fails when the file holds a message and its session is missing, or says what the file cannot mean. */
export function expectHonest(path: string, bytes: Uint8Array, session: Session | undefined): void {
  const { messages, lines, times, takenBack } = told(bytes);
  if (messages === 0) return;
  const name = path.split("/").slice(-2).join("/");
  expect([name, session === undefined ? "no session" : "session"]).toEqual([name, "session"]);
  const { title, project, started_at, last_event_at, cwd } = session!;
  const shown = session!.user_messages + session!.assistant_messages + session!.tool_calls;
  expect({ name, title: title !== null && title.trim() !== "" }).toEqual({ name, title: true });
  expect({ name, project: project !== null || cwd === null }).toEqual({ name, project: true });
  expect({ name, shown: shown > 0 || takenBack, bounded: shown <= lines * 40 }).toEqual({
    name,
    shown: true,
    bounded: true,
  });
  if (times.length === 0) return;
  const [from, to] = [Date.parse(started_at ?? ""), Date.parse(last_event_at ?? "")];
  expect({ name, started: from > 0, ordered: from <= to }).toEqual({ name, started: true, ordered: true });
}

function told(bytes: Uint8Array): Told {
  const text = new TextDecoder().decode(bytes);
  const records = text.split("\n").flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line.replace(/^\uFEFF/, ""));
      return typeof value === "object" && value !== null ? [value as Json] : [];
    } catch {
      return [];
    }
  });
  const times = records.map(({ timestamp }) => Date.parse(String(timestamp))).filter((ms) => ms > 0);
  const takenBack = /"\$rewindTo"|"thread_rolled_back"/.test(text);
  return { messages: records.filter(isMessage).length, lines: records.length, times, takenBack };
}

/** Claude: user and assistant records. Codex: message items. Gemini: user and gemini records. */
function isMessage(record: Json): boolean {
  const item = (record["payload"] ?? record["message"] ?? record) as Json;
  if (record["isMeta"] === true || !words(item?.["content"])) return false;
  if (record["type"] === "user" || record["type"] === "assistant" || record["type"] === "gemini") return true;
  return item["type"] === "message" && (item["role"] === "user" || item["role"] === "assistant");
}

/** Some text that is not a tag of the tool's own. */
function words(content: unknown): boolean {
  const texts = typeof content === "string" ? [content] : Array.isArray(content) ? content.map(textOf) : [];
  return texts.some((text) => text.trim() !== "" && !text.trim().startsWith("<") && !text.startsWith("# AGENTS.md"));
}

const textOf = (block: unknown): string => {
  const text = (block as Json | null)?.["text"];
  return typeof text === "string" ? text : "";
};
