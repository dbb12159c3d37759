/** `longhouse logs`: what the server and the shipper of this machine have logged, and what they log now. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { defineCommand } from "citty";
import { type Config, loadConfig } from "../config.ts";
import { plain } from "../lib/ansi.ts";
import { type Level, LEVELS } from "../lib/log.ts";
import { lastLines, LogTail } from "../lib/log-tail.ts";
import { sleep } from "../lib/retry.ts";
import { EXIT, usageFault } from "./exit.ts";
import { note, paint, print } from "./terminal.ts";

export const logs = defineCommand({
  meta: { name: "logs", description: "Show what the server and the shipper have logged" },
  args: {
    follow: { type: "boolean", alias: "f", description: "Go on with what is logged from now on" },
    lines: { type: "string", alias: "n", valueHint: "COUNT", description: "How many of the last lines (50)" },
    level: { type: "string", valueHint: "LEVEL", description: `This and what is graver: ${LEVELS.join(", ")} (info)` },
    server: { type: "boolean", description: "The server's log only" },
    shipper: { type: "boolean", description: "The shipper's log only" },
    json: { type: "boolean", description: "The lines as they stand in the files, one JSON object each" },
  },
  async run({ args }) {
    const level = levelOf(args.level ?? "info");
    const files = filesOf(loadConfig(), args);
    const shown = ({ line }: Told) => levelIn(parsed(line)) >= level;
    const tell = args.json ? ({ line }: Told) => print(line) : tellLine;
    const tails = files.map((file) => ({ ...file, tail: new LogTail(file.path) }));
    const last = files.flatMap(({ name, path }) =>
      lastLines(path, countOf(args.lines ?? "50"), (line) => shown({ name, line })).map((line) => ({ name, line })),
    );
    inOrder(last)
      .slice(-countOf(args.lines ?? "50"))
      .forEach(tell);
    if (!args.follow && !files.some(({ path }) => existsSync(path))) {
      note(`Nothing is logged yet: ${files.map(({ path }) => path).join(", ")} would be the place.`);
      return EXIT.failed;
    }
    if (args.follow) await follow(tails, (told) => shown(told) && tell(told));
    return EXIT.ok;
  },
});

type Name = "server" | "shipper";
type Told = { readonly name: Name; readonly line: string };
type File = { readonly name: Name; readonly path: string };

function filesOf({ home, shipperDir }: Config, { server, shipper }: { server?: boolean; shipper?: boolean }): File[] {
  const both = !server && !shipper;
  return [
    ...(server || both ? [{ name: "server" as const, path: join(home, "logs", "server.log") }] : []),
    ...(shipper || both ? [{ name: "shipper" as const, path: join(shipperDir, "shipper.log") }] : []),
  ];
}

function levelOf(text: string): number {
  const level = LEVELS.indexOf(text as Level);
  if (level >= 0) return level;
  throw usageFault(`--level: ${JSON.stringify(text)} is not accepted.`, `Accepted: ${LEVELS.join(", ")}.`);
}

function countOf(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw usageFault(`--lines: ${JSON.stringify(text)} is not accepted.`, "Accepted: a whole number.");
}

const LOOK_MS = 200;

/** Until Ctrl-C. */
async function follow(tails: readonly (File & { readonly tail: LogTail })[], tell: (told: Told) => void) {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  while (!stop.signal.aborted) {
    inOrder(tails.flatMap(({ name, tail }) => tail.next().map((line) => ({ name, line })))).forEach(tell);
    await sleep(LOOK_MS, stop.signal);
  }
  for (const { tail } of tails) tail.close();
}

/** By time; lines without one stay where they are. */
function inOrder(told: readonly Told[]): readonly Told[] {
  const dated = told.map((one) => ({ one, at: String(parsed(one.line)?.["at"] ?? "") }));
  return dated.sort((a, b) => (a.at && b.at ? a.at.localeCompare(b.at) : 0)).map(({ one }) => one);
}

type Fields = Readonly<Record<string, unknown>>;

/** The object of a line; null for a torn one. */
function parsed(line: string): Fields | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Fields) : null;
  } catch {
    return null;
  }
}

/** What cannot be read is shown at any level. */
function levelIn(fields: Fields | null): number {
  const level = LEVELS.indexOf(fields?.["level"] as Level);
  return level < 0 ? LEVELS.length : level;
}

function tellLine({ name, line }: Told) {
  const { dim, yellow, red } = paint();
  const fields = parsed(line);
  if (!fields) return print(`${name.padEnd(7)}  ${plain(line)}`);
  const { at, level, message, ...rest } = fields;
  const colour = level === "error" ? red : level === "warn" ? yellow : dim;
  const more = Object.entries(rest).map(([key, value]) => dim(`${plain(key)}=${plain(wordOf(value))}`));
  const words = [dim(timeOf(at)), colour(String(level).padEnd(5)), name.padEnd(7), plain(String(message)), ...more];
  print(words.join("  "));
}

const WORD_MAX = 300;

/** Of an error its message: where in the code it happened stands in the file. */
function wordOf(value: unknown): string {
  const { message } = Object(value) as { readonly message?: unknown };
  if (typeof message === "string") return message.slice(0, WORD_MAX);
  return (typeof value === "string" ? value : (JSON.stringify(value) ?? "")).slice(0, WORD_MAX);
}

/** In this machine's time zone: 2026-11-21 21:10:45. */
function timeOf(at: unknown): string {
  const date = new Date(String(at));
  return Number.isNaN(date.getTime()) ? plain(String(at)) : date.toLocaleString("sv-SE");
}
