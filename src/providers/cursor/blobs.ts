/** Blobs of the CLI's store: protobuf without a schema, read as far as it is understood. */
import { type Json, object } from "../json.ts";

/** A field of wire type 2 (bytes); those of other types are passed over. */
type Field = { readonly number: number; readonly bytes: Uint8Array };

/** The hashes that a root names, in order; none when the blob is no root. */
export function rootOf(blob: Uint8Array): { readonly ids: readonly string[]; readonly workspace: string | null } {
  const fields = fieldsOf(blob);
  const ids = fields.filter(({ number, bytes }) => number === 1 && bytes.length === 32);
  const path = fields.find(({ number }) => number === 9)?.bytes;
  return { ids: ids.map(({ bytes }) => Buffer.from(bytes).toString("hex")), workspace: path ? textOf(path) : null };
}

/** A message: JSON as it is, or JSON in a field of a protobuf message (the assistant's: field 4). Null when it is neither. */
export function messageOf(blob: Uint8Array): Json | null {
  const own = jsonOf(blob);
  if (own) return own;
  for (const { bytes } of fieldsOf(blob)) {
    const inner = jsonOf(bytes);
    if (inner && typeof inner.role === "string") return inner;
  }
  return null;
}

const OPENS = 0x7b;

function jsonOf(bytes: Uint8Array): Json | null {
  if (bytes[0] !== OPENS) return null;
  try {
    return object(JSON.parse(textOf(bytes)));
  } catch {
    return null;
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
}

/** The fields up to the first byte that is not protobuf. Never throws. */
function fieldsOf(blob: Uint8Array): readonly Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < blob.length;) {
    const tag = varint(blob, at);
    if (!tag) return fields;
    const size = sizeOf(blob, tag.end, tag.value & 7);
    if (!size || size.end > blob.length) return fields;
    if ((tag.value & 7) === 2) fields.push({ number: tag.value >>> 3, bytes: blob.subarray(size.start, size.end) });
    at = size.end;
  }
  return fields;
}

/** Where a field's content stands, by its wire type; null for a type that there is not. */
function sizeOf(blob: Uint8Array, at: number, type: number): { readonly start: number; readonly end: number } | null {
  if (type === 1) return { start: at, end: at + 8 };
  if (type === 5) return { start: at, end: at + 4 };
  if (type !== 0 && type !== 2) return null;
  const number = varint(blob, at);
  if (!number) return null;
  return type === 0 ? { start: at, end: number.end } : { start: number.end, end: number.end + number.value };
}

/** Ten bytes at most; values over 2^53 lose bits, and are no lengths anyway. */
function varint(blob: Uint8Array, from: number): { readonly value: number; readonly end: number } | null {
  let value = 0;
  for (let at = from; at < blob.length && at < from + 10; at++) {
    value += (blob[at]! & 0x7f) * 2 ** (7 * (at - from));
    if (blob[at]! < 0x80) return { value, end: at + 1 };
  }
  return null;
}
