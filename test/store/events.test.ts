import { afterAll, expect, test } from "bun:test";
import { TEXT_MAX } from "../../src/domain/limits.ts";
import type { Event, Kind } from "../../src/domain/event.ts";
import { eventId } from "../../src/lib/id.ts";
import { findEvents } from "../../src/store/event-find.ts";
import { toEvent } from "../../src/store/event-form.ts";
import { eventById, eventPage, eventPosition, eventsAfter } from "../../src/store/events.ts";
import type { PageFrom, PageRequest } from "../../src/store/events.ts";
import { openArchive } from "../support/archive.ts";
import { fileOf, psid, talk, writer } from "../support/fill.ts";

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const archive = openArchive();
afterAll(() => archive.close());

async function session(n: number, bytes: string): Promise<number> {
  await archive.send({ path: fileOf(psid(n)), bytes });
  await archive.derived();
  return archive.db.query<{ id: number }, [string]>("SELECT id FROM sessions WHERE psid = ?").get(psid(n))!.id;
}

const page = (session: number, from: PageFrom = { kind: "start" }, more: Partial<PageRequest> = {}) =>
  eventPage(archive.db, { session, from, limit: 100, kinds: null, extent: "page", ...more });
const texts = (events: readonly Event[]) => events.map((event) => event.content_text);

test("events come back with the words that were written, through blocks, tails and several sends", async () => {
  const text = talk(40, { id: psid(1) });
  const half = text.indexOf("\n", text.length / 2) - 7;
  await session(1, text.slice(0, half));
  const bytes = new TextEncoder().encode(text.slice(half));
  await archive.send({ path: fileOf(psid(1)), offset: half, bytes });
  await archive.derived();
  const id = archive.db.query<{ id: number }, [string]>("SELECT id FROM sessions WHERE psid = ?").get(psid(1))!.id;

  const { events, total, next, prev } = page(id);

  expect(texts(events)).toEqual(Array.from({ length: 40 }, (_, i) => [`question ${i}`, `answer ${i}`]).flat());
  expect(events[1]).toMatchObject({
    role: "assistant",
    kind: "reply",
    model: "claude-sonnet-4-5",
    at: "2026-01-01T10:00:02.000Z",
  });
  expect({ total, next, prev }).toEqual({ total: 80, next: null, prev: null });
});

test("pages in either direction join without gap or repeat", async () => {
  const id = await session(2, talk(13, { id: psid(2) }));
  const all = page(id).events.map((event) => event.id);
  const walk = (first: PageFrom, way: "after" | "before", limit: number) => {
    const seen: string[] = [];
    for (let from: PageFrom | null = first; from;) {
      const { events, next, prev } = page(id, from, { limit });
      const ids = events.map((event) => event.id);
      if (way === "after") seen.push(...ids);
      else seen.unshift(...ids);
      const on = way === "after" ? next : prev;
      from = on === null ? null : { kind: way, position: eventPosition(archive.db, id, on)! };
    }
    return seen;
  };

  for (const limit of [1, 3, 13, 25, 26, 27]) {
    expect(walk({ kind: "start" }, "after", limit)).toEqual(all);
    expect(walk({ kind: "end" }, "before", limit)).toEqual(all);
  }
});

test("around has the event in its middle, and at the session's ends what there is", async () => {
  const id = await session(3, talk(10, { id: psid(3) }));
  const all = page(id).events.map((event) => event.id);
  const around = (n: number, limit: number) =>
    page(id, { kind: "around", position: n }, { limit }).events.map((event) => all.indexOf(event.id));

  expect(around(10, 5)).toEqual([8, 9, 10, 11, 12]);
  expect(around(10, 1)).toEqual([10]);
  expect(around(0, 4)).toEqual([0, 1]);
  expect(around(19, 4)).toEqual([16, 17, 18, 19]);
});

