import { afterAll, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256 } from "../../src/lib/crypto.ts";
import {
  LOGIN_LIFE_MS,
  addLogin,
  findLogin,
  loginById,
  revokeLogin,
  setPassword,
  touchLogin,
} from "../../src/store/logins.ts";
import { openForWriting } from "../../src/store/open.ts";
import { readSetting } from "../../src/store/settings.ts";
import type { Effects } from "../../src/store/write.ts";

const dir = mkdtempSync(join(tmpdir(), "logins-"));
const db = openForWriting(join(dir, "longhouse.db"));
// These commands look at nothing else.
const at = (now: number) => ({ now }) as Effects;
const hash = sha256("cookie");
afterAll(() => (db.close(), rmSync(dir, { recursive: true })));
beforeEach(() => {
  db.run("DELETE FROM logins");
  db.run("DELETE FROM settings");
  addLogin(db, { id: "a", hash, method: "once" }, at(0));
});

test("a login is found until 30 days after its last use, and no longer", () => {
  expect(findLogin(db, hash, LOGIN_LIFE_MS - 1)?.method).toBe("once");
  expect(findLogin(db, hash, LOGIN_LIFE_MS)).toBeNull();

  touchLogin(db, { id: "a" }, at(LOGIN_LIFE_MS - 1));

  expect(findLogin(db, hash, LOGIN_LIFE_MS)?.id).toBe("a");
  expect(findLogin(db, hash, 2 * LOGIN_LIFE_MS - 1)).toBeNull();
});

test("a login that is over or revoked is not woken by a use", () => {
  touchLogin(db, { id: "a" }, at(LOGIN_LIFE_MS));
  expect(findLogin(db, hash, LOGIN_LIFE_MS)).toBeNull();

  revokeLogin(db, { id: "a" }, at(1));
  touchLogin(db, { id: "a" }, at(2));

  expect(findLogin(db, hash, 3)).toBeNull();
  expect(loginById(db, "a", 3)).toBeNull();
});

test("the first password signs nobody out, another one everybody", () => {
  expect(setPassword(db, { key: "password", value: "one" }, at(1))).toBe(0);
  expect(loginById(db, "a", 2)?.id).toBe("a");

  expect(setPassword(db, { key: "password", value: "two" }, at(3))).toBe(1);

  expect(loginById(db, "a", 4)).toBeNull();
  expect(readSetting(db, "password")).toBe("two");
});

test("taking the password away signs everybody out", () => {
  setPassword(db, { key: "password", value: "one" }, at(1));

  setPassword(db, { key: "password", value: null }, at(2));

  expect(loginById(db, "a", 3)).toBeNull();
  expect(readSetting(db, "password")).toBeNull();
});

test("logins that are over are forgotten when another is made", () => {
  addLogin(db, { id: "b", hash: sha256("b"), method: "password" }, at(LOGIN_LIFE_MS));

  expect(db.query("SELECT id FROM logins").values()).toEqual([["b"]]);
});
