/** Bytes are acknowledged, or in the spool, or in a file that the next pass reads. */
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import type { Shipper } from "../../src/shipper/shipper.ts";
import { shipForEver } from "../../src/shipper/watching.ts";
import { keepScope } from "../../src/shipper/pass.ts";
import { AgentHome, until } from "../support/agent-home.ts";
import { error, type IngestServer, startIngestServer } from "../support/ingest-server.ts";

// On a machine that does much else things take their time.
setDefaultTimeout(30_000);

let home: AgentHome;
let server: IngestServer;
beforeEach(() => {
  home = new AgentHome();
  server = startIngestServer();
});
afterEach(async () => {
  await home.close();
  await server.stop();
});

type Times = Parameters<AgentHome["shipper"]>[1];
const FAST = { take: 100, replay: 200 } satisfies Times;

async function watching(times: Times = {}): Promise<Shipper> {
  const shipper = home.shipper(server.url, { ...FAST, ...times });
  const marker = home.write(`marker-${Math.random()}.jsonl`, "here\n");
  void shipForEver(shipper);
  await until(() => server.bytesOf(marker) !== null);
  return shipper;
}

const archived = (path: string, generation?: number) => server.bytesOf(path, generation)?.toString();
const kept = (shipper: Shipper) => Object.values(shipper.spool.progress()).reduce((sum, one) => sum + one.spooled, 0);
const back = () => (server.fail = () => undefined);

/** What may keep the server from acknowledging. */
const SILENCES: readonly [string, () => Response | Promise<Response>][] = [
  ["answers 503", () => error(503, "starting")],
  ["accepts connections and never answers", () => new Promise<Response>(() => {})],
  ["asks to wait", () => new Response("", { status: 429, headers: { "Retry-After": "1" } })],
  ["does not know the token", () => error(401, "unauthenticated")],
];

test.each(SILENCES)("a file written while the server %s, then deleted, arrives whole afterwards", async (_, fail) => {
  const shipper = await watching({ request: 1000 });
  server.fail = fail;
  const path = home.write("a.jsonl", "one\n");
  await Bun.sleep(50);
  appendFileSync(path, "two\n");
  await until(() => kept(shipper) === 8);
  appendFileSync(path, "three\nhalf");
  await Bun.sleep(30);
  unlinkSync(path);
  await until(() => kept(shipper) === 18);

  back();

  await until(() => archived(path) === "one\ntwo\nthree\nhalf");
  await until(() => kept(shipper) === 0);
  expect(shipper.spool.failures()).toEqual([]);
});

test("a file that is deleted right after its last line is read to its end through its descriptor", async () => {
  const shipper = await watching();
  const path = home.write("a.jsonl", "one\n");
  await until(() => archived(path) === "one\n");

  appendFileSync(path, "two\nunfinished");
  unlinkSync(path);

  await until(() => archived(path) === "one\ntwo\nunfinished");
  await until(() => shipper.pump.waiting === 0);
  expect(shipper.spool.failures()).toEqual([]);
});

test("a file that is replaced while the server is away keeps both its contents", async () => {
  const shipper = await watching();
  const path = home.write("a.jsonl", "one\n");
  await until(() => archived(path) === "one\n");
  server.fail = () => error(500, "internal");
  appendFileSync(path, "two\n");
  await until(() => kept(shipper) === 4);

  home.write("new", "other\n");
  renameSync(home.path("new"), path);
  await until(() => kept(shipper) === 10);
  truncateSync(path, 0);
  writeFileSync(path, "third and longer\n");
  await until(() => kept(shipper) === 27);
  unlinkSync(path);
  back();

  await until(() => server.generations(path) === 3 && kept(shipper) === 0);
  expect([0, 1, 2].map((generation) => archived(path, generation))).toEqual([
    "one\ntwo\n",
    "other\n",
    "third and longer\n",
  ]);
});

test("every content of a file written whole that stood for a moment is kept", async () => {
  const shipper = await watching({ quiet: 50 });
  server.fail = () => error(503, "starting");
  const path = home.write("chat.json", '{"n":1}');
  await until(() => kept(shipper) === 7);
  home.write("chat.json", '{"n":2,"more":1}');
  await until(() => kept(shipper) === 23);
  unlinkSync(path);
  back();

  await until(() => kept(shipper) === 0);
  expect([archived(path, 0), archived(path, 1)]).toEqual(['{"n":1}', '{"n":2,"more":1}']);
});

test("what a shipper has taken is sent by the next one, though the file and the first are gone", async () => {
  const first = await watching();
  server.fail = () => error(503, "starting");
  const path = home.write("a.jsonl", "one\n");
  await until(() => kept(first) === 4);
  await first.close();
  unlinkSync(path);
  back();

  await watching();

  await until(() => archived(path) === "one\n");
});