test("kinds filter the page, its ends and its total", async () => {
  const id = await session(4, talk(6, { id: psid(4) }));
  const kinds: Kind[] = ["prompt"];

  const first = page(id, { kind: "start" }, { limit: 4, kinds });
  const rest = page(id, { kind: "after", position: eventPosition(archive.db, id, first.next!)! }, { limit: 4, kinds });

  expect(texts(first.events)).toEqual(["question 0", "question 1", "question 2", "question 3"]);
  expect(texts(rest.events)).toEqual(["question 4", "question 5"]);
  expect(rest).toMatchObject({ next: null, total: 6 });
  expect(rest.prev).toBe(rest.events[0]!.id);
});

test("a call and its result share the call's id, and the result knows its tool from its row", async () => {
  const write = writer({ id: psid(5) });
  const lines = [
    write.prompt("go"),
    write.call("Bash", "t1", { command: "false", description: "fail" }),
    write.result("t1", "no such thing", true),
  ];
  const id = await session(5, `${lines.join("\n")}\n`);

  const [, call, result] = page(id).events;

  expect(call).toMatchObject({
    kind: "tool_call",
    tool_name: "Bash",
    tool_call_id: "t1",
    tool_kind: "shell",
    tool_input_json: { command: "false", description: "fail" },
  });
  expect(result).toMatchObject({ kind: "tool_result", tool_name: "Bash", tool_call_id: "t1", is_error: true });
  expect(result!.tool_output_text).toContain("no such thing");
});

test("a text over 16 KiB is cut in a page, shorter in a preview, and whole alone", async () => {
  const long = "\u{1F600}".repeat(TEXT_MAX);
  const write = writer({ id: psid(6) });
  const input = { file_path: "/w/a", content: long };
  const id = await session(6, `${write.prompt(long)}\n${write.call("Write", "t", input)}\n`);

  const [prompt, call] = page(id).events;
  const preview = page(id, { kind: "start" }, { extent: "preview" }).events[0]!;

  expect(prompt).toMatchObject({ truncated: true, content_text: "\u{1F600}".repeat(TEXT_MAX / 2) });
  expect(call!.truncated).toBe(true);
  expect((call!.tool_input_json as typeof input).file_path).toBe("/w/a");
  expect(JSON.stringify(call!.tool_input_json).length).toBeLessThanOrEqual(TEXT_MAX + 100);
  expect(preview.content_text!.length).toBeLessThan(300);
  const whole = eventById(archive.db, id, call!.id)!;
  expect(whole.event).toMatchObject({ truncated: false, tool_input_json: input });
  expect(eventById(archive.db, id, prompt!.id)!.event.content_text).toBe(long);
});

test("images are named with their size, and their bytes are in the part", async () => {
  const write = writer({ id: psid(7) });
  const id = await session(7, `${write.image("image/png", PNG)}\n`);

  const [event] = page(id).events;

  expect(event!.images).toEqual([{ part: 0, media_type: "image/png", bytes: Buffer.from(PNG, "base64").length }]);
  expect(eventById(archive.db, id, event!.id)!.part!.images![0]!.data).toBe(PNG);
});

test("an event that the session does not have is null, and so is an id that is none", async () => {
  const id = await session(8, talk(1, { id: psid(8) }));

  for (const wrong of ["000000000000", "zzzzzzzzzzzz", "", "x", "../../etc/pass", "é".repeat(12)]) {
    expect(eventById(archive.db, id, wrong)).toBeNull();
    expect(eventPosition(archive.db, id, wrong)).toBeNull();
  }
});

