import { expect, test } from "bun:test";
import type { Event } from "../../src/domain/event.ts";
import * as spans from "../../ui/session/span.ts";
import { anEvent } from "./session-event.ts";

const page = (events: readonly Event[], prev: string | null = null, next: string | null = null) => ({
  events,
  prev,
  next,
  total: 100,
});
const replies = (count: number, text = "") =>
  Array.from({ length: count }, () => anEvent("reply", { content_text: text }));
const ids = (span: spans.Span) => span.pages.flat().map((event) => event.id);

test("pages come before and after without merging into the one that is there", () => {
  const [first, middle, last] = [replies(3), replies(200), replies(150)];

  const begun = spans.begin(page(middle, "p", "n"));
  const grown = spans.append(spans.prepend(begun, page(first, null)), page(last, null));

  expect(grown.pages).toEqual([first, middle, last]);
  expect([grown.prev, grown.next]).toEqual([null, null]);
});

test("an event that comes twice is shown once", () => {
  const events = replies(4);

  const span = spans.append(spans.begin(page(events.slice(0, 3))), page(events.slice(2)));

  expect(ids(span)).toEqual(events.map((event) => event.id));
});

test("new events at the end join the last page while it is small", () => {
  const span = spans.append(spans.begin(page(replies(3))), page(replies(2)));

  expect(span.pages.map((one) => one.length)).toEqual([5]);
});

test("what may still change at the end is let go, to be fetched anew", () => {
  const events = [...replies(2), anEvent("reply", { flags: ["provisional"] }), anEvent("tool_call")];

  expect(ids(spans.settle(spans.begin(page(events))))).toEqual(events.slice(0, 2).map((event) => event.id));
});

test("a heavy span gives up pages at its far end and knows where to go on", () => {
  const heavy = "x".repeat(20_000);
  let span = spans.begin(page(replies(1000, heavy), "before"));
  const first = span.pages[0]!;

  span = spans.append(span, page(replies(1500, heavy), null));
  span = spans.append(span, page(replies(1500, heavy), null));

  expect(span.pages).toHaveLength(2);
  expect(span.pages).not.toContain(first);
  expect(span.prev).toBe(span.pages[0]![0]!.id);
});
