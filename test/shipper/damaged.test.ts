/** A spool that cannot be read any more is set aside; what it kept is saved where it can be, and told of where it cannot. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { appendFileSync, closeSync, openSync, readdirSync, truncateSync, unlinkSync, writeSync } from "node:fs";
import { spoolFile } from "../../src/shipper/spool-open.ts";
import { shipForEver } from "../../src/shipper/watching.ts";
import { AgentHome, until } from "../support/agent-home.ts";
import { error, type IngestServer, startIngestServer } from "../support/ingest-server.ts";

let home: AgentHome;
let server: IngestServer;
let path: string;

/** A line stands in the spool alone, a second file is in the archive, and nobody works. */
beforeEach(async () => {
  home = new AgentHome();
  server = startIngestServer();
  const shipper = home.shipper(server.url, { take: 50 });
  void shipForEver(shipper);
  const stays = home.write("stays.jsonl", "here\n");
  path = home.write("a.jsonl", "one\n");
  await until(() => [path, stays].every((one) => server.bytesOf(one) !== null) && shipper.pump.waiting === 0);
  server.fail = () => error(503, "starting");
  appendFileSync(path, "two\n");
  await until(() => shipper.payloads.cover({ provider: "claude", path })?.acked === 8);
  unlinkSync(path);
  await shipper.close();
  server.fail = () => undefined;
  const db = new Database(spoolFile(home.dir));
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
});
afterEach(async () => {
  await home.close();
  await server.stop();
});

/** Overwrites the first page of a table or an index. */
function spoil(name: string) {
  const db = new Database(spoolFile(home.dir), { readonly: true });
  const { rootpage } = db
    .query<{ rootpage: number }, [string]>("SELECT rootpage FROM sqlite_master WHERE name = ?")
    .get(name)!;
  const { page_size } = db.query<{ page_size: number }, []>("PRAGMA page_size").get()!;
  db.close();
  const fd = openSync(spoolFile(home.dir), "r+");
  writeSync(fd, Buffer.alloc(page_size, 0xa5), 0, page_size, (rootpage - 1) * page_size);
  closeSync(fd);
}

const said = (start: string) => home.lines.filter(({ message }) => message.startsWith(start)).length;
const archived = () => server.bytesOf(path)?.toString();
const works = async () => {
  const fresh = home.write("fresh.jsonl", "fresh\n");
  await until(() => server.bytesOf(fresh) !== null);
};

test("of a spool whose memory of sources is damaged what it kept is saved and arrives", async () => {
  spoil("sources");

  void shipForEver(home.shipper(server.url));
  await until(() => archived() === "one\ntwo\n");

  await works();
  expect(said("the spool was damaged")).toBe(1);
  expect(said("what waited in the damaged spool is lost")).toBe(0);
});

test("a shipper whose spool turns out to be damaged ends, and the next one saves what was kept", async () => {
  spoil("payloads_source");
  const first = home.shipper(server.url);

  const ended = await shipForEver(first).catch((why: unknown) => String(why));
  void shipForEver(home.shipper(server.url));
  await until(() => archived() === "one\ntwo\n");

  await works();
  expect(ended).toContain("malformed");
});

test.each([
  ["has lost its head", spoilHead],
  ["was cut in half", () => truncateSync(spoolFile(home.dir), 4096 * 2)],
])("of a spool that %s it is told that bytes are lost, and the rest goes on", async (_, damage) => {
  damage();

  void shipForEver(home.shipper(server.url));
  await works();

  expect(said("what waited in the damaged spool is lost")).toBe(1);
  expect(readdirSync(home.dir).filter((name) => name.includes(".broken-")).length).toBeGreaterThan(0);
});

test("an emptied spool is built anew from the files and what the server has", async () => {
  truncateSync(spoolFile(home.dir), 0);
  const sent = server.requests.length;

  void shipForEver(home.shipper(server.url));
  await works();

  expect(server.requests.length).toBe(sent + 1);
});

function spoilHead() {
  const fd = openSync(spoolFile(home.dir), "r+");
  writeSync(fd, Buffer.alloc(100, 0), 0, 100, 0);
  closeSync(fd);
}
