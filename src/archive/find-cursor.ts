/** Where a search goes on. All of it is in the cursor: the server remembers nothing between two pages. */
import { Fault } from "../domain/fault.ts";
import { MODES } from "../store/search/match.ts";
import type { Mode } from "../store/search/match.ts";
import type { Place } from "../store/search/walk.ts";

/** `place` null = from the newest shard. `given` = row numbers of sessions that earlier pages showed. */
export type FindCursor = { readonly mode: Mode; readonly place: Place | null; readonly given: readonly number[] };

/** Sessions remembered; past these one may be shown again. */
const GIVEN_MAX = 500;

/** URL-safe text. */
export function formatFindCursor({ mode, place, given }: FindCursor): string {
  const sorted = given.slice(-GIVEN_MAX).toSorted((a, b) => a - b);
  const steps = sorted.map((row, i) => (row - (sorted[i - 1] ?? 0)).toString(36));
  const where = place ? [place.at, place.id * 2, place.row ?? -1, place.part].map((n) => n.toString(36)).join("_") : "";
  return `${MODES.indexOf(mode)}~${where}~${steps.join(".")}`;
}

/** Throws Fault `invalid` for a text that is no cursor. */
export function parseFindCursor(text: string): FindCursor {
  const found =
    /^([0-4])~(?:(-?[0-9a-z]{1,11})_([0-9a-z]{1,8})_(-?[0-9a-z]{1,8})_([0-9a-z]{1,2}))?~([0-9a-z.]{0,4000})$/.exec(
      text,
    );
  if (!found)
    throw new Fault("invalid", "The cursor is not one of this search.", "Begin again without it.", {
      fields: { cursor: "unknown" },
    });
  const [, mode, at, id, row, part, steps] = found;
  const place = at
    ? { at: parseInt(at, 36), id: parseInt(id!, 36) / 2, row: parseInt(row!, 36), part: parseInt(part!, 36) }
    : null;
  let last = 0;
  const given = (steps ? steps.split(".") : []).map((step) => (last += parseInt(step || "0", 36)));
  return { mode: MODES[Number(mode)]!, place: place && { ...place, row: place.row < 0 ? null : place.row }, given };
}
