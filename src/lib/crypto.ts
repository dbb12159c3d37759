/** Secrets: made here, stored only as hashes, compared in constant time. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";

const KEY_BYTES = 32;

/** 256 random bits as 43 URL-safe characters, after `prefix`. */
export function makeSecret(prefix = ""): string {
  return prefix + randomBytes(32).toString("base64url");
}

/** A row's id: 96 random bits, 16 URL-safe characters. Not a secret. */
export function makeId(): string {
  return randomBytes(12).toString("base64url");
}

/** SHA-256 of a text's UTF-8, 32 bytes. Enough for random secrets; passwords need Argon2id. */
export function sha256(text: string): Uint8Array {
  return new Uint8Array(new Bun.CryptoHasher("sha256").update(text).digest());
}

/** HMAC-SHA-256 of a text under `key`, hexadecimal. */
export function hmac(key: Uint8Array, text: string): string {
  return new Bun.CryptoHasher("sha256", key).update(text).digest("hex");
}

/** Equality of two texts that takes the same time wherever they differ. */
export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(sha256(a), sha256(b));
}

/** The 32 bytes in the key file at `path`; makes the file, 0600, when there is none. Throws when it holds anything else. */
export function loadKey(path: string): Uint8Array {
  return readKey(path) ?? makeKey(path) ?? loadKey(path);
}

function readKey(path: string): Uint8Array | null {
  try {
    const key = Buffer.from(readFileSync(path, "utf8").trim(), "base64url");
    if (key.length !== KEY_BYTES) throw new Error(`${path} does not hold a key of ${KEY_BYTES} bytes.`);
    return new Uint8Array(key);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** null when another process made it first: O_EXCL, so that nobody's key is ever replaced. */
function makeKey(path: string): Uint8Array | null {
  const key = new Uint8Array(randomBytes(KEY_BYTES));
  try {
    const file = openSync(path, "wx", 0o600);
    try {
      writeSync(file, `${Buffer.from(key).toString("base64url")}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return null;
    throw error;
  }
}
