/** The spool has a bound, and its disk an end. */
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { appendFileSync, rmSync, unlinkSync, utimesSync } from "node:fs";
import type { Shipper } from "../../src/shipper/shipper.ts";
import { shipForEver } from "../../src/shipper/watching.ts";
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

/** Bytes that do not get smaller. */
const noise = (length: number) => {
  const line = randomBytes(length);
  line[length - 1] = 10;
  return line;
};

/** Meets the server, then has it fail. */
async function watching(spoolMax: number): Promise<Shipper> {
  const shipper = home.shipper(server.url, { take: 50, replay: 100 }, undefined, { spoolMax });
  const marker = home.write("marker.jsonl", "here\n");
  void shipForEver(shipper);
  await until(() => server.bytesOf(marker) !== null && shipper.pump.waiting === 0);
  server.fail = () => error(503, "starting");
  return shipper;
}

const covered = (shipper: Shipper, path: string) => shipper.payloads.cover({ provider: "claude", path })?.acked ?? 0;
const codes = (shipper: Shipper) => shipper.spool.failures().map(({ path, code }) => `${code} ${path}`);

test("in a full spool what is older and still stands in its file gives way to what is newer, visibly; all arrives", async () => {
  const shipper = await watching(30_000);
  const contents = [noise(14_000), noise(14_000), noise(14_000)];
  const paths: string[] = [];
  for (const [i, content] of contents.entries()) {
    const path = home.write(`${i}.jsonl`, content);
    utimesSync(path, 1000 + i, 1_000_000 + i);
    paths.push(path);
    await until(() => covered(shipper, path) === 14_000);
  }
  const kept = paths.map((path) => covered(shipper, path));
  const said = codes(shipper);
  server.fail = () => undefined;

  await until(() => paths.every((path, i) => server.bytesOf(path)?.equals(contents[i]!)));

  expect(kept).toEqual([0, 14_000, 14_000]);
  expect(said).toEqual([`spool_full ${paths[0]}`]);
  await until(() => codes(shipper).length === 0);
});

test("what no file has any more does not give way to what a file still has, and that is told as failed", async () => {
  const shipper = await watching(30_000);
  const gone = home.write("gone.jsonl", noise(20_000));
  await until(() => covered(shipper, gone) === 20_000);
  unlinkSync(gone);
  const stays = home.write("stays.jsonl", noise(20_000));

  await until(() => codes(shipper).includes(`spool_full ${stays}`));

  expect(covered(shipper, gone)).toBe(20_000);
  expect(covered(shipper, stays)).toBe(0);
  server.fail = () => undefined;
  await until(() => server.bytesOf(gone)?.length === 20_000 && server.bytesOf(stays)?.length === 20_000);
  await until(() => codes(shipper).length === 0);
});

test("of what stands nowhere else the newest is kept, and what is lost is told", async () => {
  const shipper = await watching(30_000);
  const old = home.write("old.jsonl", noise(20_000));
  await until(() => covered(shipper, old) === 20_000);
  unlinkSync(old);
  await Bun.sleep(20);
  const young = home.write("young.jsonl", "first\n");
  await until(() => covered(shipper, young) === 6);
  appendFileSync(young, noise(20_000));
  unlinkSync(young);

  await until(() => covered(shipper, young) === 20_006);

  expect(codes(shipper)).toEqual([`spool_full ${old}`]);
  expect(home.lines.some(({ level, message }) => level === "error" && message.includes("lost"))).toBe(true);
});

test("a spool that has been emptied gives its room back to the disk", async () => {
  const shipper = await watching(1e9);
  const path = home.write("a.jsonl", noise(24_000_000));
  await until(() => covered(shipper, path) === 24_000_000);
  rmSync(path);
  server.fail = () => undefined;
  await until(() => server.bytesOf(path)?.length === 24_000_000);

  const pages = () => shipper.spool.db.query<{ page_count: number }, []>("PRAGMA page_count").get()!.page_count;
  await until(() => pages() < 1000);
});
