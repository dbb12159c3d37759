import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import { WalSync } from "../../src/archive/wal-sync.ts";
import { openForWriting } from "../../src/store/open.ts";
import { tempDir } from "../support/temp.ts";

const opened: { close(): void }[] = [];
afterEach(() => opened.splice(0).forEach((one) => one.close()));

function openDb() {
  const path = join(tempDir(), "longhouse.db");
  const db = openForWriting(path);
  opened.push(db);
  return { path, db };
}

const told = (sync: WalSync) => new Promise<unknown>((resolve) => sync.begin()(resolve));

test("everybody is told, in order, who asks while a sync is under way after another one", async () => {
  const { path, db } = openDb();
  const sync = new WalSync(db, path);
  const order: number[] = [];

  const all = Array.from({ length: 5 }, (_, n) => told(sync).then((error) => (order.push(n), error)));

  expect(await Promise.all(all)).toEqual([null, null, null, null, null]);
  expect(order).toEqual([0, 1, 2, 3, 4]);
  sync.close();
});

test("closing tells at once of what is under way and of what waits, each once", async () => {
  const { path, db } = openDb();
  const sync = new WalSync(db, path);
  const heard: string[] = [];
  sync.begin()((error) => heard.push(`under way ${String(error)}`));
  sync.begin()((error) => heard.push(`waits ${String(error)}`));

  sync.close();

  expect(heard).toEqual(["under way null", "waits null"]);
  await Bun.sleep(50);
  expect(heard).toHaveLength(2);
});

test.skipIf(process.platform !== "linux")(
  "after a sync that failed nobody is told that all is well before the database itself holds it (elsewhere SQLite syncs)",
  async () => {
    const { path, db } = openDb();
    const sync = new WalSync(db, join(tempDir(), "not-there"));
    expect(String(await told(sync))).toContain("ENOENT");

    db.run("CREATE TABLE kept (n)");
    db.run("INSERT INTO kept VALUES (1)");
    expect(await told(sync)).toBeNull();

    const alone = join(tempDir(), "alone.db");
    await Bun.write(alone, Bun.file(path));
    const copy = openForWriting(alone);
    opened.push(copy);
    expect(copy.query("SELECT n FROM kept").values()).toEqual([[1]]);
    sync.close();
  },
);
