/**
 * Cursor's databases as their schema is documented, written by a real SQLite: no real one of today can be had. Times,
 * names and words are ours.
 */
import { Database } from "bun:sqlite";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** `state.vscdb`, with what must never leave it. */
export class StateDatabase {
  readonly db: Database;

  constructor(
    readonly path: string,
    mode: "WAL" | "DELETE" = "WAL",
  ) {
    mkdirSync(dirname(path), { recursive: true });
    this.db = new Database(path, { create: true, strict: true });
    this.db.run(`PRAGMA journal_mode = ${mode}`);
    for (const table of ["ItemTable", "cursorDiskKV"])
      this.db.run(`CREATE TABLE ${table} (key TEXT UNIQUE ON CONFLICT REPLACE, value BLOB)`);
  }

  item(key: string, value: unknown): void {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    this.db.query("INSERT INTO ItemTable VALUES (?, ?)").run(key, text);
  }

  kv(key: string, value: unknown): void {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    this.db.query("INSERT INTO cursorDiskKV VALUES (?, ?)").run(key, text);
  }

  /** A conversation with its bubbles; those of `missing` are named, but not there. */
  composer(id: string, bubbles: readonly Bubble[], more: object = {}, missing: readonly string[] = []): void {
    const headers = [...bubbles.map((bubble) => bubble.bubbleId), ...missing].map((bubbleId) => ({
      bubbleId,
      type: 1,
    }));
    // Rows come in another order than the conversation's.
    for (const bubble of bubbles.toReversed()) this.kv(`bubbleId:${id}:${bubble.bubbleId}`, bubble);
    this.kv(`composerData:${id}`, { composerId: id, createdAt: T0, fullConversationHeadersOnly: headers, ...more });
  }

  /** Login tokens and their like, wherever such a database has them. Each has `token` in it. */
  hide(token: string): void {
    for (const key of ["cursorAuth/accessToken", "cursorAuth/refreshToken", "secret://openai", "aiService.prompts"])
      this.item(key, `${token}-${key}`);
    this.item("src.vs.platform.reactivestorage.browser.reactiveStorageServiceImpl.persistentStorage.applicationUser", {
      openAIKey: `${token}-reactive`,
    });
    for (const key of [
      "messageRequestContext:c:b",
      "checkpointId:c:d",
      "agentKv:blob:00",
      "composerDatas:x",
      "inlineDiff",
    ])
      this.kv(key, { secret: `${token}-${key}` });
  }

  close(): void {
    this.db.close();
  }
}

export type Bubble = { readonly bubbleId: string; readonly type: 1 | 2; readonly text: string } & Record<
  string,
  unknown
>;

export const T0 = Date.parse("2026-03-01T09:00:00Z");

/** A prompt and an answer, one second apart. */
export function exchange(n: number, asked: string, answered: string): Bubble[] {
  const at = (s: number) => new Date(T0 + (2 * n + s) * 1000).toISOString();
  return [
    { bubbleId: `b${n}-u`, type: 1, text: asked, createdAt: at(0) },
    {
      bubbleId: `b${n}-a`,
      type: 2,
      text: answered,
      createdAt: at(1),
      tokenCount: { inputTokens: 100, outputTokens: 10 },
    },
  ];
}

const sha = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

function field(number: number, bytes: Uint8Array): Buffer {
  const size: number[] = [];
  for (let left = bytes.length; ; left >>>= 7) {
    size.push(left > 0x7f ? (left & 0x7f) | 0x80 : left);
    if (left <= 0x7f) break;
  }
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...size]), bytes]);
}

/** `store.db` of the CLI: messages by their hashes, a root that names them in order, `meta.json` beside. */
export function writeStore(dir: string, id: string, messages: readonly Record<string, unknown>[], token = ""): string {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, "store.db");
  const db = new Database(path, { create: true, strict: true });
  db.run("PRAGMA journal_mode = WAL");
  db.run("CREATE TABLE IF NOT EXISTS blobs (id TEXT PRIMARY KEY, data BLOB)");
  db.run("CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT)");
  const put = (data: Buffer) => {
    const hash = sha(data);
    db.query("INSERT OR IGNORE INTO blobs VALUES (?, ?)").run(hash.toString("hex"), data);
    return hash;
  };
  const ids = messages.map((message) => {
    const json = Buffer.from(JSON.stringify(message));
    // The assistant's stand inside a protobuf message.
    return put(message["role"] === "assistant" ? Buffer.concat([Buffer.from([0x08, 0x01]), field(4, json)]) : json);
  });
  const folder = field(9, Buffer.from("file:///home/kim/tea"));
  const root = put(Buffer.concat([...ids.map((hash) => field(1, hash)), folder]));
  put(Buffer.from(JSON.stringify({ role: "user", content: `not reached ${token}` })));
  const meta = {
    agentId: id,
    latestRootBlobId: root.toString("hex"),
    name: "New Agent",
    mode: "default",
    createdAt: T0,
  };
  const secret = { ...meta, lastUsedModel: "composer-1", blobEncryptionKey: `${token}-key` };
  db.query("INSERT OR REPLACE INTO meta VALUES ('0', ?)").run(Buffer.from(JSON.stringify(secret)).toString("hex"));
  db.close();
  const beside = { title: "Warm the pot", createdAtMs: T0, updatedAtMs: T0 + 5000, hasConversation: true, note: token };
  writeFileSync(join(dir, "meta.json"), JSON.stringify(beside));
  return path;
}
