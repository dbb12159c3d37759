/** Files that went before all of them was shipped. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { reviewVanished } from "../../src/shipper/vanished.ts";
import { shipScope } from "../../src/shipper/pass.ts";
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

/** A file of which the server has the first line, and refuses the rest. */
async function unsent(): Promise<string> {
  const path = home.write("a.jsonl", "one\n");
  await home.ship(server.url);
  server.fail = () => error(422, "invalid");
  appendFileSync(path, "two\n");
  await home.ship(server.url);
  server.fail = () => undefined;
  return path;
}

const failures = (shipper = home.shipper(server.url)) => {
  shipper.spool.chooseByUrl(server.url);
  return shipper.spool.failures();
};

test.each(["b.jsonl", "elsewhere/a.jsonl"])(
  "a file that moved to %s while nobody looked is not missed",
  async (name) => {
    const path = await unsent();
    mkdirSync(dirname(home.path(name)), { recursive: true });
    renameSync(path, home.path(name));

    await home.ship(server.url);
    const shipper = home.shipper(server.url);
    await shipper.meet();
    await shipScope(shipper, {}, () => {});

    expect(server.bytesOf(home.path(name))!.toString()).toBe("one\ntwo\n");
    expect(failures(shipper)).toEqual([]);
  },
);

test("a file that was deleted is missed, also when another has its inode now, until somebody has been told", async () => {
  const path = await unsent();
  rmSync(path);
  home.write("b.jsonl", "other lines, as many and more\n");
  await home.ship(server.url);
  await home.ship(server.url);
  const shipper = home.shipper(server.url);
  const told = failures(shipper);

  shipper.spool.forgive();

  expect(told.map(({ path, code }) => [path, code])).toEqual([[path, "vanished"]]);
  expect(failures(shipper)).toEqual([]);
  await shipper.close();
  await home.ship(server.url);
  expect(failures()).toEqual([]);
});

test("after a week a file that went is told of no more", async () => {
  const path = await unsent();
  rmSync(path);
  await home.ship(server.url);
  const shipper = home.shipper(server.url);
  shipper.spool.chooseByUrl(server.url);
  const row = shipper.spool.find("claude", path)!;
  shipper.spool.put({ ...row, failedAt: Date.now() - 8 * 86_400_000 });

  reviewVanished(shipper);

  expect(failures(shipper)).toEqual([]);
});

test("what the server said to a source that it refuses is kept with it", async () => {
  server.fail = () => Response.json({ error: { code: "invalid", message: "path is too long" } }, { status: 422 });
  home.write("a.jsonl", "one\n");

  await home.ship(server.url);

  expect(failures()).toMatchObject([{ code: "invalid", said: "path is too long" }]);
});

test("a spool of a version that did not keep what the server said is opened", async () => {
  const path = home.write("a.jsonl", "one\n");
  const before = home.shipper(server.url);
  before.spool.db.run("ALTER TABLE sources DROP COLUMN said");
  await before.close();

  await home.ship(server.url);

  await until(() => server.bytesOf(path) !== null);
  expect(readFileSync(path, "utf8")).toBe("one\n");
});
