/**
 * Cursor's databases as sources of their conversations: `state.vscdb` of today (cursorDiskKV) and of 2024 (ItemTable), and
 * the CLI's `store.db`. Only what is named here leaves the machine.
 */
import type {
  Conversation,
  DatabaseKinds,
  DatabaseReader,
  DatabaseRecord,
  DatabaseStore,
} from "../../domain/database.ts";
import { count, type Json, list, millis, object, word } from "../json.ts";
import { messageOf, rootOf } from "./blobs.ts";
import { CHATS, ITEMS, KV } from "./statements.ts";

/** Ids are parts of paths and keys; `#plain` ends the path of what the archive unpacked. */
const ID = /^(?!plain$)[\w.-]{1,100}$/;
/** Of a conversation's own record; the rest of it (contexts, whole files, diffs) is large and changes all the time. */
const COMPOSER = [
  "composerId", "name", "createdAt", "modelConfig", "unifiedMode", "forceMode", "isAgentic", "subagentInfo",
  "subComposerIds", "workspaceIdentifier", "isArchived",
]; // prettier-ignore
const CHAT = ["agentId", "name", "createdAt", "mode", "lastUsedModel", "subagentInfo"];

/** What a message may take, bytes: for what is said of an import's size. */
const BUBBLE = 2048;

const kv: DatabaseStore = {
  tables: { cursorDiskKV: ["key", "value"] },
  statements: KV,
  beside: [],
  keys: /^(?:composerData:[\w.-]+|bubbleId:[\w.-]+:[\w.-]+)$/,
  conversations(read) {
    const changes = new Map(read.rows("changes").map((row) => [String(row.id), row]));
    return read.rows("composers").flatMap(({ id, place, size }): Conversation[] => {
      const bubbles = changes.get(String(id));
      if (!ID.test(String(id))) return [];
      const version = [place, size, bubbles?.n, bubbles?.last, bubbles?.size].join(" ");
      return [{ id: String(id), version, at: null, bytes: count(size) + BUBBLE * count(bubbles?.n) }];
    });
  },
  *records(read, id) {
    const composer = parsed(read.rows("composer", id)[0]?.value);
    if (!composer) return;
    // Early in 2025 the messages stood in the conversation's own row.
    const inline = list(composer.conversation);
    const named = list(composer.fullConversationHeadersOnly).map((header) => word(object(header)?.bubbleId));
    const ids = named.length > 0 || inline.length > 0 ? named : read.rows("bubbles", id).map((row) => word(row.id));
    if (inline.length === 0 && ids.length === 0) return;
    yield { key: `composerData:${id}`, value: only(composer, COMPOSER) };
    yield* bubblesIn(id, inline);
    for (const bubble of ids) {
      if (bubble === undefined) continue;
      // Named, but not there (any more): what was sent of it stands.
      yield { key: `bubbleId:${id}:${bubble}`, value: parsed(read.rows("bubble", id, bubble)[0]?.value) ?? undefined };
    }
  },
};

const HEAD = "head.";

const items: DatabaseStore = {
  tables: { ItemTable: ["key", "value"] },
  statements: ITEMS,
  beside: ["workspace.json"],
  keys: /^(?:workspace|composerData:[\w.-]+|bubbleId:[\w.-]+:[\w.-]+|tab:[\w.-]+)$/,
  conversations(read) {
    const folder = read.beside("workspace.json") ?? "";
    return conversationsOf(read).map(({ id, value, at }) => {
      const text = JSON.stringify(value);
      return { id, version: `${Bun.hash.xxHash64(text)} ${folder}`, at: at ?? null, bytes: text.length };
    });
  },
  *records(read, id) {
    const found = conversationsOf(read).find((one) => one.id === id);
    if (!found) return;
    const folder = word(object(parsed(read.beside("workspace.json")))?.folder);
    if (folder !== undefined) yield { key: "workspace", value: { folder } };
    const { value } = found;
    const own = word(value.composerId);
    if (own !== undefined) yield { key: `composerData:${own}`, value: only(value, COMPOSER) };
    else yield { key: `tab:${id}`, value: only(value, ["tabId", "chatTitle", "lastSendTime"]) };
    yield* bubblesIn(id, own === undefined ? list(value.bubbles) : list(value.conversation));
  },
};

type Talk = { readonly id: string; readonly value: Json; readonly at: number | undefined };

/** What the two rows said, and the conversations in them. */
type Said = { readonly composers: string; readonly chats: string; readonly talks: readonly Talk[] };

