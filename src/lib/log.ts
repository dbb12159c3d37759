/** The server's log: one JSON object a line, so that it can be searched by machine; and the audit log beside it. */
import { LogFile } from "./log-file.ts";

export const LEVELS = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof LEVELS)[number];

/** What a line says beside its message. Values of keys that name a secret are never written. */
export type Fields = Readonly<Record<string, unknown>>;

/** Where things that happened are told. Never throws: a full disk must not stop the server a second time. */
export type Log = {
  write(level: Level, message: string, fields?: Fields): void;
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** Logins, tokens, deletions: kept longer, in a file of its own. `action` is a verb and its object, "token created". */
  audit(action: string, fields?: Fields): void;
  /** The last warnings and errors, oldest first, for the status page; of this process only. */
  recent(): readonly LogLine[];
  close(): void;
};

/** A line as the status page shows it. `at` is ISO 8601. */
export type LogLine = { readonly at: string; readonly level: Level; readonly message: string };

const DAYS_KEPT = 7;
const AUDIT_DAYS_KEPT = 90;
/** A day's lines; a fault that repeats must not fill the disk. Bytes. */
const DAY_MAX = 12 * 1024 * 1024;
const TEXT_MAX = 4000;
const RECENT = 50;
const SECRET = /token|password|secret|authorization|cookie|api_?key/i;

export type LogOptions = {
  /** Base of the file's name; `server` gives server.log. */
  readonly name?: string;
  readonly now?: () => number;
};

/** Opens `NAME.log` (7 days kept) and `audit.log` (90 days) in `dir`, both 0600; makes the folder. */
export function openLog(dir: string, { name = "server", now = Date.now }: LogOptions = {}): Log {
  const main = new LogFile(dir, { name, keepDays: DAYS_KEPT, dayMax: DAY_MAX, now });
  const audit = new LogFile(dir, { name: "audit", keepDays: AUDIT_DAYS_KEPT, dayMax: Infinity, now });
  const recent: LogLine[] = [];
  const write = (level: Level, message: string, fields?: Fields) => {
    const head = { at: new Date(now()).toISOString(), level, message };
    main.append(line(head, fields));
    if (level !== "warn" && level !== "error") return;
    recent.push(head);
    if (recent.length > RECENT) recent.shift();
  };
  return {
    ...levels(write),
    recent: () => recent,
    audit: (action, fields) => audit.append(line({ at: new Date(now()).toISOString(), action }, fields)),
    close: () => (main.close(), audit.close()),
  };
}

/** A log that tells `write` and keeps nothing; for workers, which hand their lines to main, and for tests. */
export function relayLog(write: Log["write"] = () => {}): Log {
  const audit: Log["audit"] = (action, fields) => write("info", action, fields);
  return { ...levels(write), audit, recent: () => [], close: () => {} };
}

function levels(write: Log["write"]): Omit<Log, "audit" | "recent" | "close"> {
  return {
    write,
    debug: (message, fields) => write("debug", message, fields),
    info: (message, fields) => write("info", message, fields),
    warn: (message, fields) => write("warn", message, fields),
    error: (message, fields) => write("error", message, fields),
  };
}

function line(head: Fields, fields: Fields = {}): string {
  try {
    return `${JSON.stringify({ ...fields, ...head }, clean)}\n`;
  } catch (error) {
    return `${JSON.stringify({ ...head, unprintable: String(error) })}\n`;
  }
}

/** JSON.stringify's replacer: secrets out, errors and big values made small. */
function clean(key: string, value: unknown): unknown {
  if (SECRET.test(key) && typeof value === "string") return "[redacted]";
  if (value instanceof Error) return { name: value.name, message: value.message, stack: value.stack };
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "string" && value.length > TEXT_MAX) return `${value.slice(0, TEXT_MAX)}…`;
  return value;
}
