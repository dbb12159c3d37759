import { expect, test } from "bun:test";
import { createFeed } from "../../src/archive/feed.ts";
import type { Feed } from "../../src/archive/feed.ts";
import type { Frame } from "../../src/domain/frame.ts";
import { sessionId } from "../../src/lib/id.ts";
import { openArchive } from "../support/archive.ts";
import type { TestArchive } from "../support/archive.ts";
import { fileOf, psid, talk, writer } from "../support/fill.ts";

const id = sessionId("claude", psid(1));

/** What the writer tells main goes to the feed; `frames` are what one client got. */
function start(now: () => number = Date.now) {
  const archive = openArchive();
  const feed = createFeed(archive.db, now, { statesMs: 50 });
  let told = 0;
  const frames: Frame[] = [];
  const pass = () => archive.changes.slice(told).forEach((changed) => (told++, feed.onChanged(changed)));
  return { archive, feed, frames, pass, stop: () => (feed.close(), archive.close()) };
}
const listen = (feed: Feed, frames: Frame[]) => feed.subscribe((text) => void frames.push(JSON.parse(text) as Frame));
const numbers = (frames: readonly Frame[]) => frames.map((frame) => ("seq" in frame ? frame.seq : null));
const add = async (archive: TestArchive, text: string, offset = 0) => {
  await archive.send({ path: fileOf(psid(1)), offset, bytes: text });
  await archive.derived();
};

test("a commit becomes the session's row and a doorbell with its last event", async () => {
  const { archive, feed, frames, pass, stop } = start();
  listen(feed, frames);

  await add(archive, talk(2, { id: psid(1) }));
  pass();
  await Bun.sleep(60);

  const last = archive.db
    .query<{ hi: number; lo: number }, []>(
      "SELECT eid >> 30 AS hi, eid & 0x3fffffff AS lo FROM events ORDER BY position DESC",
    )
    .get()!;
  const lastId = last.hi.toString(36).padStart(6, "0") + last.lo.toString(36).padStart(6, "0");
  expect(frames.map((frame) => frame.type)).toEqual(["session", "events"]);
  expect(frames[0]).toMatchObject({ session: { id, user_messages: 2 } });
  expect(frames[1]).toMatchObject({ session_id: id, last_event_id: lastId });
  expect(numbers(frames)).toEqual([feed.seq - 1, feed.seq]);
  stop();
});

test("a burst of commits to one session is told once, and then what is true now", async () => {
  const { archive, feed, frames, pass, stop } = start();
  const write = writer({ id: psid(1) });
  let offset = 0;
  listen(feed, frames);

  for (let i = 0; i < 10; i++) {
    const line = `${write.prompt(`more ${i}`)}\n`;
    await add(archive, line, offset);
    offset += line.length;
  }
  for (let i = 0; i < 10; i++) pass();
  await Bun.sleep(80);

  expect(frames.filter((frame) => frame.type === "session")).toHaveLength(1);
  expect(frames[0]).toMatchObject({ session: { user_messages: 10 } });
  stop();
});

test("the number grows while nobody listens, and from one start to the next", async () => {
  const { archive, feed, pass, stop } = start();
  const before = feed.seq;

  await add(archive, talk(1, { id: psid(1) }));
  pass();
  await Bun.sleep(60);

  expect(feed.seq).toBeGreaterThan(before);
  await Bun.sleep(20);
  expect(createFeed(archive.db, Date.now).seq).toBeGreaterThan(feed.seq);
  stop();
});

test("a deletion is told at once, by id", async () => {
  const { archive, feed, frames, pass, stop } = start();
  await add(archive, talk(1, { id: psid(1) }));
  pass();
  await Bun.sleep(60);
  listen(feed, frames);

  await archive.run("deleteSession", { id, copies: false });
  pass();

  expect(frames).toMatchObject([{ type: "session_deleted", id }]);
  stop();
});

test("a session that only grows older is told when its state changes", async () => {
  let clock = Date.now();
  const { archive, feed, frames, pass, stop } = start(() => clock);
  const write = writer({ id: psid(1), at: clock - 5000 });
  await add(archive, `${write.prompt("go")}\n`);
  listen(feed, frames);
  pass();
  await Bun.sleep(60);
  expect(frames[0]).toMatchObject({ session: { state: "working" } });

  clock += 61_000;
  await Bun.sleep(200);

  expect(frames.at(-1)).toMatchObject({ type: "session", session: { id, state: "idle" } });
  clock += 3_600_000;
  await Bun.sleep(200);
  expect(frames.at(-1)).toMatchObject({ type: "session", session: { id, state: "ended" } });
  stop();
});
