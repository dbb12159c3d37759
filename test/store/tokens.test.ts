import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeSecret, sha256 } from "../../src/lib/crypto.ts";
import { addNonce, spendNonce } from "../../src/store/nonces.ts";
import { openForReading, openForWriting } from "../../src/store/open.ts";
import { putSetting, readSetting } from "../../src/store/settings.ts";
import { addToken, findToken, listTokens, revokeToken, tokenIsGood, touchToken } from "../../src/store/tokens.ts";
import type { Effects } from "../../src/store/write.ts";

const dir = mkdtempSync(join(tmpdir(), "tokens-"));
const path = join(dir, "longhouse.db");
const db = openForWriting(path);
// These commands look at nothing else.
const at = (now: number) => ({ now }) as Effects;
afterAll(() => (db.close(), rmSync(dir, { recursive: true })));

const mint = (id: string, deviceId = "laptop") => {
  const token = makeSecret("lh_");
  addToken(db, { id, deviceId, scope: "ingest", hash: sha256(token) }, at(1000));
  return token;
};

describe("tokens", () => {
  test("a token is found by its hash, with its device and scope", () => {
    const token = mint("a");

    const found = findToken(db, sha256(token), Date.now());

    expect(found).toEqual({ id: "a", device_id: "laptop", scope: "ingest", last_used_at: null });
  });

  test("two tokens of one device share its row", () => {
    mint("b1", "box");
    mint("b2", "box");

    const rows = db.query("SELECT count(*) AS n FROM devices WHERE device_id = 'box'").get();

    expect(rows).toEqual({ n: 1 });
  });

  test("a turn's token ends by itself after eight days, and is never listed; a device's does not", () => {
    const [turn, device] = [makeSecret("lh_"), makeSecret("lh_")];
    addToken(db, { id: "t1", deviceId: "laptop", scope: "tools", hash: sha256(turn) }, at(1000));
    addToken(db, { id: "t2", deviceId: "laptop", scope: "device", hash: sha256(device) }, at(1000));
    const days = (n: number) => 1000 + n * 24 * 3600 * 1000;

    expect(findToken(db, sha256(turn), days(7.9))?.scope).toBe("tools");
    expect(findToken(db, sha256(turn), days(8))).toBeNull();
    expect(findToken(db, sha256(device), days(800))?.id).toBe("t2");
    expect(listTokens(db).map(({ id }) => id)).not.toContain("t1");
  });

  test("the database holds no token, not even in its WAL", () => {
    const token = mint("c");

    for (const file of [path, `${path}-wal`]) expect(readFileSync(file).includes(token.slice(3))).toBe(false);
  });

  test("a revoked token is not found by another connection's next read, and stays in the list", () => {
    const token = mint("d");
    const reader = openForReading(path);
    expect(findToken(reader, sha256(token), Date.now())?.id).toBe("d");

    revokeToken(db, { id: "d" }, at(2000));

    expect(findToken(reader, sha256(token), Date.now())).toBeNull();
    expect(tokenIsGood(reader, "d")).toBe(false);
    expect(listTokens(reader).find(({ id }) => id === "d")?.revoked_at).toBe(2000);
    reader.close();
  });

  test("revoking twice keeps the first time, revoking nothing says so", () => {
    mint("e");

    const ends = [revokeToken(db, { id: "e" }, at(1)), revokeToken(db, { id: "e" }, at(2))];

    expect(ends).toEqual([true, true]);
    expect(listTokens(db).find(({ id }) => id === "e")?.revoked_at).toBe(1);
    expect(revokeToken(db, { id: "nobody" }, at(3))).toBe(false);
  });

  test("use is noted", () => {
    mint("f");

    touchToken(db, { id: "f" }, at(5000));

    expect(listTokens(db).find(({ id }) => id === "f")?.last_used_at).toBe(5000);
  });
});

describe("one-time tokens", () => {
  test("exactly one of many attempts spends it", () => {
    const hash = sha256(makeSecret());
    addNonce(db, { hash, kind: "once", lifeMs: 1000 }, at(0));

    const wins = Array.from({ length: 50 }, () => spendNonce(db, { hash, kind: "once" }, at(10)));

    expect(wins.filter(Boolean)).toHaveLength(1);
  });

  test("it is nothing to another kind, and nothing after its end", () => {
    const hash = sha256(makeSecret());
    addNonce(db, { hash, kind: "once", lifeMs: 1000 }, at(0));

    expect(spendNonce(db, { hash, kind: "sso" }, at(10))).toBe(false);
    expect(spendNonce(db, { hash, kind: "once" }, at(1000))).toBe(false);
  });

  test("those that ended go when another is made", () => {
    addNonce(db, { hash: sha256("old"), kind: "once", lifeMs: 1 }, at(0));

    addNonce(db, { hash: sha256("new"), kind: "once", lifeMs: 1000 }, at(50));

    expect(db.query("SELECT count(*) AS n FROM nonces").get()).toEqual({ n: 1 });
  });
});

test("a setting is what was put last, and null forgets it", () => {
  putSetting(db, { key: "k", value: "1" });
  putSetting(db, { key: "k", value: "2" });
  expect(readSetting(db, "k")).toBe("2");

  putSetting(db, { key: "k", value: null });

  expect(readSetting(db, "k")).toBeNull();
});
