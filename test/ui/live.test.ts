import { afterEach, expect, setSystemTime, test } from "bun:test";
import type { Frame } from "../../src/domain/frame.ts";
import { backoff, isGap, openLive, type Live, type Socket } from "../../ui/live.ts";

let feed: Live | undefined;
afterEach(() => feed?.close());

/** A feed on sockets that the test plays. */
function aFeed() {
  const sockets: Socket[] = [];
  const heard: string[] = [];
  feed = openLive(() => {
    const socket: Socket = { onmessage: null, onclose: null, close() {} };
    sockets.push(socket);
    return socket;
  });
  feed.onFrame((frame) => heard.push(frame.type === "session_deleted" ? frame.id : frame.type));
  feed.onResync(() => heard.push("resync"));
  feed.onFailure(() => heard.push("failure"));
  const say = (data: string) => sockets.at(-1)!.onmessage?.({ data } as MessageEvent<string>);
  return {
    feed,
    sockets,
    heard,
    say,
    send: (frame: Frame) => say(JSON.stringify(frame)),
    hello: (seq: number) => say(JSON.stringify({ type: "hello", version: "1", archive_id: "a", seq })),
    gone: (seq: number, id: string) => say(JSON.stringify({ type: "session_deleted", seq, id })),
    drop: () => sockets.at(-1)!.onclose?.({} as CloseEvent),
  };
}

const flushed = () => Bun.sleep(70);

test("the first hello asks for what may have been missed before it", () => {
  const { heard, hello } = aFeed();
  hello(7);

  expect(heard).toEqual(["resync"]);
});

test("frames in step are passed on in order and need no looking again", async () => {
  const { heard, hello, gone } = aFeed();
  hello(7);
  gone(8, "a");
  gone(9, "b");
  await flushed();

  expect(heard).toEqual(["resync", "a", "b"]);
});

test("a gap is passed on and looked into", async () => {
  const { heard, hello, gone } = aFeed();
  hello(7);
  gone(9, "a");
  await flushed();

  expect(heard.toSorted()).toEqual(["a", "resync", "resync"]);
});

test("a frame that is repeated or late is left out", async () => {
  const { heard, hello, gone } = aFeed();
  hello(7);
  gone(8, "a");
  gone(8, "a");
  gone(5, "old");
  await flushed();

  expect(heard).toEqual(["resync", "a"]);
});

test("what is no frame, and a ping, are nothing", async () => {
  const { heard, hello, say, send } = aFeed();
  hello(1);
  say("{");
  send({ type: "ping" });
  await flushed();

  expect(heard).toEqual(["resync"]);
});

test("a lost connection is told, opened again, and what it missed is looked for", async () => {
  const { feed: live, heard, hello, drop, sockets } = aFeed();
  hello(7);
  drop();
  live.retry();
  hello(7);

  expect(sockets).toHaveLength(2);
  expect(heard).toEqual(["resync", "failure", "resync"]);
});

test("a retry while a connection stands opens no second one", () => {
  const { feed: live, sockets } = aFeed();
  live.retry();

  expect(sockets).toHaveLength(1);
});

test("after a sleep an old connection is not believed: another is opened", () => {
  const { feed: live, sockets, hello } = aFeed();
  hello(1);
  setSystemTime(Date.now() + 3_600_000);
  live.retry();
  setSystemTime();

  expect(sockets).toHaveLength(2);
});

test("a socket that was given up is not listened to", async () => {
  const { feed: live, heard, hello, drop, sockets } = aFeed();
  hello(1);
  drop();
  live.retry();
  hello(1);
  sockets[0]!.onmessage?.({
    data: JSON.stringify({ type: "session_deleted", seq: 2, id: "ghost" }),
  } as MessageEvent<string>);
  sockets[0]!.onclose?.({} as CloseEvent);
  await flushed();

  expect(heard).toEqual(["resync", "failure", "resync"]);
});

test("waiting doubles up to a limit and is never in step", () => {
  expect(backoff(0, 0)).toBe(200);
  expect(backoff(0, 1)).toBe(400);
  expect(backoff(3, 1, 15_000)).toBe(3200);
  expect(backoff(50, 0, 15_000)).toBe(7500);
  expect(backoff(50, 1, 15_000)).toBe(15_000);
});

test("while someone looks, a server that is back is noticed within two seconds", () => {
  expect(backoff(50, 1)).toBeLessThan(2000);
});

test("only a skipped number is a gap", () => {
  expect([isGap(7, 8), isGap(7, 9), isGap(7, 7), isGap(7, 3)]).toEqual([false, true, false, false]);
});
