/** One-time tokens. Spent by deleting the row: of any number of attempts exactly one finds it, over restarts too. */
import type { Database } from "bun:sqlite";
import type { Effects } from "./write.ts";

export type Nonce = {
  /** SHA-256 of the token. */
  readonly hash: Uint8Array;
  /** What it is good for; a token of one kind is nothing to another. */
  readonly kind: string;
};

/** Command: makes a one-time token that ends after `lifeMs`. Drops those that have ended. */
export function addNonce(db: Database, input: Nonce & { readonly lifeMs: number }, { now }: Effects): void {
  db.query("DELETE FROM nonces WHERE expires_at <= ?").run(now);
  db.query("INSERT INTO nonces (hash, kind, expires_at) VALUES (?, ?, ?)").run(
    input.hash,
    input.kind,
    now + input.lifeMs,
  );
}

/** Command: true for the one who spends it; false when it is unknown, spent or over. */
export function spendNonce(db: Database, { hash, kind }: Nonce, { now }: Effects): boolean {
  const spent = db.query<{ expires_at: number }, [Uint8Array, string]>(
    "DELETE FROM nonces WHERE hash = ? AND kind = ? RETURNING expires_at",
  );
  const row = spent.get(hash, kind);
  return row !== null && row.expires_at > now;
}
