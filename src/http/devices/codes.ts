/** The two codes of one asking: a secret that the device keeps, and eight letters that a person compares or types. */
import { randomInt } from "node:crypto";
import { USER_LETTERS } from "../../domain/device-code.ts";
import { sha256 } from "../../lib/crypto.ts";

/** Ten minutes: time to find the phone, and to sign in on it. */
export const CODE_LIFE_MS = 10 * 60_000;
/** Between two polls, seconds. */
export const INTERVAL_S = 2;

/** Eight letters of twenty, 34 bits: no credential, whoever types it must be signed in. */
export function makeUserCode(): string {
  const letters = Array.from({ length: 8 }, () => USER_LETTERS[randomInt(USER_LETTERS.length)]);
  return `${letters.slice(0, 4).join("")}-${letters.slice(4).join("")}`;
}

/** What is stored of a user code as `readUserCode` gives it. */
export function userHash(code: string): Uint8Array {
  return sha256(`user code ${code}`);
}
