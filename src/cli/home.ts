/** LONGHOUSE_HOME as `serve` makes and keeps it. */
import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config.ts";
import { Fault } from "../domain/fault.ts";
import { codeOf, readTrimmed, writeOnce } from "../lib/files.ts";
import { type Lock, takeLock } from "../shipper/spool-lock.ts";

/** Makes the home (0700) when it is missing. Throws Fault when it cannot be made or written. */
export function ensureHome(home: string): void {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    if (!statSync(home).isDirectory()) throw new Fault("internal", `${home} is not a folder.`, ELSEWHERE);
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw homeFault(home, error);
  }
}

const ELSEWHERE = "Make it a folder of yours, or set LONGHOUSE_HOME to another.";

/** Takes the home for this server. Throws Fault that names the process which has it. */
export function lockHome(config: Config): Lock {
  const locking = lockOf(config.home);
  if (locking.kind === "held") return locking.lock;
  const { pid, note } = locking.holder ?? { pid: null, note: "" };
  const who = pid === null ? "Another longhouse" : `Another longhouse (pid ${pid}${note && `, ${note}`})`;
  throw new Fault(
    "internal",
    `${who} already serves ${config.home}.`,
    pid === null ? "Wait for it, or stop it." : `Use it: longhouse open. Or stop it: kill ${pid}`,
  );
}

function lockOf(home: string) {
  try {
    return takeLock(lockBase(home), "serve");
  } catch (error) {
    throw homeFault(home, error);
  }
}

/** Of the lock that `serve` holds. */
export const lockBase = (home: string): string => join(home, "serve");

/** What this machine's device is called: named once, so that a new host name makes no new device. */
export function deviceOf(config: Config): string {
  return readTrimmed(join(config.home, "device")) ?? config.machine;
}

/** As `deviceOf`, and keeps the name. */
export function keepDevice(config: Config): string {
  writeOnce(join(config.home, "device"), `${config.machine}\n`);
  return deviceOf(config);
}

/** An error of the disk or the database as what happened and what to do; any other as it is. */
export function explained(error: unknown, { home, database }: Config): unknown {
  const text = error instanceof Error ? `${codeOf(error)} ${error.message}` : String(error);
  if (error instanceof Fault && error.hint) return error;
  if (/ENOSPC|EDQUOT|SQLITE_FULL|disk is full/.test(text))
    return new Fault("disk_full", `No room is left for ${home}.`, "Free some space and start again; nothing is lost.");
  if (/SQLITE_CORRUPT|SQLITE_NOTADB|malformed|not a database/.test(text))
    return new Fault("internal", `${database} is damaged (${text.trim()}).`, "Keep it aside, and restore a backup.");
  if (/SQLITE_IOERR|disk I\/O error|EIO/.test(text))
    return new Fault("internal", `The disk under ${home} fails (${text.trim()}).`, "Look at the system's log.");
  return error;
}

function homeFault(home: string, error: unknown): Fault {
  if (error instanceof Fault) return error;
  const code = codeOf(error);
  if (/^(ENOSPC|EDQUOT|SQLITE_FULL)/.test(code))
    return new Fault("disk_full", `No room is left for ${home}.`, "Free some space and start again; nothing is lost.");
  if (/^SQLITE_(CANTOPEN|PERM|READONLY)/.test(code))
    return new Fault("internal", `${home} holds files of another user.`, ELSEWHERE);
  if (code === "ENOTDIR" || code === "EEXIST") return new Fault("internal", `${home} is not a folder.`, ELSEWHERE);
  const reason = code === "EACCES" || code === "EROFS" || code === "EPERM" ? "is not writable" : "cannot be used";
  return new Fault("internal", `${home} ${reason} (${code || String(error)}).`, ELSEWHERE);
}