test("a shipper that starts while the server is away keeps what its files lose meanwhile", async () => {
  const port = Number(new URL(server.url).port);
  await server.stop();
  const shipper = home.shipper(server.url, FAST);
  const path = home.write("a.jsonl", "one\ntwo\n");
  void shipForEver(shipper);
  await until(() => kept(shipper) === 8);
  unlinkSync(path);

  server = startIngestServer({ port });

  await until(() => archived(path) === "one\ntwo\n");
});

test("while bytes get through nothing that stands in its file is written into the spool", async () => {
  for (let i = 0; i < 300; i++) home.write(`${i}.jsonl`, `${i}\n`.repeat(1000));
  server.fail = async () => {
    await Bun.sleep(20);
    return undefined;
  };
  // A machine at work may let nothing through for a moment.
  const shipper = home.shipper(server.url, { ...FAST, take: 3_000 });
  void shipForEver(shipper);
  let most = 0;

  await until(() => {
    most = Math.max(most, kept(shipper));
    return server.paths().length === 300 && shipper.pump.waiting === 0;
  });

  expect(most).toBe(0);
});

test("a file that vanished while no shipper ran is told of", async () => {
  const first = await watching({ take: 60_000 });
  server.fail = () => error(503, "starting");
  const path = home.write("a.jsonl", "one\n");
  const before = home.write("b.jsonl", "one\n");
  await until(() => first.pump.waiting === 2);
  await first.close();
  back();
  await home.ship(server.url);
  server.fail = () => error(422, "invalid");
  appendFileSync(before, "two\n");
  await home.ship(server.url);
  rmSync(before);
  back();

  const second = await watching();

  await until(() => second.spool.failures().some((one) => one.path === before && one.code === "vanished"));
  expect(archived(path)).toBe("one\n");
});

test("a replaced file's last lines belong to what they followed, also when the new content is seen first", async () => {
  const shipper = await watching({ take: 60_000 });
  const path = home.write("a.jsonl", "one\n");
  await until(() => archived(path) === "one\n");

  appendFileSync(path, "two\n");
  home.write("new", "other\n");
  renameSync(home.path("new"), path);
  await shipper.scan(shipper.places());

  await until(() => archived(path, 1) === "other\n" && kept(shipper) === 0);
  expect(archived(path, 0)).toBe("one\ntwo\n");
  expect(server.generations(path)).toBe(2);
});

test("files that replace each other quickly make as many generations as there were contents", async () => {
  const shipper = await watching();
  const path = home.write("chat.json", '{"n":0}');
  const contents = ['{"n":0}'];
  await until(() => archived(path) === contents[0]);

  for (let n = 1; n <= 30; n++) {
    contents.push(`{"n":${n}}`);
    home.write("new", contents[n]!);
    renameSync(home.path("new"), path);
    if (n % 3 === 0) await shipper.scan(shipper.places(), {}, { live: true });
    await until(() => archived(path, server.generations(path) - 1) === contents[n]);
  }

  await until(() => kept(shipper) === 0 && shipper.pump.waiting === 0);
  expect(contents.map((_, i) => archived(path, i))).toEqual(contents);
  expect(server.generations(path)).toBe(contents.length);
});

test("a one-shot that cannot reach the server keeps what it was named, and the next one sends it, whatever that is for", async () => {
  await home.ship(server.url);
  const port = Number(new URL(server.url).port);
  await server.stop();
  const path = home.write("a.jsonl", "one\nhalf");
  const shipper = home.shipper(server.url);
  const greeting = await shipper.meet();
  await keepScope(shipper, { file: path });
  await shipper.close();
  unlinkSync(path);
  server = startIngestServer({ port });

  const done = await home.ship(server.url, { file: home.write("b.jsonl", "x\n") });

  expect(greeting.kind).toBe("later");
  expect(archived(path)).toBe("one\nhalf");
  expect(done.spooled).toBe(0);
});

test("what cannot be read is looked at again soon, though nobody tells of it, and holds up nothing else", async () => {
  const other = home.write("b.jsonl", "one\n");
  const path = home.path("a.jsonl");
  mkdirSync(path);
  server.fail = () => error(503, "starting");
  const shipper = home.shipper(server.url, FAST, undefined, { poll: 60_000 });
  void shipForEver(shipper);
  shipper.pump.add({ provider: "claude", path, unit: "lines", inode: 1, size: 4, mtime: Date.now() }, { live: true });
  await until(() => kept(shipper) === 4);
  back();
  await until(() => shipper.spool.find("claude", path)?.failure != null && archived(other) !== undefined);

  rmdirSync(path);
  writeFileSync(path, "one\n");

  await until(() => archived(path) === "one\n");
  await until(() => shipper.spool.failures().length === 0);
});
