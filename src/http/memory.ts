/** What agents and people keep. Mounted at `/api/memory` (API.md section 6). */
import { type Context, Hono } from "hono";
import * as z from "zod";
import type { App } from "../app.ts";
import { Fault } from "../domain/fault.ts";
import { KIB } from "../domain/limits.ts";
import { MEMORY_KEY } from "../domain/memory.ts";
import { listMemory, memoryHistory, readMemory } from "../store/memory.ts";
import { type Authed, need } from "./access.ts";
import { readJson } from "./body.ts";
import { ifMatch, last, parseQuery, whole } from "./input.ts";

const project = z.string().trim().min(1).max(200).nullable().optional();
/** Which agent of the caller's device writes: "claude 1f2e…". */
const agent = z
  .string()
  .trim()
  .max(100)
  .regex(/^[^\p{Cc}]*$/u)
  .optional();
const Write = z.object({ value: z.string(), mode: z.enum(["replace", "append"]).default("replace"), project, agent });
const Undo = z.object({ to: z.number().int().min(0).optional(), agent }).default({});
const Page = z.object({ query: last, prefix: last, cursor: last, limit: whole({ min: 1, max: 1000, fallback: 100 }) });
/** A value of 64 KiB, all of it escaped. */
const WRITE_MAX = 512 * KIB;

/** The routes. */
export function memory(app: App): Hono<Authed> {
  return new Hono<Authed>()
    .get("/", need("read"), (c) => {
      const { cursor, ...filter } = parseQuery(c, Page);
      const found = listMemory(app.db, { ...filter, ...(cursor && { after: cursor }) });
      return c.json({ memory: found, next: found.length === filter.limit ? found.at(-1)!.key : null });
    })
    .get("/:key", need("read"), (c) => c.json(readMemory(app.db, keyOf(c)) ?? fail(nothing())))
    .put("/:key", need("write"), async (c) => {
      const { agent: name, ...wish } = await readJson(c, Write, { max: WRITE_MAX });
      const expected = ifMatch(c);
      const written = { ...wish, key: keyOf(c), by: writer(c, name), ...(expected !== undefined && { expected }) };
      return c.json(await app.writer.run("writeMemory", written));
    })
    .delete("/:key", need("write"), async (c) => {
      const expected = ifMatch(c);
      const input = { key: keyOf(c), by: writer(c), ...(expected !== undefined && { expected }) };
      if (!(await app.writer.run("deleteMemory", input))) throw nothing();
      return c.body(null, 204);
    })
    .get("/:key/history", need("read"), (c) => {
      const versions = memoryHistory(app.db, keyOf(c));
      return versions.length === 0 ? fail(nothing()) : c.json({ versions });
    })
    .post("/:key/undo", need("write"), async (c) => {
      const { to, agent: name } = await readJson(c, Undo);
      const input = { key: keyOf(c), by: writer(c, name), ...(to !== undefined && { to }) };
      const undone = (await app.writer.run("undoMemory", input)) ?? fail(nothing());
      return undone === "deleted" ? c.body(null, 204) : c.json(undone);
    });
}

function keyOf(c: Context): string {
  const key = c.req.param("key") ?? "";
  if (MEMORY_KEY.test(key)) return key;
  throw new Fault(
    "not_found",
    "This is no key.",
    "Accepted: letters, digits, dots, dashes and underscores; at most 200.",
  );
}

/** A person in the browser, or an agent of a device. */
export function writer(c: Context<Authed>, agent?: string): string {
  const { kind, device } = c.get("who");
  if (kind !== "token") return "you";
  return agent ? `${agent} on ${device}` : device;
}

const nothing = () => new Fault("not_found", "Nothing is kept under this key.", "List what is: GET /api/memory");

function fail(fault: Fault): never {
  throw fault;
}
