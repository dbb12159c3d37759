/** What follows when the server will not take a piece. */
import type { Log } from "../lib/log.ts";
import type { Outcome } from "./ship.ts";
import { REFUSALS_MAX, type SourceRow, type Spool } from "./spool.ts";
import { PIECE } from "./tail.ts";

type Refusing = { readonly spool: Spool; readonly log: Log; readonly limit: number };
type Refusal = Extract<Outcome, { kind: "refused" }> & { readonly bytes: number };

/** Smaller pieces where those may pass; else the refusal is counted against the source. */
export function refused(
  { spool, log, limit }: Refusing,
  row: SourceRow,
  { code, message, limit: wanted, bytes }: Refusal,
): { readonly kind: "split"; readonly limit: number } | { readonly kind: "refused" } {
  const smaller = wanted === null ? 0 : Math.min(wanted || PIECE, limit, Math.ceil(bytes / 2));
  if (smaller > 0 && smaller < bytes) return { kind: "split", limit: smaller };
  const refusals = Math.min(row.refusals + 1, REFUSALS_MAX);
  log.warn("the server refused a source", { path: row.path, offset: row.acked, code, said: message, refusals });
  spool.put({ ...row, refusals, failure: code, failedAt: Date.now(), said: message || null });
  return { kind: "refused" };
}
