/**
 * Codex' trigger: `notify`, the one program that it runs after a turn, with a JSON text as its last argument. One that is
 * there already is chained: ours come before its words in the same list, end with `--`, and run it with all that follows.
 */
import { isDeepStrictEqual } from "node:util";
import { Fault } from "../../domain/fault.ts";
import type { Registration, Registrations } from "../../domain/registration.ts";
import { elementsOf, tomlString, topKeys } from "../../lib/toml-edit.ts";
import { readToml } from "../../lib/toml.ts";
import { toolsEntry } from "./mcp.ts";

const RUNS = ["ship", "--session", "--hook"];
const CHAIN = "--";

/** CODEX_HOME takes the place of ~/.codex. */
export const registrations: Registrations = (env) => {
  const dir = env.CODEX_HOME || (env.HOME && `${env.HOME}/.codex`);
  const file = dir && `${dir.replace(/\/+$/, "")}/config.toml`;
  return file ? [notify(file), toolsEntry(file)] : [];
};

function notify(file: string): Registration {
  return {
    kind: "hooks",
    file,
    state(text, { self }) {
      const words = wordsOf(valuesOf(text ?? ""));
      if (!words || !isOurs(words)) return "none";
      return words[0] === self ? "ours" : "stale";
    },
    install(text, { self }) {
      const before = text ?? "";
      const words = wordsOf(valuesOf(before));
      if (words && isOurs(words)) return proven(before, renamed(before, self), [self, ...words.slice(1)]);
      const wanted = [self, ...RUNS];
      if (words) return proven(before, chained(before, wanted), [...wanted, CHAIN, ...words]);
      return proven(before, added(before, `notify = [${wanted.map(tomlString).join(", ")}]`), wanted);
    },
    remove(text) {
      const words = wordsOf(valuesOf(text));
      if (!words || !isOurs(words)) return text;
      const isChained = words[RUNS.length + 1] === CHAIN;
      const rest = isChained ? unchained(text) : taken(text);
      const proof = proven(text, rest, isChained ? words.slice(RUNS.length + 2) : undefined);
      return proof.replace(/^\uFEFF/, "").trim() === "" ? null : proof;
    },
  };
}

/** Of the settings' words the first is the executable, the next are ours. */
function isOurs(words: readonly string[]): boolean {
  return RUNS.every((word, index) => words[index + 1] === word) && [undefined, CHAIN].includes(words[RUNS.length + 1]);
}

function valuesOf(text: string): Readonly<Record<string, unknown>> {
  const toml = readToml(text.replace(/^\uFEFF/, ""));
  if (toml.kind === "values") return toml.values;
  throw new Fault("invalid", `Line ${toml.line} cannot be read (${toml.reason}).`, "Mend it, and try again.");
}

/** null = the user has none. */
function wordsOf({ notify: words }: Readonly<Record<string, unknown>>): readonly string[] | null {
  if (words === undefined) return null;
  if (Array.isArray(words) && words.every((word) => typeof word === "string")) return words;
  throw new Fault("invalid", "notify is no list of words.", "Mend it, and try again.");
}

/** The new text, if it says the same as the old one but for `notify`. What is not sure is not written. */
function proven(before: string, after: string, words: readonly string[] | undefined): string {
  const { notify: _, ...rest } = valuesOf(before);
  const { notify: got, ...now } = valuesOf(after);
  if (isDeepStrictEqual(rest, now) && isDeepStrictEqual(got, words)) return after;
  throw new Fault("invalid", "notify could not be changed without changing something else.", "Set it by hand.");
}

/** A line of its own behind the last key above all tables; in front of everything when there is none. */
function added(text: string, line: string): string {
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const last = topKeys(text).at(-1);
  const bom = text.startsWith("\uFEFF") ? 1 : 0;
  if (!last) return text.slice(0, bom) + line + eol + text.slice(bom);
  const end = text.indexOf("\n", last.end);
  return end < 0 ? text + eol + line : text.slice(0, end + 1) + line + eol + text.slice(end + 1);
}

function taken(text: string): string {
  const { start, end } = place(text);
  const from = start === 0 && text.startsWith("\uFEFF") ? 1 : start;
  const next = text.indexOf("\n", end);
  if (next >= 0) return text.slice(0, from) + text.slice(next + 1);
  return text.slice(0, from).replace(/\r?\n$/, "");
}

function chained(text: string, words: readonly string[]): string {
  const { value } = place(text);
  const first = elementsOf(text, value)[0];
  const list = [...words, CHAIN].map(tomlString).join(", ");
  const at = first?.start ?? value + 1;
  return `${text.slice(0, at)}${list}${first ? ", " : ""}${text.slice(at)}`;
}

function unchained(text: string): string {
  const elements = elementsOf(text, place(text).value);
  const last = elements[RUNS.length + 1]!;
  const next = elements[RUNS.length + 2]?.start ?? last.end;
  return text.slice(0, elements[0]!.start) + text.slice(next);
}

function renamed(text: string, self: string): string {
  const { start, end } = elementsOf(text, place(text).value)[0]!;
  return text.slice(0, start) + tomlString(self) + text.slice(end);
}

function place(text: string) {
  const found = topKeys(text).find(({ key }) => key === "notify");
  if (found) return found;
  throw new Fault("invalid", "The place of notify could not be found.", "Set it by hand.");
}
