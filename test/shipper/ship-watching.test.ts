import { afterEach, beforeEach, expect, test } from "bun:test";
import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { follow } from "../../src/shipper/follow.ts";
import type { Shipper } from "../../src/shipper/shipper.ts";
import { openSpool, spoolFile } from "../../src/shipper/spool-open.ts";
import { shipperLock } from "../../src/shipper/token.ts";
import { shipForEver } from "../../src/shipper/watching.ts";
import { AgentHome, until } from "../support/agent-home.ts";
import { error, type IngestServer, startIngestServer } from "../support/ingest-server.ts";

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

/** A shipper that watches, once it has met the server and looked over everything. */
async function watching(times: Times = {}): Promise<Shipper> {
  const shipper = home.shipper(server.url, times);
  const marker = home.write(`marker-${Math.random()}.jsonl`, "here\n");
  void shipForEver(shipper);
  await until(() => server.bytesOf(marker) !== null);
  return shipper;
}

const archived = (path: string) => server.bytesOf(path)?.toString();

test("an appended line is sent within moments", async () => {
  const path = home.write("a.jsonl", "one\n");
  await watching();

  appendFileSync(path, "two\n");
  const appended = performance.now();
  await until(() => archived(path) === "one\ntwo\n");

  expect(performance.now() - appended).toBeLessThan(1000);
});

test("half a line waits for its end and arrives as one piece", async () => {
  await watching();
  const path = home.write("a.jsonl", '{"half":');
  await Bun.sleep(300);
  const early = archived(path);

  appendFileSync(path, "1}\n");
  await until(() => archived(path) === '{"half":1}\n');

  expect(early).toBeUndefined();
});

test("an unfinished last line goes once its file has been quiet", async () => {
  await watching({ quiet: 150 });

  const path = home.write("a.jsonl", "whole\nhalf");
  await until(() => archived(path) === "whole\n");
  await until(() => archived(path) === "whole\nhalf");

  const sent = server.requests.filter((request) => request.url.searchParams.get("path") === path);
  expect(sent.map((request) => request.bytes.toString())).toEqual(["whole\n", "half"]);
});

test("a steady writer is sent in flushes, neither starved nor line by line", async () => {
  await watching();
  const path = home.write("steady.jsonl", "");

  for (let i = 0; i < 100; i++) {
    appendFileSync(path, `${i}\n`);
    await Bun.sleep(5);
  }
  await until(() => server.bytesOf(path)?.length === 290);

  const sent = server.requests.filter((request) => request.url.searchParams.get("path") === path).length;
  expect(sent).toBeGreaterThan(2);
  expect(sent).toBeLessThan(20);
});

test("a root that appears later, and one that is made anew, are picked up", async () => {
  const shipper = await watching();
  rmSync(home.sessions, { recursive: true });
  await Bun.sleep(150);

  const first = home.write("later/a.jsonl", "one\n");
  await until(() => archived(first) === "one\n");
  rmSync(home.sessions, { recursive: true });
  const second = home.write("again/b.jsonl", "two\n");
  await until(() => archived(second) === "two\n");
  appendFileSync(second, "three\n");
  await until(() => archived(second) === "two\nthree\n");

  await until(() => shipper.pump.waiting === 0);
});

test("files of a folder that is moved in are sent", async () => {
  await watching();
  mkdirSync(join(home.dir, "elsewhere/deep"), { recursive: true });
  writeFileSync(join(home.dir, "elsewhere/deep/a.jsonl"), "x\n");

  renameSync(join(home.dir, "elsewhere"), home.path("moved"));

  await until(() => archived(home.path("moved/deep/a.jsonl")) === "x\n");
});

test("what no event told of is found by the look over everything", async () => {
  const shipper = await watching({ rescan: 100 });
  const path = home.path("silent.jsonl");
  shipper.pump.options.spool.setMeta("x", "y");

  home.write("silent.jsonl", "x\n");

  await until(() => archived(path) === "x\n");
});

test("a look over unchanged files sends nothing and reads nothing", async () => {
  for (let i = 0; i < 50; i++) home.write(`${i}.jsonl`, "x\n");
  const shipper = await watching();
  await until(() => server.paths().length === 51 && shipper.pump.waiting === 0);

  const { sources, due } = await shipper.scan(shipper.places());

  expect(sources).toBe(51);
  expect(due).toEqual([]);
});

test("a revoked token stops the sending, a new one lets it go on, and nothing is lost", async () => {
  server.token = "first";
  writeFileSync(join(home.dir, "token"), "first");
  writeFileSync(join(home.dir, "url"), server.url);
  const shipper = await watching();
  server.token = "second";
  const path = home.write("a.jsonl", "x\n");
  await until(() => shipper.pump.gate.state.kind === "paused");
  expect(archived(path)).toBeUndefined();

  writeFileSync(join(home.dir, "token"), "second");

  await until(() => archived(path) === "x\n");
});

test("while the server is away its address is not hammered, and everything arrives when it is back", async () => {
  await watching({ backoff: 50, backoffMax: 200 });
  let asked = 0;
  server.fail = () => (asked++, error(503, "starting"));
  const paths = Array.from({ length: 60 }, (_, i) => home.write(`${i}.jsonl`, "x\n"));
  await Bun.sleep(600);
  const refused = asked;
  server.fail = () => undefined;

  await until(() => paths.every((path) => archived(path) === "x\n"));

  // Sixteen were under way together; after them one at a time, ever later.
  expect(refused).toBeLessThan(28);
});

test("only one shipper works for an archive, and the next takes over when it ends", async () => {
  const first = await watching();
  const second = home.shipper(server.url);
  void shipForEver(second);
  await until(() => home.lines.some((line) => line.message.includes("another shipper")));

  expect(second.pump.tally.bytes).toBe(0);
  await first.close();
});

test("a one-shot beside a watching shipper lets that send the unfinished line, and hears what was done", async () => {
  await watching();
  const path = home.write("a.jsonl", "whole\nhalf");
  await until(() => archived(path) === "whole\n");
  const { spool } = openSpool(spoolFile(home.dir));

  const done = await follow({
    spool,
    lock: shipperLock(home.dir, server.url),
    scope: {},
    signal: new AbortController().signal,
    report: () => {},
  });

  spool.close();
  expect(archived(path)).toBe("whole\nhalf");
  expect(done).toMatchObject({ sources: 2, bytes: 4, failed: 0 });
});

test("a one-shot whose holder is gone is told so", async () => {
  const shipper = await watching();
  await shipper.close();
  const { spool } = openSpool(spoolFile(home.dir));

  const done = await follow({
    spool,
    lock: shipperLock(home.dir, server.url),
    scope: {},
    signal: new AbortController().signal,
    report: () => {},
  });

  spool.close();
  expect(done).toBeNull();
});

test("a server that asks for bytes again gets them", async () => {
  const path = home.write("quiet.jsonl", "one\ntwo\n");
  await watching();
  await until(() => archived(path) === "one\ntwo\n");
  server.forget(path, 0);

  server.archive = { ...server.archive, resend: [{ provider: "claude", path, generation: 0, from: 0 }] };

  await until(() => archived(path) === "one\ntwo\n");
});
