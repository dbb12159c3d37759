/** Copied history and what was taken back, by a parser that says so wherever the line does. */
import { afterEach, beforeEach, expect, spyOn, test } from "bun:test";
import { dirname } from "node:path";
import type { Packet, ToIndexer } from "../../src/archive/protocol.ts";
import { object } from "../../src/providers/json.ts";
import { claude } from "../../src/providers/claude.ts";
import type { Line, Mark, Parsed } from "../../src/domain/provider.ts";
import { eventPage } from "../../src/store/events.ts";
import { readEvents } from "../../src/store/search/follow.ts";
import { fileOf, psid, writer } from "../support/fill.ts";
import { openArchive } from "../support/archive.ts";
import type { TestArchive } from "../support/archive.ts";

type Row = Record<string, unknown>;

const plain = claude.parse.bind(claude);
let spy: { mockRestore(): void };

beforeEach(() => {
  spy = spyOn(claude, "parse").mockImplementation((line, state) => flagged(plain(line, state), line));
});
afterEach(() => spy.mockRestore());

function flagged(parsed: Parsed, line: Line): Parsed {
  const record = object(line.value);
  const parts = record?.replayed === true ? parsed.parts.map((part) => ({ ...part, replayed: true })) : parsed.parts;
  const facts = record?.fork ? { ...parsed.facts, forkOf: { id: psid(9), agent: "" } } : parsed.facts;
  return record?.marks ? { ...parsed, facts, parts, marks: record.marks as Mark[] } : { ...parsed, facts, parts };
}

const PATH = fileOf(psid(1));
const uuidOf = (line: string) => (JSON.parse(line) as { uuid: string }).uuid;
const asReplay = (line: string) => line.replace(/^\{/, '{"replayed":true,');
const withMarks = (line: string, marks: readonly Mark[]) => line.replace(/^\{/, `{"marks":${JSON.stringify(marks)},`);

const write = writer({ id: psid(1) });
const copied = [
  write.prompt("the copied question"),
  write.call("Edit", "c1", { file_path: "/w/a.ts", old_string: "a", new_string: "b" }),
  write.result("c1", "no such file", true),
  write.reply("the copied answer"),
];
const own = [write.prompt("a question of its own"), write.reply("an answer of its own")];

const FACTS = `title, user_messages, assistant_messages, tool_calls, errors, has_changes, has_image, models, events,
  last_event_at, open, current`;
const session = (archive: TestArchive) => archive.db.query<Row, []>(`SELECT ${FACTS} FROM sessions`).get()!;
const flags = (archive: TestArchive) =>
  eventPage(archive.db, { session: 1, from: { kind: "start" }, limit: 50, kinds: null, extent: "page" }).events.map(
    (event) => event.flags.join(),
  );

/** Lines one by one, with a new writer before each of `restarts`. */
async function derived(lines: readonly string[], restarts: readonly number[] = []) {
  let archive = openArchive();
  let offset = 0;
  for (const [n, line] of lines.entries()) {
    if (restarts.includes(n)) {
      archive.close();
      archive = openArchive(dirname(archive.path));
    }
    await archive.send({ path: PATH, offset, bytes: `${line}\n` });
    await archive.derived();
    offset += Buffer.byteLength(line) + 1;
  }
  return archive;
}

/** Everything at once. */
async function whole(lines: readonly string[]) {
  const archive = openArchive();
  await archive.send({ path: PATH, bytes: `${lines.join("\n")}\n` });
  await archive.derived();
  return archive;
}

test("copied history is shown as such and counts for nothing", async () => {
  const archive = await whole([...copied.map(asReplay), ...own]);

  expect(flags(archive)).toEqual(["replayed", "replayed", "replayed", "replayed", "", ""]);
  expect(session(archive)).toMatchObject({
    title: "a question of its own",
    user_messages: 1,
    assistant_messages: 1,
    tool_calls: 0,
    errors: 0,
    has_changes: 0,
    events: 6,
  });
  archive.close();
});

test("a session of nothing but copied history has no title and no state, and stands where it began", async () => {
  const archive = await whole(copied.map(asReplay));

  expect(session(archive)).toMatchObject({ title: null, open: 0, current: null, models: "[]", last_event_at: null });
  const { recent_at, started_at } = archive.db.query<Row, []>("SELECT recent_at, started_at FROM sessions").get()!;
  expect(recent_at).toBe(started_at);
  archive.close();
});

test("copied history is not indexed, neither at once nor when its text is read back", async () => {
  const archive = openArchive();
  const packets: Packet[] = [];
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }: MessageEvent<ToIndexer>) => void (data.type === "packet" && packets.push(data.packet));
  archive.connectIndexer(port2);
  await archive.send({ path: fileOf(psid(9)), bytes: `${writer({ id: psid(9) }).image("image/png", "")}\n` });
  const copies = copied.map((line) => asReplay(line).replace(/^\{/, '{"fork":true,'));
  await archive.send({ path: PATH, bytes: `${[...copies, ...own].join("\n")}\n` });
  await archive.derived();
  await Bun.sleep(10);

  const { id } = archive.db.query<{ id: number }, [string]>("SELECT id FROM sessions WHERE psid = ?").get(psid(1))!;
  const { events } = readEvents(archive.db, id, 0, 100);
  const sent = packets.flatMap(({ session: of, text }) => (of === id ? text : [])).join("");
  expect(sent).toBe("a question of its ownan answer of its own");
  expect(events.map((event) => event.text).join("")).toBe(sent);
  port1.close();
  archive.close();
});

const taken: Mark[] = [{ key: uuidOf(own[0]!), flag: "abandoned", reach: "from" }];
const others: Mark[] = [{ key: uuidOf(copied[0]!), flag: "replayed", reach: "from" }];
const later = [write.prompt("asked anew"), write.reply("answered anew")];

const CASES = {
  "an abandoned branch": [...copied, ...own, withMarks(later[0]!, taken), later[1]!],
  "a prompt that was all there was, taken back": [own[0]!, withMarks(own[1]!, taken)],
  "history that turns out to be copied": [...copied, withMarks(own[0]!, others), ...later],
};
for (const [name, lines] of Object.entries(CASES))
  test(`${name} counts the same at once, line by line, after restarts and after a reindex`, async () => {
    const one = await whole(lines);
    const many = await derived(lines);
    const restarted = await derived(
      lines,
      lines.map((_, n) => n),
    );
    const expected = { session: session(one), flags: flags(one) };
    await one.run("reindexAll", null);
    await one.derived();

    for (const archive of [many, restarted, one]) {
      expect({ session: session(archive), flags: flags(archive) }).toEqual(expected);
      archive.close();
    }
  });

test("what was taken back is no message of the session, but a file it changed is changed", async () => {
  const archive = await whole([...copied, withMarks(own[0]!, [{ ...taken[0]!, key: uuidOf(copied[0]!) }])]);

  // The mark's own line is taken in too: it ends where nothing says otherwise.
  expect(session(archive)).toMatchObject({ user_messages: 0, tool_calls: 0, errors: 0, has_changes: 1, events: 5 });
  archive.close();
});
