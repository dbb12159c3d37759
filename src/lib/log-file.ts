/** A file of lines that starts anew each day (UTC) and forgets old days. */
import { appendFileSync, closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync } from "node:fs";
import { renameSync, statSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";

export type LogFileOptions = {
  readonly name: string;
  readonly keepDays: number;
  /** Lines past this many bytes a day are dropped; the last line says so. */
  readonly dayMax: number;
  now(): number;
};

const DAY_MS = 86_400_000;

/** `NAME.log` today; `NAME-2026-11-20.log` are the days before. Never throws: what cannot be written is lost. */
export class LogFile {
  #fd = -1;
  #day = -1;
  #bytes = 0;

  constructor(
    readonly dir: string,
    readonly options: LogFileOptions,
  ) {}

  append(text: string): void {
    try {
      const day = Math.floor(this.options.now() / DAY_MS);
      if (day !== this.#day) this.#begin(day);
      if (this.#bytes > this.options.dayMax) return;
      this.#bytes += Buffer.byteLength(text);
      writeSync(this.#fd, this.#bytes > this.options.dayMax ? FULL : text);
    } catch {
      // Disk full, folder gone: there is no place left to say it.
    }
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = this.#day = -1;
  }

  get path(): string {
    return join(this.dir, `${this.options.name}.log`);
  }

  #begin(day: number) {
    this.close();
    mkdirSync(this.dir, { recursive: true, mode: 0o700 });
    this.#putAside(day);
    this.#forget(day);
    this.#fd = openSync(this.path, "a", 0o600);
    this.#bytes = statSync(this.path).size;
    this.#day = day;
  }

  /** Renames the file when its last line is of another day. */
  #putAside(day: number) {
    if (!existsSync(this.path)) return;
    const written = Math.floor(statSync(this.path).mtimeMs / DAY_MS);
    if (written >= day) return;
    const aside = join(this.dir, `${this.options.name}-${isoDay(written)}.log`);
    if (!existsSync(aside)) return renameSync(this.path, aside);
    // The clock went back and forth over midnight: nothing may be overwritten.
    appendFileSync(aside, readFileSync(this.path));
    unlinkSync(this.path);
  }

  #forget(day: number) {
    const oldest = isoDay(day - this.options.keepDays);
    const prefix = `${this.options.name}-`;
    for (const name of readdirSync(this.dir)) {
      const date = name.startsWith(prefix) && /^\d{4}-\d\d-\d\d(?=\.log$)/.exec(name.slice(prefix.length))?.[0];
      if (date && date < oldest) unlinkSync(join(this.dir, name));
    }
  }
}

const FULL = `${JSON.stringify({ level: "warn", message: "The log is full for today; lines are dropped until midnight UTC." })}\n`;

function isoDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
