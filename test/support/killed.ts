/** Servers that are killed while bytes come in, and what must be true of the archive afterwards. */
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { expect } from "bun:test";
import { psid, talk } from "./fill.ts";
import type { Random } from "./random.ts";
import { archive, eventsOf, raw, search, sessionsOf, sourcesAt } from "./remote.ts";
import { startServer } from "./server.ts";
import type { Server } from "./server.ts";

/** A file as its agent will have written it, and how far the archive has said that it has it. */
export type Growing = { readonly path: string; readonly bytes: Buffer; readonly word: string; acked: number };

/** `count` sessions of about `turns` turns; the last line of each has a word of its own. */
export function growing(count: number, turns: number, first = 1): Growing[] {
  return Array.from({ length: count }, (_, i) => {
    const n = first + i;
    const word = `lastword${n}x`;
    const text = talk(turns, { id: psid(n), cwd: `/w/${n}` }).replace(
      new RegExp(`answer ${turns - 1}"`),
      `answer ${word}"`,
    );
    return { path: `/home/u/.claude/projects/-w/${psid(n)}.jsonl`, bytes: Buffer.from(text), word, acked: 0 };
  });
}

/** Appends to all of them in turn until all is there, or the server is gone. */
export async function append(server: Server, files: readonly Growing[], random: Random): Promise<void> {
  const open = files.filter(({ acked, bytes }) => acked < bytes.length);
  while (open.length > 0) {
    const n = random.int(0, open.length - 1);
    const file = open[n]!;
    const piece = file.bytes.subarray(file.acked, file.acked + random.int(1, random.next() < 0.1 ? 60_000 : 3000));
    const answer = await archive(server, { path: file.path, offset: file.acked }, piece).catch(() => null);
    if (!answer) return;
    file.acked = answer.through;
    if (file.acked === file.bytes.length) open.splice(n, 1);
  }
}

/** Fails when a byte that was acknowledged is missing or another. Goes on from what the archive has. */
export async function expectKept(server: Server, files: readonly Growing[]): Promise<void> {
  for (const file of files) {
    const [source] = await sourcesAt(server, file.path);
    const bytes = source ? await raw(server, source.id) : Buffer.alloc(0);
    expect({ path: file.path, kept: bytes.length >= file.acked }).toEqual({ path: file.path, kept: true });
    expect(bytes.equals(file.bytes.subarray(0, bytes.length))).toBe(true);
    file.acked = bytes.length;
  }
}

/** Events and facts of all sessions. */
export async function told(server: Server): Promise<object> {
  await server.settled();
  const all: Record<string, object> = {};
  for (const { id, title, user_messages, assistant_messages, tool_calls, tokens, last_event_at } of await sessionsOf(
    server,
  ))
    all[id] = {
      title,
      user_messages,
      assistant_messages,
      tool_calls,
      tokens,
      last_event_at,
      events: await eventsOf(server, id),
    };
  return all;
}

/** Fails unless the server says of these files what a fresh one says that was never killed, and finds their last words. */
export async function expectComplete(server: Server, files: readonly Growing[]): Promise<void> {
  const fresh = await startServer();
  for (const { path, bytes } of files) await archive(fresh, { path }, bytes);
  const expected = await told(fresh);
  await fresh.stop();
  expect(await told(server)).toEqual(expected);
  for (const { word } of files) expect([word, (await search(server, word)).length]).toEqual([word, 1]);
}

/** Fails when SQLite finds fault with a database of a stopped server. */
export function expectSound(data: string): void {
  for (const name of ["longhouse.db", "search.db"]) {
    const db = new Database(join(data, name), { readonly: true });
    expect([name, db.query("PRAGMA integrity_check").all()]).toEqual([name, [{ integrity_check: "ok" }]]);
    expect([name, db.query("PRAGMA foreign_key_check").all()]).toEqual([name, []]);
    db.close();
  }
}
