/** Archived bytes as an answer: block by block as the client reads, so that a slow one costs neither memory nor a transaction. */
import type { Database } from "bun:sqlite";
import { BLOCK, MIB } from "../domain/limits.ts";
import { readRange } from "../store/bytes.ts";
import { snapshot } from "../store/snapshot.ts";

export type Span = { readonly source: number; readonly from: number; readonly to: number };

/** The bytes [from, to) of a source. Breaks off with an error when they are deleted meanwhile: the length was promised. */
export function streamBytes(db: Database, { source, from, to }: Span): ReadableStream<Uint8Array> {
  let at = from;
  return new ReadableStream(
    {
      pull(controller) {
        if (at >= to) return controller.close();
        const end = Math.min(to, (Math.floor(at / BLOCK) + 1) * BLOCK);
        const bytes = snapshot(db, () => readRange(db, source, at, end));
        if (bytes.length !== end - at) return controller.error(new Error(`source ${source} lost bytes at ${at}`));
        at = end;
        controller.enqueue(bytes);
      },
    },
    { highWaterMark: 1 },
  );
}

/** A Range header against `size` bytes. null = no range, send all; several ranges are answered with all, as allowed. */
export function parseRange(
  header: string | undefined,
  size: number,
): { readonly from: number; readonly to: number } | "unsatisfiable" | null {
  const [, first, final] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.replaceAll(" ", "") ?? "") ?? [];
  if (first === undefined || final === undefined || (first === "" && final === "")) return null;
  if (first === "") {
    const from = Math.max(0, size - Number(final));
    return Number(final) === 0 || size === 0 ? "unsatisfiable" : { from, to: size };
  }
  if (final !== "" && Number(final) < Number(first)) return null;
  if (Number(first) >= size) return "unsatisfiable";
  return { from: Number(first), to: final === "" ? size : Math.min(size, Number(final) + 1) };
}

/** What is this short is sent with its length; Bun sends streams chunked, whatever length they promise. Bytes. */
const AT_ONCE = MIB;

/** A span as the answer's body; `headers` say what it is. A HEAD gets the length only. */
export function bytesResponse(
  db: Database,
  span: Span,
  { head, status = 200, headers }: { readonly head: boolean; readonly status?: number; readonly headers: HeadersInit },
): Response {
  const length = span.to - span.from;
  const answer = { status, headers: new Headers(headers) };
  if (head) answer.headers.set("Content-Length", String(length));
  if (head) return new Response(null, answer);
  if (length > AT_ONCE) return new Response(streamBytes(db, span), answer);
  const bytes = snapshot(db, () => readRange(db, span.source, span.from, span.to));
  return new Response(bytes.slice(), answer);
}
