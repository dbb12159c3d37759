/** What a command writes: results to stdout, everything else to stderr, colours only where they are wanted. */
import { wantsColours } from "../config.ts";
import { createPaint, type Paint } from "../lib/ansi.ts";
import { createProgress, type Progress } from "../lib/progress.ts";

/** A line of the result. */
export function print(line = ""): void {
  process.stdout.write(`${line}\n`);
}

/** The one object of `--json`. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** A line beside the result. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Colours for stdout. */
export function paint(): Paint {
  return createPaint(process.stdout.isTTY && wantsColours());
}

/** Colours for stderr. */
export function paintNotes(): Paint {
  return createPaint(process.stderr.isTTY && wantsColours());
}

/** Columns of the terminal; 100 where there is none. */
export function columns(): number {
  return process.stdout.columns || 100;
}

/** A bar on stderr, or lines where that is no terminal. */
export function progressBar(): Progress {
  return createProgress({
    write: (text) => void process.stderr.write(text),
    terminal: process.stderr.isTTY === true,
    columns: process.stderr.columns || 80,
    now: Date.now,
  });
}
