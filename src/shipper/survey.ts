/** Looks over all files by their stats alone, and says which have something to send. */
import { lstatSync } from "node:fs";
import { dirname, sep } from "node:path";
import { isQueryDue } from "./query-look.ts";
import { entersFolder, type Found, lookAll, type Place, type Skipped, walkSlowly } from "./scan.ts";
import type { Scope } from "./spool-wakes.ts";
import { REFUSALS_MAX, type SourceRow, type Spool } from "./spool.ts";

export type Survey = {
  /** Sources in the scope, and their bytes. */
  readonly sources: number;
  readonly bytes: number;
  /** Those that have something to send, newest first. */
  readonly due: readonly Found[];
};

/** Longest between two moments in which others may run, ms. */
const BREATH_MS = 4;

/** Every file of `places` that is in the scope. */
export async function* filesOf(places: readonly Place[], scope: Scope, skipped: Skipped): AsyncGenerator<Found> {
  let since = performance.now();
  for (const place of places) {
    if (scope.providers && !scope.providers.includes(place.provider)) continue;
    const files = scope.file ? below(place, scope.file, skipped) : walkSlowly(place, skipped);
    for (const found of files) {
      if (performance.now() - since > BREATH_MS) {
        await new Promise(setImmediate);
        since = performance.now();
      }
      if (found && isIn(found, scope)) yield found;
    }
  }
}

/** Compares them with what is remembered. Reads no file. */
export async function survey(spool: Spool, files: AsyncIterable<Found>): Promise<Survey> {
  const due: Found[] = [];
  let [sources, bytes] = [0, 0];
  for await (const found of files) {
    const row = spool.find(found.provider, found.path);
    const isNew = isDue(found, row);
    if (isNew) due.push(found);
    else if (isBlank(found, row)) continue;
    sources++;
    bytes += found.size;
  }
  return { sources, bytes, due: due.sort((a, b) => b.mtime - a.mtime) };
}

/** A conversation that was looked at, and in which nothing was said: it is no source. */
export function isBlank({ unit }: Found, row: SourceRow | null): boolean {
  return unit === "query" && row !== null && row.acked === 0 && row.size === 0 && row.failure === null;
}

/** Whether the file may have something that the server has not. */
export function isDue(found: Found, row: SourceRow | null): boolean {
  if (found.unit === "query") return isQueryDue(found, row);
  if (!row || row.claim !== "") return true;
  const untouched = row.inode === found.inode && row.size === found.size && row.mtime === found.mtime;
  if (!untouched) return true;
  if (row.refusals >= REFUSALS_MAX) return false;
  return row.acked < row.size || (row.size === 0 && row.generation === 0 && row.tail === "");
}

/** Whether the scope asks for the file; a folder's name in it is judged by who walks. */
export function isIn(found: Found, { since, session }: Scope): boolean {
  if (since !== undefined && found.mtime < since) return false;
  if (session === undefined) return true;
  const names = namesOf(session);
  return found.path.split("/").some((part) => names.some((name) => part.includes(name)));
}

/** What a file of the session has in its name: the id, or only its beginning at the end, as some agents do. */
function namesOf(session: string): readonly string[] {
  const short = /^([0-9a-f]{8})-[0-9a-f]{4}-/.exec(session)?.[1];
  return short === undefined ? [session] : [session, `-${short}.`];
}

/** One file, or all below a folder. */
function below(place: Place, path: string, skipped: Skipped): Iterable<Found | null> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory() && `${place.dir}${sep}`.startsWith(`${path}${sep}`)) return walkSlowly(place, skipped);
  if (stat?.isDirectory()) return isEntered(place, path) ? walkSlowly(place, skipped, path) : [];
  return stat ? lookAll(place, path, skipped) : [];
}

/** A folder inside the place that its agent's files may be in. */
function isEntered(place: Place, dir: string): boolean {
  if (!dir.startsWith(place.dir + sep)) return false;
  const above = dirname(dir);
  return entersFolder(place, dir) && (above === place.dir || isEntered(place, above));
}
