/** What the agents' turn machines share. */
import type { Heard, Machine, Outcome, Said } from "../domain/turn.ts";
import { type Json, list, object, word } from "./json.ts";

/** Nothing said, nothing to answer. */
export const SILENT: Heard = { said: [], say: [] };

/** What was said, and what the protocol answers to it. */
export function heard(said: readonly Said[], ...say: readonly unknown[]): Heard {
  return { said, say: say.map((line) => JSON.stringify(line)) };
}

/** A line as the object it should be; null for every other line. */
export function message(line: string): Json | null {
  if (!line.trimStart().startsWith("{")) return null;
  try {
    return object(JSON.parse(line));
  } catch {
    return null;
  }
}

/** The objects of a list; what else stands in it is left out. */
export function objects(value: unknown): Json[] {
  return list(value)
    .map(object)
    .filter((one) => one !== null);
}

type Exit = Parameters<Machine["end"]>[0];
type Listener = {
  /** What a line says. */
  read(line: Json): readonly Said[];
  /** The outcome that was said last is `told`; null = none was. */
  end(told: Outcome | null, exit: Exit): Outcome;
};

/** The machine of an agent that is only listened to: it asks nothing, and is told nothing. */
export function listening({ read, end }: Listener): Machine {
  let told: Outcome | null = null;
  return {
    begin: () => SILENT,
    line(text) {
      const line = message(text);
      const said = line ? read(line) : [];
      for (const one of said) if (one.kind === "outcome") told = one.outcome;
      return said.length > 0 ? heard(said) : SILENT;
    },
    decide: () => [],
    interrupt: () => null,
    end: (exit) => end(told, exit),
  };
}

const TARGET_MAX = 200;
const TARGETS = "command cmd file_path path absolute_path notebook_path pattern query url prompt description".split(
  " ",
);

/** What a tool is used on, in one line of at most 200 characters: its command, path or question; "" when nothing tells. */
export function target(input: Json | null): string {
  const said = TARGETS.map((name) => word(input?.[name])).find((value) => value !== undefined) ?? "";
  return oneLine(said);
}

/** The first line, cut. */
export function oneLine(text: string): string {
  const line = text.trimStart().split("\n", 1)[0]!.trimEnd();
  return line.length > TARGET_MAX ? `${line.slice(0, TARGET_MAX - 1)}…` : line;
}

/** The last line of an error output that says something. */
export function lastWords(errors: string): string {
  return errors.trimEnd().split("\n").at(-1)?.trim() ?? "";
}

/** The number at the end of a limit's message: when it is lifted, ms UTC. */
export function resetIn(text: string): number | undefined {
  const seconds = /\|(\d{10})\b/.exec(text)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

/** Of a turn that came to its end without anybody to ask: `denied` = tools that it was not let use. */
export function doneOutcome(denied: ReadonlySet<string>): Outcome {
  if (denied.size === 0) return { kind: "ok", message: "" };
  return { kind: "denied", message: `It was not let use ${[...denied].join(", ")}.` };
}

/** Of a program that was ended by TERM or INT; null of every other end. */
export function signalled(code: number | null): Outcome | null {
  return code === 143 || code === 130 ? { kind: "interrupted", message: "It was ended by a signal." } : null;
}
