import { expect, test } from "bun:test";
import fc from "fast-check";
import { createChat } from "../../src/commis/chat.ts";
import { after, NOTHING, type TurnView } from "../../ui/chat/state.ts";
import { createParser } from "../../ui/chat/stream.ts";

const said = (n: number) => ({ kind: "delta", text: `piece ${n}` }) as const;

test("whoever listens from any number hears the rest, in order and once, whenever it was said", async () => {
  const chat = createChat();
  for (let n = 0; n < 5; n++) chat.push(said(n), n);
  const all = [0, 3, 5, 9].map(async (from) => {
    const heard: number[] = [];
    for await (const { n } of chat.listen(from, new AbortController().signal)) heard.push(n);
    return heard;
  });
  await Bun.sleep(1);
  for (let n = 3; n < 12; n++) chat.push(said(n), n);
  await Bun.sleep(1);
  chat.end({ kind: "ok", message: "" });
  expect(await Promise.all(all)).toEqual(
    [0, 3, 5, 9].map((from) => Array.from({ length: 12 - from }, (_, i) => from + i)),
  );
  expect(chat.listeners).toBe(0);
});

test("who leaves is not counted any more, and hears nothing", async () => {
  const chat = createChat();
  const leaving = new AbortController();
  const heard = Array.fromAsync(chat.listen(0, leaving.signal));
  await Bun.sleep(1);
  expect(chat.listeners).toBe(1);
  leaving.abort();
  expect(await heard).toEqual([]);
  expect(chat.listeners).toBe(0);
});

const EVENTS = [
  'event: system\ndata: {"type":"turn","turn_id":"t1"}\n\n',
  'id: 0\nevent: system\ndata: {"type":"session","provider_session_id":"s"}\n\n',
  'id: 1\nevent: assistant_delta\ndata: {"text":"He","accumulated":"He"}\n\n',
  ": still here\n\n",
  'id: 2\nevent: assistant_delta\ndata: {"text":"llo — 検索","accumulated":"Hello — 検索"}\n\n',
  'id: 3\nevent: assistant_delta\ndata: {"text":"","accumulated":"Hello — 検索","final":true}\n\n',
  'id: 4\nevent: tool_use\ndata: {"id":"c","name":"Bash","target":"ls"}\n\n',
  'id: 5\nevent: permission\ndata: {"approval_id":"a","state":"pending"}\n\n',
  'id: 6\nevent: tool_result\ndata: {"id":"c","result":"x","is_error":true}\n\n',
  'id: 7\nevent: done\ndata: {"exit_code":0,"total_text_length":5}\n\n',
].join("");

const viewOf = (events: ReturnType<ReturnType<typeof createParser>>): TurnView => events.reduce(after, NOTHING);

test("events are read wherever their text is cut", () => {
  const whole = createParser()(EVENTS);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: EVENTS.length })), (cuts) => {
      const parse = createParser();
      const ends = [0, ...cuts.toSorted((a, b) => a - b), EVENTS.length];
      const pieces = ends.slice(1).map((end, i) => EVENTS.slice(ends[i], end));
      expect(pieces.flatMap(parse)).toEqual(whole);
    }),
  );
});

test("what is shown is the same when the line broke anywhere and some events came twice", () => {
  const whole = createParser()(EVENTS);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: whole.length }), fc.integer({ min: 0, max: 5 }), (cut, again) => {
      const repeated = [...whole.slice(0, cut), ...whole.slice(Math.max(0, cut - again))];
      expect(viewOf(repeated)).toEqual(viewOf(whole));
    }),
  );
  expect(viewOf(whole)).toMatchObject({
    turn: "t1",
    done: true,
    asks: [],
    entries: [
      { kind: "reply", text: "Hello — 検索", open: false },
      { kind: "tool", name: "Bash", result: { text: "x", failed: true } },
    ],
  });
});
