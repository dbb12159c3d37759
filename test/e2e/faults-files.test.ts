/** What agents, editors and disks do to session files while the shipper watches them (docs: faults, section 2.1). */
import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  appendFileSync, copyFileSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, unlinkSync,
  utimesSync, writeFileSync,
} from "node:fs"; // prettier-ignore
import { dirname, join } from "node:path";
import { claudeFile } from "../support/agents.ts";
import { psid } from "../support/fill.ts";
import { eventsOf, raw, search, sessionsOf, sourcesAt, sourcesOf } from "../support/remote.ts";
import { begin, expectKept, grow, keptAt, line, openScene, type Scene } from "../support/scene.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const now = (path: string) => readFileSync(path);

/** Texts of a session's prompts, as the timeline shows them. */
async function promptsOf(n: number): Promise<string[]> {
  await scene.server().settled();
  const of = (await sessionsOf(scene.server())).filter((session) => session.provider_session_id === psid(n));
  const events = (await Promise.all(of.map(({ id }) => eventsOf(scene.server(), id)))).flat();
  return events.filter(({ kind }) => kind === "prompt").map(({ content_text }) => String(content_text));
}

test("10,000 lines appended to 20 files in small pieces arrive, in each file's order", async () => {
  const numbers = Array.from({ length: 20 }, (_, i) => 100 + i);
  for (let round = 0; round < 50; round++) {
    for (const n of numbers)
      grow(claudeFile(scene.home, n), Array.from({ length: 10 }, (_, i) => line(n, `r${round}l${i}`)).join(""));
    await Bun.sleep(2);
  }

  for (const n of numbers) await expectKept(scene, claudeFile(scene.home, n), now(claudeFile(scene.home, n)));
}, 60_000);

test("a letter cut in two between writes, and at a request's end, is one letter", async () => {
  const path = begin(scene, 130);
  const whole = Buffer.from(line(130, `${"検索".repeat(400_000)}é`));

  for (const [from, to] of [
    [0, 1000],
    [1000, 65_536],
    [65_536, 1_048_577],
    [1_048_577, whole.length],
  ] as const)
    // prettier-ignore
    appendFileSync(path, whole.subarray(from, to));

  await expectKept(scene, path, now(path));
}, 60_000);

test("a name that is given again at once, with the inode of the file before, is read from its beginning", async () => {
  const path = begin(scene, 131);
  await expectKept(scene, path, now(path));
  const before = now(path);
  const inode = statSync(path).ino;
  let same = false;
  for (let i = 0; i < 200 && !same; i++) {
    rmSync(path);
    writeFileSync(path, line(131, "of another file ".repeat(200)));
    same = statSync(path).ino === inode;
  }

  await expectKept(scene, path, before, now(path));
}, 60_000);

test("a file cut while no shipper ran begins a generation, and what went is kept", async () => {
  const path = begin(scene, 132);
  await expectKept(scene, path, now(path));
  const before = now(path);
  const back = scene.shipper.strike({ how: "SIGKILL", away: 400 });
  await Bun.sleep(100);
  truncateSync(path, 0);
  appendFileSync(path, line(132, "short"));
  await back;

  await expectKept(scene, path, before, line(132, "short"));
}, 60_000);

test("a file renamed while it is appended to is shown once, under both its paths", async () => {
  const path = begin(scene, 133);
  await expectKept(scene, path, now(path));
  const to = claudeFile(scene.home, 133, "-w-renamed");
  mkdirSync(dirname(to), { recursive: true });
  for (let i = 0; i < 20; i++) {
    if (i === 10) renameSync(path, to);
    appendFileSync(i < 10 ? path : to, line(133, `step ${i}`));
    await Bun.sleep(10);
  }

  await expectKept(scene, to, now(to));
  expect(await sourcesAt(scene.server(), path)).toHaveLength(1);
  const prompts = await promptsOf(133);
  expect(prompts.filter((text) => text.startsWith("step"))).toEqual(Array.from({ length: 20 }, (_, i) => `step ${i}`));
}, 60_000);

test.each([
  ["copied", copyFileSync, 134],
  ["hard-linked", linkSync, 135],
])(
  "a file that is %s into another folder shows each event once",
  async (_, copy, n) => {
    const path = begin(scene, n);
    const to = claudeFile(scene.home, n, "-w-copies");
    mkdirSync(dirname(to), { recursive: true });

    copy(path, to);

    await expectKept(scene, path, now(path));
    await expectKept(scene, to, now(path));
    expect(await promptsOf(n)).toEqual(["question 0", "question 1", "question 2"]);
  },
  60_000,
);

