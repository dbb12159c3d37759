import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hmac, loadKey, makeSecret, sameSecret, sha256 } from "../../src/lib/crypto.ts";

const dir = mkdtempSync(join(tmpdir(), "crypto-"));
afterAll(() => rmSync(dir, { recursive: true }));

test("secrets have their prefix, 256 bits, and are never the same", () => {
  const made = new Set(Array.from({ length: 1000 }, () => makeSecret("lh_")));

  expect(made.size).toBe(1000);
  for (const secret of made) expect(secret).toMatch(/^lh_[\w-]{43}$/);
});

test("the key file is made once, 0600, and read from then on", () => {
  const path = join(dir, "key");

  const first = loadKey(path);

  expect(loadKey(path)).toEqual(first);
  expect(first).toHaveLength(32);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("a key file that is no key is refused and left alone", () => {
  const path = join(dir, "broken");
  writeFileSync(path, "short\n");

  expect(() => loadKey(path)).toThrow("does not hold a key");
  expect(statSync(path).size).toBe(6);
});

test("hashes are the known ones", () => {
  expect(Buffer.from(sha256("abc")).toString("hex")).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  expect(hmac(Buffer.from("Jefe"), "what do ya want for nothing?")).toBe(
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
  expect(sameSecret("a", "a")).toBe(true);
  expect(sameSecret("a", "ab")).toBe(false);
});
