/** How high a row will be before it was ever drawn, px. Close is enough: rows are measured when they are drawn. Pure. */
import type { Row } from "./rows.ts";

const LINE = 28;

/** `columns`: characters of prose in a line. */
export function estimateRow(row: Row, columns: number): number {
  switch (row.kind) {
    case "prompt":
      return 70 + 22 * lines(row.event.content_text, columns) + 160 * row.event.images.length;
    case "reply":
      return 28 + 21 * lines(row.event.content_text, columns);
    case "compaction":
      return 60;
    case "group":
      return LINE + 4;
    case "thinking":
    case "noise":
    case "unknown":
    case "step":
      return LINE;
    default:
      return row satisfies never;
  }
}

/** Only the beginning is counted; the rest is taken to be like it. */
const COUNTED = 4000;

function lines(text: string | null, columns: number): number {
  if (text === null || text === "") return 1;
  let count = 0;
  let from = 0;
  const end = Math.min(text.length, COUNTED);
  while (from <= end) {
    const at = text.indexOf("\n", from);
    const to = at === -1 || at > end ? end : at;
    count += Math.max(1, Math.ceil((to - from) / columns));
    from = to + 1;
  }
  return Math.ceil((count * text.length) / end);
}
