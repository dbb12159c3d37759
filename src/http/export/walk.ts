/** A session's events from first to last, a page at a time: an export of any length needs the memory of one page. */
import type { Database } from "bun:sqlite";
import type { Event } from "../../domain/event.ts";
import type { Image } from "../../domain/provider.ts";
import { eventById, eventPage, eventPosition } from "../../store/events.ts";

/** Events of one page; long ones make it shorter. */
const PAGE = 100;

/** Every event, whole. `session` = row number. Ends early when the session is deleted meanwhile. */
export function* eachEvent(db: Database, session: number): Generator<Event> {
  for (let position: number | null = -1; position !== null;) {
    const from = { kind: "after", position } as const;
    const page = eventPage(db, { session, from, limit: PAGE, kinds: null, extent: "whole" });
    yield* page.events;
    position = page.next === null ? null : eventPosition(db, session, page.next);
  }
}

/** An event's images, read again from its bytes: pages do not carry them. */
export function imagesOf(db: Database, session: number, event: Event): readonly Image[] {
  return event.images.length === 0 ? [] : (eventById(db, session, event.id)?.part?.images ?? []);
}

/** Texts as the body of an answer, made as the reader takes them. */
export function streamText(texts: Iterator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      pull(controller) {
        const pieces: string[] = [];
        for (let length = 0; length < PIECE;) {
          const { value, done } = texts.next();
          if (done) break;
          pieces.push(value);
          length += value.length;
        }
        if (pieces.length === 0) return controller.close();
        controller.enqueue(encoder.encode(pieces.join("").toWellFormed()));
      },
    },
    { highWaterMark: 1 },
  );
}

/** Characters that are made at once. */
const PIECE = 64 * 1024;