/** What was read last, while there is memory: the same two rows are asked for once for each conversation in them. */
let lastSaid: WeakRef<Said> | null = null;

function conversationsOf(read: DatabaseReader): readonly Talk[] {
  const composers = textOf(read.rows("composers")[0]?.value);
  const chats = textOf(read.rows("chats")[0]?.value);
  const known = lastSaid?.deref();
  if (known?.composers === composers && known.chats === chats) return known.talks;
  const talks = talksIn(list(parsed(composers)?.allComposers), list(parsed(chats)?.tabs));
  lastSaid = new WeakRef({ composers, chats, talks });
  return talks;
}

/** Composers with their messages, those that are heads only (their messages are in the global database), and chats. */
function talksIn(composers: readonly unknown[], tabs: readonly unknown[]): readonly Talk[] {
  return [...composers, ...tabs].flatMap((one): Talk[] => {
    const value = object(one);
    const composer = word(value?.composerId);
    const own = composer ?? word(value?.tabId);
    if (!value || own === undefined || !ID.test(own)) return [];
    if (composer === undefined && list(value.bubbles).length === 0) return [];
    const whole = composer === undefined || list(value.conversation).length > 0;
    const at = millis(value.lastUpdatedAt ?? value.lastSendTime ?? value.createdAt);
    return [{ id: whole ? own : `${HEAD}${own}`, value, at }];
  });
}

function* bubblesIn(id: string, bubbles: readonly unknown[]): Generator<DatabaseRecord> {
  let n = 0;
  for (const one of bubbles) {
    const bubble = object(one);
    const own = word(bubble?.bubbleId) ?? word(bubble?.id) ?? String(n);
    n++;
    if (bubble) yield { key: `bubbleId:${id}:${own}`, value: bubble };
  }
}

const chats: DatabaseStore = {
  tables: { blobs: ["id", "data"], meta: ["key", "value"] },
  statements: CHATS,
  beside: ["meta.json"],
  keys: /^(?:chat|blob:[0-9a-f]+(?:\.\d+)?)$/,
  conversations(read) {
    const meta = chatMeta(read);
    const id = word(meta?.agentId);
    if (!meta || id === undefined || !ID.test(id)) return [];
    const beside = read.beside("meta.json") ?? "";
    const version = `${String(meta.latestRootBlobId)} ${Bun.hash.xxHash64(JSON.stringify(meta) + beside)}`;
    return [{ id, version, at: millis(object(parsed(beside))?.updatedAtMs) ?? null, bytes: 0 }];
  },
  *records(read, id) {
    const meta = chatMeta(read);
    if (!meta || meta.agentId !== id) return;
    const root = rootOf(blobOf(read, word(meta.latestRootBlobId) ?? ""));
    if (root.ids.length === 0) return;
    const { title, cwd, createdAtMs } = object(parsed(read.beside("meta.json"))) ?? {};
    const folder = word(cwd) ?? root.workspace;
    yield { key: "chat", value: { ...only(meta, CHAT), title, cwd: folder, createdAtMs } };
    const times = new Map<string, number>();
    for (const blob of root.ids) {
      const n = times.get(blob) ?? 0;
      times.set(blob, n + 1);
      yield { key: n === 0 ? `blob:${blob}` : `blob:${blob}.${n}`, value: messageOf(blobOf(read, blob)) ?? undefined };
    }
  },
};

/** Hexadecimal of JSON, which holds an encryption key, too: fields are picked from it by name. */
function chatMeta(read: DatabaseReader): Json | null {
  const text = textOf(read.rows("meta")[0]?.value);
  return parsed(/^[0-9a-f]+$/i.test(text) ? Buffer.from(text, "hex").toString("utf8") : text);
}

function blobOf(read: DatabaseReader, id: string): Uint8Array {
  const data = read.rows("blob", id)[0]?.data;
  if (data instanceof Uint8Array) return data;
  return typeof data === "string" ? Buffer.from(data) : new Uint8Array(0);
}

/** A value of the database as an object; null when it is none. */
function parsed(value: unknown): Json | null {
  try {
    return object(JSON.parse(textOf(value)));
  } catch {
    return null;
  }
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : "";
}

function only(value: Json, fields: readonly string[]): Json {
  return Object.fromEntries(fields.filter((field) => value[field] !== undefined).map((field) => [field, value[field]]));
}

/** The composer whose head a source is; null for sources that are conversations. */
export function headOf(id: string): string | null {
  return id.startsWith(HEAD) ? id.slice(HEAD.length) : null;
}

/** The better first. */
export const databases: DatabaseKinds = [kv, items, chats];
