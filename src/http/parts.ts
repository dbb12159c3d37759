/** A part's bytes (an image). Mounted on /api/agents/sessions/:id/events/:event/parts. */
import { Hono } from "hono";
import type { App } from "../app.ts";
import { Fault } from "../domain/fault.ts";
import { need } from "./access.ts";
import type { Authed } from "./access.ts";
import { eventOf } from "./events.ts";
import { SANDBOX_CSP } from "./headers.ts";

/** Formats that no browser runs anything of. An SVG is a document with scripts. */
export const RASTER: ReadonlySet<string> = new Set([
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/avif",
]);

/** What is not shown is a file: text, whatever it says it is, but for a PDF, which its reader must be able to open. */
const TEXT = { type: "text/plain; charset=utf-8", ending: "txt" } as const;
const PDF = { type: "application/octet-stream", ending: "pdf" } as const;

/** The route. */
export function parts(app: App) {
  return new Hono<Authed>().get("/:n", need("read"), (c) => {
    const n = c.req.param("n");
    const image = /^\d{1,4}$/.test(n) ? eventOf(app, c).part?.images?.[Number(n)] : undefined;
    if (!image) throw new Fault("not_found", "The event has no such part.");
    const type = image.mediaType.trim().toLowerCase();
    const shown = RASTER.has(type);
    const form = type === "application/pdf" ? PDF : TEXT;
    return new Response(new Uint8Array(Buffer.from(image.data, "base64")), {
      headers: {
        "Content-Type": shown ? type : form.type,
        "Content-Disposition": shown ? "inline" : `attachment; filename="part-${n}.${form.ending}"`,
        "Content-Security-Policy": SANDBOX_CSP,
        "X-Content-Type-Options": "nosniff",
        // An event's content decides its id; but what was deleted must not be shown for long.
        "Cache-Control": "private, max-age=600",
      },
    });
  });
}
