/**
 * Cursor keeps conversations in four ways: `state.vscdb` of 2024 and of today, the CLI's `store.db`, and exported
 * transcripts, which know neither times nor results. The databases hold login tokens, too: they are read record by record
 * (`cursor/stores.ts`), each record a line `{"key", "value"}`.
 */
import type { Aside, Facts, Line, Parsed, Provider } from "../domain/provider.ts";
import { readBubble } from "./cursor/bubble.ts";
import { folderOf } from "./cursor/folder.ts";
import { readMessage } from "./cursor/message.ts";
import { identify, roots } from "./cursor/place.ts";
import { placeFact, start, startFact, type State } from "./cursor/state.ts";
import { explode } from "./cursor/text.ts";
import { databases } from "./cursor/stores.ts";
import { type Json, millis, object, word } from "./json.ts";
import { mend } from "./mend.ts";

export const cursor: Provider<State> = {
  name: "cursor",
  label: "Cursor",
  mark: "R",
  version: 2,
  roots,
  identify,
  start,
  parse(line, state) {
    const value = object(line.oversize ? mend(line.text) : line.value);
    if (!value) return NOTHING;
    return typeof value.key === "string" ? record(value.key, value.value, state) : spoken(value, state);
  },
  explode,
  aside,
  databases,
  price: () => null,
};

const NOTHING: Parsed = { parts: [] };

/** A record of a database. One that is gone from its conversation was taken back by the person. */
function record(key: string, value: unknown, state: State | null): Parsed {
  const [kind, , bubble] = key.split(":");
  const said = object(value);
  if (kind === "bubbleId" && bubble !== undefined) return said ? readBubble(said, bubble, state) : gone(bubble);
  if (kind === "blob") return said ? readMessage(said, key, state) : NOTHING;
  if (!said || !state) return NOTHING;
  if (kind === "workspace") return { parts: [], facts: placeFact(state, folderOf(word(said.folder))) };
  if (kind === "composerData" || kind === "chat") return { parts: [], facts: ofConversation(said, state) };
  if (kind === "tab")
    return { parts: [], facts: ofConversation({ name: said.chatTitle, createdAt: said.lastSendTime }, state) };
  return NOTHING;
}

/** A bubble has at most six parts. */
function gone(bubble: string): Parsed {
  const keys = [bubble, ...[0, 2, 3, 4, 5].map((index) => `${bubble}:${index}`)];
  return { parts: [], marks: keys.map((key) => ({ key, flag: "abandoned", reach: "one" })) };
}

const NAMELESS = new Set(["New Chat", "New Agent", "Untitled", "New Composer"]);

function ofConversation(said: Json, state: State): Facts {
  const model = word(object(said.modelConfig)?.modelName) ?? word(said.lastUsedModel);
  if (model !== undefined && model !== "default") state.model = model;
  return {
    ...placeFact(state, folderOf(word(said.cwd) ?? word(object(object(said.workspaceIdentifier)?.uri)?.fsPath))),
    ...startFact(state, millis(said.createdAt) ?? millis(said.createdAtMs)),
    ...named(said),
    ...subagent(object(said.subagentInfo)),
  };
}

function named(said: Json): Facts {
  const title = word(said.title) ?? word(said.name);
  return title === undefined || NAMELESS.has(title) ? {} : { title: { text: title, trust: "ai" } };
}

function subagent(info: Json | null): Facts {
  if (!info) return {};
  const id = word(info.parentComposerId) ?? word(info.parentConversationId) ?? word(info.parentAgentId);
  return { kind: "subagent", ...(id !== undefined && { parent: { id, agent: "" } }) };
}

/** A line of a transcript. */
function spoken(value: Json, state: State | null): Parsed {
  if (typeof value.role === "string") return readMessage(value, null, state);
  if (value.type === "turn_ended") return value.error === undefined ? NOTHING : failure(value.error);
  if (value.type === "error") return failure(value.error ?? value.message);
  return { parts: [{ index: 0, kind: "unknown", text: word(value.type) ?? "record" }] };
}

function failure(error: unknown): Parsed {
  const text = word(error) ?? word(object(error)?.message) ?? "error";
  return { parts: [{ index: 0, kind: "notice", text, isError: true, final: true }] };
}

/** The head of a conversation, from the database of its workspace: the conversation itself is in the global one. */
function aside(path: string, text: () => string): readonly Aside[] {
  const identity = identify({ path, unit: "query", text: "", whole: true });
  if (identity.kind !== "sidecar" || !identity.of) return [];
  const state = start();
  let facts: Facts = {};
  for (const line of text().split("\n")) facts = { ...facts, ...factsIn(line, state) };
  return [{ session: identity.of, facts }];
}

function factsIn(text: string, state: State): Facts | undefined {
  try {
    const line: Line = { offset: 0, text, value: JSON.parse(text), oversize: false };
    return cursor.parse(line, state).facts;
  } catch {
    return undefined;
  }
}
