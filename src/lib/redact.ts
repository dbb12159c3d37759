/**
 * Files that speak of many sessions (an agent's index of them) stay when one of those is deleted; what they say of it is
 * blanked. As many bytes stay, so that offsets hold; with the tombstone lifted, the file comes again as a new generation.
 */

/** Names that may be a session's. */
const NAME = /[A-Za-z0-9][A-Za-z0-9_-]{7,127}/g;
const SPACE = 32;
const LF = 10;

/** The bytes without what they say of sessions that `isGone` names; the same bytes when that is nothing. */
export function redact(bytes: Uint8Array, isGone: (name: string) => boolean): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  const gone = [...new Set(text.match(NAME))].filter(isGone);
  if (gone.length === 0) return bytes;
  return withoutObjects(text, bytes.length, gone) ?? withoutLines(bytes, gone);
}

/** Of one JSON value the objects that name a session are left out; null when it is none, or would become longer. */
function withoutObjects(text: string, length: number, gone: readonly string[]): Uint8Array | null {
  const names = (value: unknown) => typeof value === "string" && gone.some((name) => value.includes(name));
  const clean = (value: unknown): unknown => {
    if (names(value)) return null;
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(clean).filter((inner) => inner !== null);
    const entries = Object.entries(value);
    if (entries.some(([, inner]) => names(inner))) return null;
    return Object.fromEntries(entries.filter(([key]) => !names(key)).map(([key, inner]) => [key, clean(inner)]));
  };
  try {
    const left = new TextEncoder().encode(JSON.stringify(clean(JSON.parse(text))));
    return left.length > length ? null : padded(left, length);
  } catch {
    return null;
  }
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  const all = new Uint8Array(length).fill(SPACE);
  all.set(bytes);
  return all;
}

/** Lines that name a session become blanks. */
function withoutLines(bytes: Uint8Array, gone: readonly string[]): Uint8Array {
  const all = Buffer.from(bytes);
  for (let from = 0; from < all.length;) {
    const end = all.indexOf(LF, from);
    const line = all.subarray(from, end < 0 ? all.length : end);
    if (gone.some((name) => line.includes(name))) line.fill(SPACE);
    from = end < 0 ? all.length : end + 1;
  }
  return new Uint8Array(all);
}
