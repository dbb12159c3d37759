/** Examination of search.db, where it stands on this machine. */
import { join } from "node:path";
import type { Config } from "../config.ts";
import { checkIndex } from "../store/search/check.ts";
import { type Finding, noted, ok, problem } from "./findings.ts";

const MEND = "longhouse reindex --search";

/** Reads it from end to end; the server goes on meanwhile. Nothing on a machine without an archive. */
export function checkSearch(config: Config): readonly Finding[] {
  const path = join(config.home, "search.db");
  const found = checkIndex(path);
  if (!found) return [ok(`${path} is not there: the server makes it of the archive when it starts`)];
  const { events, stale, troubles } = found;
  if (troubles.length > 0) return troubles.map((trouble) => problem(`The search index is damaged: ${trouble}`, MEND));
  if (stale > 0) return [noted(`The search index is being built anew: ${stale} parts are left; it answers meanwhile`)];
  return [ok(`The search index is whole (${events} events)`)];
}