test("a log that its agent packs while the server is there, and deletes, shows each event once under both names", async () => {
  const id = psid(138);
  const plain = join(scene.home, ".codex/sessions/2026/05/01", `rollout-2026-05-01T00-00-00-${id}.jsonl`);
  const of = (n: number, type: string, payload: object) =>
    `${JSON.stringify({ timestamp: new Date(Date.UTC(2026, 4, 1, 0, 0, n)).toISOString(), type, payload })}\n`;
  const prompt = (n: number) =>
    of(n, "response_item", { type: "message", role: "user", content: [{ type: "input_text", text: `question ${n}` }] });
  const meta = { id, cwd: "/w", originator: "codex_exec", cli_version: "0.140.0", source: "exec" };
  const log = of(0, "session_meta", meta) + prompt(1) + prompt(2);
  await expectKept(scene, grow(plain, log), Buffer.from(log));
  const packed = Bun.zstdCompressSync(Buffer.from(log));

  writeFileSync(`${plain}.zst`, packed);
  unlinkSync(plain);

  await expectKept(scene, `${plain}.zst`, packed);
  await expectKept(scene, plain, Buffer.from(log));
  expect(await promptsOf(138)).toEqual(["question 1", "question 2"]);
}, 60_000);

test("files that begin with the same 4 KiB keep to themselves, also when they change places", async () => {
  const [a, b] = [begin(scene, 136), claudeFile(scene.home, 137)];
  const head = line(136, "the same ".repeat(500));
  writeFileSync(a, head + line(136, "only in a"));
  writeFileSync(b, head + line(136, "only in b, and longer than that in a"));
  await expectKept(scene, a, now(a));
  await expectKept(scene, b, now(b));
  const [before, other] = [now(a), now(b)];

  const aside = join(scene.home, "aside");
  renameSync(a, aside);
  renameSync(b, a);
  renameSync(aside, b);

  await expectKept(scene, a, before, other);
  await expectKept(scene, b, other, before);
  appendFileSync(a, line(136, "after the change"));
  await expectKept(scene, a, before, now(a));
}, 60_000);

test("lines appended while the shipper stands still, to a file that goes before it wakes, arrive", async () => {
  const path = begin(scene, 138);
  await expectKept(scene, path, now(path));
  const back = scene.shipper.strike({ how: "SIGSTOP", away: 2000 });
  await Bun.sleep(200);
  appendFileSync(path, line(138, "the last words"));
  const all = now(path);
  unlinkSync(path);
  await back;

  await expectKept(scene, path, all);
}, 60_000);

test("30,000 changes while the shipper stands still lose nothing", async () => {
  const back = scene.shipper.strike({ how: "SIGSTOP", away: 2500 });
  const paths = Array.from({ length: 300 }, (_, i) => claudeFile(scene.home, 200 + i, "-w-flood"));
  for (let round = 0; round < 100; round++) for (const path of paths) grow(path, `${round}\n`);
  await back;

  for (const path of paths) await expectKept(scene, path, now(path));
}, 60_000);

test("times of 1970, of 2100, and older than the last look do not hide what was written", async () => {
  for (const [n, time] of [
    [140, 0],
    [141, 4_102_444_800],
    [142, 946_684_800],
  ] as const) {
    // prettier-ignore
    const path = begin(scene, n);
    utimesSync(path, time, time);
    await expectKept(scene, path, now(path));
    appendFileSync(path, line(n, "more"));
    utimesSync(path, time, time);
    await expectKept(scene, path, now(path));
  }
}, 60_000);

test("a folder whose name only begins like a root's is none", async () => {
  const beside = grow(join(scene.home, ".claude/projects2/-w", `${psid(143)}.jsonl`), line(143, "not ours"));
  const path = begin(scene, 144);

  await expectKept(scene, path, now(path));
  expect(await sourcesAt(scene.server(), beside)).toEqual([]);
  expect(await search(scene.server(), "not ours")).toEqual([]);
}, 60_000);

test("a name that is no UTF-8 costs its neighbours nothing", async () => {
  const dir = join(scene.home, ".claude/projects/-w-names");
  mkdirSync(dir, { recursive: true });
  writeFileSync(Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0xff, 0xfe]), Buffer.from(".jsonl")]), "{}\n");
  const path = begin(scene, 145, "-w-names");

  await expectKept(scene, path, now(path));
}, 60_000);

test("in the end every source is whole: as many bytes as it says, each generation after the other", async () => {
  for (const source of await sourcesOf(scene.server()))
    expect([source.path, (await raw(scene.server(), source.id)).length]).toEqual([source.path, source.through]);
  expect(await keptAt(scene, claudeFile(scene.home, 132))).toHaveLength(2);
}, 60_000);
