/** Examinations of this machine: permissions, file events, disk, SQLite. */
import { existsSync, readdirSync, readFileSync, type Stats, statfsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Config } from "../config.ts";
import { bytesText } from "../lib/units.ts";
import { PROVIDERS } from "../providers/all.ts";
import { type Place, places } from "../shipper/scan.ts";
import { sqliteVersion } from "../shipper/spool-check.ts";
import { deviceTokenFile, homeTokenFile, homeUrlFile } from "../shipper/token.ts";
import { type Finding, noted, ok, problem } from "./findings.ts";
import { MORE_WATCHES } from "./polling.ts";

/** Whether what is private is: the home and what lets programs in. */
export function checkHome(config: Config): readonly Finding[] {
  const { home, shipperDir, database } = config;
  const files = [homeTokenFile(home), join(home, "key"), database, deviceTokenFile(shipperDir)];
  // People write it with their usual permissions: behind a private folder nobody else comes to it.
  const written = privacy(home, "700") ? [join(home, "config.toml")] : [];
  const looks = [privacy(home, "700"), ...[...files, ...written].map((file) => privacy(file, "600"))];
  const found = looks.flatMap((one) => one ?? []);
  const isWhole = !existsSync(homeTokenFile(home)) || existsSync(homeUrlFile(home));
  if (!isWhole) found.push(noted(`${home} has a token, but no server has run there yet`, "longhouse serve"));
  if (found.length > 0) return found;
  return [
    ok(
      existsSync(home)
        ? `${home} and the tokens are for nobody else's eyes`
        : `${home} is not there: no server runs on this machine`,
    ),
  ];
}

/** null = private, or not there. */
function privacy(path: string, mode: "600" | "700"): Finding | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return null;
  if (isForeign(stat)) return problem(`${path} belongs to another user`, `sudo chown -R "$(id -un)" ${path}`);
  return (stat.mode & 0o077) === 0 ? null : problem(`Others on this machine may read ${path}`, `chmod ${mode} ${path}`);
}

function isForeign({ uid }: Stats): boolean {
  const me = process.getuid?.();
  return me !== undefined && me !== uid;
}

const MAX_WATCHES = "/proc/sys/fs/inotify/max_user_watches";
const COUNT_MAX = 500_000;

/** Whether Linux lets us watch as many folders as the agents have. Others' programs take watches too: a quarter is left to them. */
export function checkWatches(config: Config): readonly Finding[] {
  if (!existsSync(MAX_WATCHES)) return [];
  const max = Number(readFileSync(MAX_WATCHES, "utf8"));
  const folders = places(PROVIDERS, config.env).reduce((sum, place) => sum + foldersIn(place, ""), 0);
  if (folders <= max * 0.75) return [ok(`File events: ${folders} folders to watch, ${max} may be`)];
  return [
    problem(`File events: ${folders} folders to watch, but this system allows ${max} for all programs`, MORE_WATCHES),
  ];
}

function foldersIn(place: Place, relative: string): number {
  if (place.flat) return 1;
  let count = 1;
  for (const entry of entriesOf(join(place.dir, relative))) {
    const path = relative === "" ? entry.name : `${relative}/${entry.name}`;
    if (count > COUNT_MAX) break;
    if (entry.isDirectory() && (place.enters?.(path) ?? true)) count += foldersIn(place, path);
  }
  return count;
}

function entriesOf(dir: string) {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch {
    // Gone meanwhile, or not ours to read: the shipper says so in its log.
    return [];
  }
}

/** Less than this and nothing can be archived for long; bytes. */
const FREE_MIN = 1e9;
const FULL_SHARE = 0.9;

/** Room where the archive and the spool are. */
export function checkDisk(config: Config): readonly Finding[] {
  const dirs = [config.home, config.shipperDir].map(existing);
  const disks = new Map(dirs.map((dir) => [statSync(dir).dev, dir]));
  return [...disks.values()].map((dir) => {
    const { bavail, blocks, bsize } = statfsSync(dir);
    const [free, total] = [bavail * bsize, blocks * bsize];
    const text = `${bytesText(free)} of ${bytesText(total)} are free under ${dir}`;
    if (free < FREE_MIN)
      return problem(`Only ${text}`, `Free some room there; to see what takes it: du -xh -d2 ${dir} | sort -h | tail`);
    return free < total * (1 - FULL_SHARE) ? noted(`Only ${text}`) : ok(text);
  });
}

/** The folder, or the nearest one above it that is there. */
function existing(dir: string): string {
  return existsSync(dir) ? dir : existing(dirname(dir));
}

/** Before it, indexes cannot forget what was deleted (contentless-delete tables of FTS5). */
const SQLITE_MIN = "3.43.0";

/** The SQLite that this executable uses. */
export function checkSqlite(): readonly Finding[] {
  const version = sqliteVersion();
  if (Bun.semver.order(version, SQLITE_MIN) >= 0) return [ok(`SQLite ${version}`)];
  return [
    problem(
      `SQLite ${version} is too old: ${SQLITE_MIN} is the least`,
      "Take Longhouse's own executable, which brings its SQLite.",
    ),
  ];
}
