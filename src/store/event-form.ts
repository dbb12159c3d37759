/** Events as the API gives them (API.md section 4), and how much of them a page shows. */
import { FLAG, KINDS, ROLE_OF, SHOWN_FLAGS } from "../domain/event.ts";
import type { Event } from "../domain/event.ts";
import { TEXT_MAX } from "../domain/limits.ts";
import type { Part } from "../domain/provider.ts";
import { eventId } from "../lib/id.ts";
import { iso } from "./session-rows.ts";

/** What an event's row says. hi, lo: halves of its id. tool, model: names. at: ms. */
export type EventFacts = {
  readonly hi: number;
  readonly lo: number;
  readonly kind: number;
  readonly flags: number;
  readonly at: number | null;
  readonly tool: string | null;
  readonly model: string | null;
};

/** Characters of a text in `fields=preview`. */
const PREVIEW_MAX = 280;
/** Values of one input that a page shows; an input of more is cut. */
const NODES_MAX = 2000;
/** JSON.stringify overflows the stack between 20,000 and 50,000. */
const DEPTH_MAX = 200;

/** Whole, as a page shows it, or as a preview. */
export type Extent = "whole" | "page" | "preview";

/** The event of a row and its part; `part` null gives what the row alone knows. */
export function toEvent(row: EventFacts, part: Part | null, extent: Extent): Event {
  const kind = KINDS[row.kind] ?? "unknown";
  const cut = extent === "whole" ? keepAll() : cutter(extent === "page" ? TEXT_MAX : PREVIEW_MAX);
  const event = {
    id: eventId(row),
    role: ROLE_OF[kind],
    kind,
    at: iso(row.at),
    content_text: cut.text(part?.text),
    tool_name: row.tool ?? part?.tool ?? null,
    tool_call_id: part?.call ?? null,
    tool_input_json: cut.json(part?.input),
    tool_output_text: cut.text(part?.output),
    tool_kind: part?.form?.kind ?? null,
    is_error: (row.flags & FLAG.error) !== 0,
    exit_code: part?.form?.exitCode ?? null,
    duration_ms: part?.form?.durationMs ?? null,
    paths: part?.form?.paths ?? [],
    patch: extent === "preview" ? null : cut.text(part?.form?.patch),
    model: row.model ?? part?.model ?? null,
    tokens: part?.tokens ?? null,
    images: imagesOf(part),
    flags: SHOWN_FLAGS.filter((flag) => (row.flags & FLAG[flag]) !== 0),
  };
  return { ...event, truncated: cut.done() };
}

function imagesOf(part: Part | null): Event["images"] {
  const images = part?.images ?? [];
  return images.map(({ mediaType, data }, n) => ({ part: n, media_type: mediaType, bytes: decodedLength(data) }));
}

/** Bytes that a base64 text decodes to. */
function decodedLength(data: string): number {
  const padding = data.endsWith("==") ? 2 : data.endsWith("=") ? 1 : 0;
  return Math.max(0, Math.floor((data.length * 3) / 4) - padding);
}

type Cutter = { text(text: string | undefined): string | null; json(value: unknown): unknown; done(): boolean };

/** What may still be taken of one input. */
type Left = { characters: number; nodes: number };

/** Nothing is cut but what no JSON writer survives. */
function keepAll(): Cutter {
  return {
    text: (text) => text ?? null,
    json: (value) => take(value ?? null, { characters: Infinity, nodes: Infinity }, 0).value,
    done: () => false,
  };
}

/** Cuts each text to `max` characters, and one input's keys and texts to `max` in all. */
function cutter(max: number): Cutter {
  let cut = false;
  return {
    text(text) {
      if (text === undefined) return null;
      if (text.length > max) cut = true;
      return head(text, max);
    },
    json(value) {
      const taken = take(value ?? null, { characters: max, nodes: NODES_MAX }, 0);
      cut ||= taken.cut;
      return taken.value;
    },
    done: () => cut,
  };
}

/** As much of a JSON value as `left` allows, which it uses up; values nested deeper than DEPTH_MAX become null. */
function take(value: unknown, left: Left, depth: number): { value: unknown; cut: boolean } {
  left.nodes--;
  if (typeof value === "string") {
    const kept = head(value, left.characters);
    left.characters -= kept.length;
    return { value: kept, cut: kept.length < value.length };
  }
  if (typeof value !== "object" || value === null) return { value, cut: false };
  if (depth === DEPTH_MAX) return { value: null, cut: true };
  let cut = false;
  const entries: [string, unknown][] = [];
  for (const [key, inner] of Object.entries(value)) {
    if (left.nodes <= 0 || key.length > left.characters) {
      cut = true;
      break;
    }
    if (!Array.isArray(value)) left.characters -= key.length;
    const taken = take(inner, left, depth + 1);
    cut ||= taken.cut;
    entries.push([key, taken.value]);
  }
  return { value: Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries), cut };
}

/** The first `length` UTF-16 units, less one when that would split a pair. */
function head(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
