/** What is in a session: events, their parts, changed files, activity. */
import type { Activity } from "../../src/domain/activity.ts";
import type { ChangedFiles } from "../../src/domain/changed-file.ts";
import type { Event, Kind, Role } from "../../src/domain/event.ts";
import { call, search } from "./call.ts";
import { sessionPath } from "./sessions.ts";

/** `prev` goes into `before`, `next` into `after`; null at the ends. */
export type EventPage = {
  readonly events: readonly Event[];
  readonly next: string | null;
  readonly prev: string | null;
  readonly total: number;
};

export type EventQuery = {
  readonly after?: string;
  readonly before?: string;
  readonly around?: string;
  readonly limit?: number;
  readonly roles?: readonly Role[];
  readonly kinds?: readonly Kind[];
  readonly fields?: "preview";
};

export type FoundEvents = { readonly ids: readonly string[]; readonly next: string | null };

/** A page of events from the start, or after, before or around an event id. */
export const listEvents = (id: string, query: EventQuery, signal?: AbortSignal): Promise<EventPage> =>
  call(`${sessionPath(id)}/events${search(query)}`, { signal });

/** Ids of the events that hold the words, unloaded ones included, in session order; `next` goes into `after`. */
export const findEvents = (id: string, query: string, after?: string, signal?: AbortSignal): Promise<FoundEvents> =>
  call(`${sessionPath(id)}/events${search({ query, after, limit: 1000 })}`, { signal });

/** One event whole: texts that a page had cut (`truncated`). */
export const getEvent = (id: string, event: string, signal?: AbortSignal): Promise<Event> =>
  call(`${sessionPath(id)}/events/${encodeURIComponent(event)}`, { signal });

/** Where a part's bytes (an image) are. */
export const partUrl = (id: string, event: string, part: number): string =>
  `${sessionPath(id)}/events/${encodeURIComponent(event)}/parts/${part}`;

/** The files a session changed, each with what is left of its edits. */
export const listChangedFiles = (id: string, signal?: AbortSignal): Promise<ChangedFiles> =>
  call(`${sessionPath(id)}/files`, { signal });

/** How much happened where in a session, in as many even stretches as asked. */
export const getActivity = (id: string, buckets: number, signal?: AbortSignal): Promise<Activity> =>
  call(`${sessionPath(id)}/activity${search({ buckets })}`, { signal });