test("of a line of 40 MB only the head is read, its neighbours whole", async () => {
  const write = writer({ id: psid(9) });
  const before = `${write.prompt("before")}\n`;
  await session(9, before);
  const body = write.prompt(`huge ${"x".repeat(40 * 1024 * 1024)}`);
  let offset = before.length;
  const rest = `${body}\n${write.reply("after")}\n`;
  for (let at = 0; at < rest.length; at += 8 << 20) {
    const bytes = rest.slice(at, at + (8 << 20));
    await archive.send({ path: fileOf(psid(9)), offset, bytes });
    offset += bytes.length;
  }
  await archive.derived();
  const id = archive.db.query<{ id: number }, [string]>("SELECT id FROM sessions WHERE psid = ?").get(psid(9))!.id;

  const started = performance.now();
  const { events } = page(id);

  expect(performance.now() - started).toBeLessThan(200);
  expect(events.map((event) => event.kind)).toEqual(["prompt", "prompt", "reply"]);
  expect(events[1]!.flags).toContain("oversize");
  expect(events[1]!.content_text).toStartWith("huge xxx");
  expect(events[2]!.content_text).toBe("after");
});

test("a page of long lines is shorter than asked, and goes on where it ended", async () => {
  const write = writer({ id: psid(10) });
  const lines = Array.from({ length: 5 }, (_, i) => write.prompt(`${i} ${"y".repeat(3 << 20)}`));
  let offset = 0;
  for (const line of lines) {
    await archive.send({ path: fileOf(psid(10)), offset, bytes: `${line}\n` });
    offset += line.length + 1;
  }
  await archive.derived();
  const id = archive.db.query<{ id: number }, [string]>("SELECT id FROM sessions WHERE psid = ?").get(psid(10))!.id;

  const first = page(id);
  const last = page(id, { kind: "end" });
  const middle = page(id, { kind: "around", position: 2 });

  expect(texts(first.events).map((text) => text![0])).toEqual(["0", "1", "2"]);
  expect(first.next).toBe(first.events[2]!.id);
  expect(texts(last.events).map((text) => text![0])).toEqual(["2", "3", "4"]);
  expect(texts(middle.events).map((text) => text![0])).toContain("2");
});

test("find goes through the whole session in steps, whatever the case, and finds inputs and outputs", async () => {
  const write = writer({ id: psid(11) });
  const noise = Array.from({ length: 300 }, (_, i) => write.prompt(`nothing ${i}`));
  const call = write.call("Bash", "t1", { command: "grep Needle *" });
  const lines = [write.prompt("the NEEDLE"), ...noise, call, write.result("t1", "one needle"), write.prompt("no")];
  const id = await session(11, `${lines.join("\n")}\n`);
  const order = eventsAfter(archive.db, id, -1, 1000).map(eventId);

  const found: string[] = [];
  let after: string | null = null;
  do {
    const position = after === null ? -1 : eventPosition(archive.db, id, after)!;
    const step = findEvents(archive.db, { session: id, text: "needle", after: position, limit: 2 });
    expect(step.ids.length).toBeLessThanOrEqual(2);
    found.push(...step.ids);
    after = step.next;
  } while (after !== null);

  expect(found.map((each) => order.indexOf(each))).toEqual([0, 301, 302]);
});

test("an input that is nested without end, or has prototype keys, is shown as far as it can be written", () => {
  const facts = { hi: 1, lo: 2, kind: 3, flags: 0, at: 1e20, tool: null, model: null };
  const deep = JSON.parse(`${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`) as unknown;
  const odd = JSON.parse('{"__proto__":{"x":1},"constructor":"c"}') as unknown;

  for (const extent of ["whole", "page", "preview"] as const) {
    const event = toEvent(facts, { index: 0, kind: "tool_call", input: deep }, extent);
    expect(() => JSON.stringify(event)).not.toThrow();
    expect(event.at).toBeNull();
    const kept = toEvent(facts, { index: 0, kind: "tool_call", input: odd }, extent);
    expect(JSON.stringify(kept.tool_input_json)).toBe('{"__proto__":{"x":1},"constructor":"c"}');
  }
  const wide = toEvent(facts, { index: 0, kind: "tool_call", input: Array.from({ length: 1e5 }, () => [1]) }, "page");
  expect(wide.truncated).toBe(true);
  expect(JSON.stringify(wide).length).toBeLessThan(20_000);
});
