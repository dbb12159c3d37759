/** Ids that come from content: the same after a reindex, in every copy of a file, and on every machine. */

/** Namespace of session ids (a random UUID, fixed for ever). */
const SESSIONS = "6f1c9d0e-5b7a-4c3e-9a41-8d2f7e60b3c5";

/** UUIDv5 of (provider, provider session id, agent id, variant). */
export function sessionId(provider: string, session: string, agent = "", variant = ""): string {
  return uuid5(SESSIONS, [provider, session, agent, variant].join("\n"));
}

export function uuid5(namespace: string, name: string): string {
  const hash = new Bun.CryptoHasher("sha1")
    .update(Buffer.from(namespace.replaceAll("-", ""), "hex"))
    .update(name)
    .digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString("hex").slice(0, 32);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** 60 bits as two halves of 30, so that no BigInt is made on hot paths. */
export type Hash60 = { readonly hi: number; readonly lo: number };

const HALF = 0x3fffffff;

/** Two seeded xxHash32 of the text, 30 bits each. Not for secrets. */
export function hash60(text: string | Uint8Array): Hash60 {
  return { hi: Bun.hash.xxHash32(text, 0x10) & HALF, lo: Bun.hash.xxHash32(text, 0x5eed) & HALF };
}

/** The event id in URLs: 12 characters, base 36. */
export function eventId(hash: Hash60): string {
  return hash.hi.toString(36).padStart(6, "0") + hash.lo.toString(36).padStart(6, "0");
}

/** null when the text is no event id. */
export function parseEventId(id: string): Hash60 | null {
  if (!/^[0-9a-z]{12}$/.test(id)) return null;
  const hi = parseInt(id.slice(0, 6), 36);
  const lo = parseInt(id.slice(6), 36);
  return hi <= HALF && lo <= HALF ? { hi, lo } : null;
}
