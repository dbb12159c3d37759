/** The tools' entry in Codex' settings: a table `[mcp_servers.longhouse]` of its own, behind everything else. */
import { isDeepStrictEqual } from "node:util";
import { Fault } from "../../domain/fault.ts";
import type { Registration } from "../../domain/registration.ts";
import { tableHeads, tomlString, topKeys } from "../../lib/toml-edit.ts";
import { readToml } from "../../lib/toml.ts";
import { type Json, object } from "../json.ts";
import { isOurs, taken, TOOLS_ARGS, TOOLS_NAME } from "../mcp-settings.ts";

const TABLE = ["mcp_servers", TOOLS_NAME] as const;

/** The entry in a `config.toml`. */
export function toolsEntry(file: string): Registration {
  return {
    kind: "mcp",
    file,
    state(text, { self }) {
      const entry = entryIn(valuesOf(text ?? ""));
      if (!isOurs(entry)) return "none";
      return object(entry)?.command === self ? "ours" : "stale";
    },
    install(text, { self }) {
      const before = text ?? "";
      const entry = entryIn(valuesOf(before));
      if (isOurs(entry)) return proven(before, renamed(before, self), { ...object(entry), command: self });
      if (entry !== undefined) throw taken();
      return proven(before, added(before, self), { command: self, args: [...TOOLS_ARGS] });
    },
    remove(text) {
      if (!isOurs(entryIn(valuesOf(text)))) return text;
      const rest = proven(text, cut(text), undefined);
      return rest.replace(/^\uFEFF/, "").trim() === "" ? null : rest;
    },
  };
}

function valuesOf(text: string): Json {
  const toml = readToml(text.replace(/^\uFEFF/, ""));
  if (toml.kind === "values") return toml.values;
  throw new Fault("invalid", `Line ${toml.line} cannot be read (${toml.reason}).`, "Mend it, and try again.");
}

const entryIn = (values: Json): unknown => object(values.mcp_servers)?.[TOOLS_NAME];

/** The new text, if it says the same as the old one but for our entry. What is not sure is not written. */
function proven(before: string, after: string, entry: Json | undefined): string {
  const now = valuesOf(after);
  if (isDeepStrictEqual(without(valuesOf(before)), without(now)) && isDeepStrictEqual(plain(entryIn(now)), entry))
    return after;
  throw new Fault("invalid", "The tools could not be set without changing something else.", "Set them by hand.");
}

/** A parsed table has another prototype than what is written here. */
const plain = (value: unknown): unknown => (object(value) ? { ...object(value) } : value);

function without({ mcp_servers, ...rest }: Json): Json {
  const { [TOOLS_NAME]: _, ...others } = object(mcp_servers) ?? {};
  return Object.keys(others).length > 0 ? { ...rest, mcp_servers: others } : rest;
}

/** A last line without its end stays without: whoever takes the table out again must know. */
function added(text: string, self: string): string {
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const args = `[${TOOLS_ARGS.map(tomlString).join(", ")}]`;
  const table = [`[${TABLE.join(".")}]`, `command = ${tomlString(self)}`, `args = ${args}`].join(eol);
  if (text === "" || text === "\uFEFF") return text + table + eol;
  return text.endsWith("\n") ? text + eol + table + eol : text + eol + eol + table;
}

/** Our table and those below it: what the person allowed for single tools is in there. */
function cut(text: string): string {
  let rest = text;
  for (let span = spanOf(rest); span; span = spanOf(rest)) rest = rest.slice(0, span.start) + rest.slice(span.end);
  return rest;
}

/** The last of our tables, with the blank line before it, until its last value's line has ended. */
function spanOf(text: string): { readonly start: number; readonly end: number } | null {
  const heads = tableHeads(text);
  const at = heads.findLastIndex(({ path }) => TABLE.every((part, n) => path[n] === part));
  const head = heads[at];
  if (!head) return null;
  const values = topKeys(text.slice(head.body, heads[at + 1]?.start));
  const lastEnd = head.body + (values.at(-1)?.end ?? -1);
  const newline = values.length > 0 ? text.indexOf("\n", lastEnd) : head.body - 1;
  const start = head.start - (/(?<=^|\n)\r?\n$/.exec(text.slice(0, head.start))?.[0].length ?? 0);
  if (newline >= 0 && newline < text.length) return { start, end: newline + 1 };
  return { start: start - (/\r?\n$/.exec(text.slice(0, start))?.[0].length ?? 0), end: text.length };
}

function renamed(text: string, self: string): string {
  const head = tableHeads(text).find(({ path }) => isDeepStrictEqual(path, TABLE));
  const key = head && topKeys(text.slice(head.body)).find((each) => each.key === "command");
  if (!key) throw new Fault("invalid", "The place of the tools' command could not be found.", "Set it by hand.");
  return text.slice(0, head.body + key.value) + tomlString(self) + text.slice(head.body + key.end);
}
