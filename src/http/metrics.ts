/** GET /metrics, as Prometheus reads it. Mounted at `/metrics`; `access` lets in tokens, and anybody on a loopback bind. */
import { Hono, type MiddlewareHandler } from "hono";
import type { App } from "../app.ts";
import { covers } from "./access/scope.ts";
import type { MaybeAuthed } from "./access.ts";
import { outOfScope } from "./access/scope.ts";

/** Counters that are shown as 0 before they first count: for `createStats`. */
export const COUNTERS = [
  "longhouse_ingest_bytes_total",
  "longhouse_ingest_events_total",
  "longhouse_ingest_requests_total",
  "longhouse_model_calls_total",
] as const;

/** The route. */
export function metrics(app: App): Hono<MaybeAuthed> {
  return new Hono<MaybeAuthed>().get("/", (c) => {
    const who = c.get("who");
    if (who && !covers(who, ["read"])) throw outOfScope(who, ["read"]);
    return c.text(app.stats.render(gauges(app)), 200, { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" });
  });
}

/** Counts the answers of ingest by status code. Mounted on `/api/agents/ingest`, before its route. */
export function countIngest(app: App): MiddlewareHandler {
  return async (c, next) => {
    await next();
    app.stats.count("longhouse_ingest_requests_total", { code: String(c.res.status) });
  };
}

function gauges(app: App): Record<string, number> {
  const { walBytes, behindBytes } = app.writer.status;
  const { bytes, behind } = app.search.status();
  return {
    longhouse_wal_bytes: walBytes,
    longhouse_derive_behind_bytes: behindBytes,
    longhouse_search_bytes: bytes,
    longhouse_search_behind_events: behind,
    longhouse_live_clients: app.feed.listeners,
    process_resident_memory_bytes: process.memoryUsage.rss(),
  };
}
