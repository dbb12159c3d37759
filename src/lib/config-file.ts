/** config.toml as a file: its tables, and what is said of one that can not be read. */
import { Fault } from "../domain/fault.ts";
import { readWritten } from "./files.ts";
import { type Kind, Refusal } from "./settings.ts";
import { lineOf, readToml } from "./toml.ts";

/** Values by "table.key"; `place` says where one stands, for messages. */
export type File = { readonly values: Readonly<Record<string, unknown>>; place(name: string): string };

/** config.toml as "table.key" → value; nothing when there is no file. Throws Fault `invalid` for what is not `known`. */
export function readFile(path: string, known: readonly string[]): File {
  const source = readWritten(path);
  const parsed = readToml(source);
  if (parsed.kind === "broken") throw new Fault("invalid", `${path} line ${parsed.line}: ${parsed.reason}.`);
  const values: Record<string, unknown> = {};
  for (const [table, content] of Object.entries(parsed.values)) {
    const isTable = typeof content === "object" && content !== null && !Array.isArray(content);
    if (!isTable || !known.some((name) => name.startsWith(`${table}.`))) throw unknownKey(path, source, table, known);
    for (const [key, value] of Object.entries(content)) {
      if (!known.includes(`${table}.${key}`)) throw unknownKey(path, source, `${table}.${key}`, known);
      values[`${table}.${key}`] = value;
    }
  }
  return { values, place: (name) => `${path} line ${lineOf(source, name) ?? "?"}: ${name}` };
}

function unknownKey(path: string, source: string, name: string, known: readonly string[]): Fault {
  const table = name.split(".")[0]!;
  const inTable = known.filter((key) => key.startsWith(`${table}.`)).map((key) => key.slice(table.length + 1));
  const tables = [...new Set(known.map((key) => `[${key.split(".")[0]}]`))];
  return new Fault(
    "invalid",
    `${path} line ${lineOf(source, name) ?? "?"}: ${name} is not a setting.`,
    inTable.length ? `[${table}] accepts: ${inTable.join(", ")}.` : `Accepted tables: ${tables.join(", ")}.`,
  );
}

/** The value as its kind reads it. Throws Fault `invalid` that names `place`; a secret is not repeated. */
export function checked<T>(kind: Kind<T>, value: unknown, place: string): T {
  const read = kind.read(value);
  if (read !== undefined && !(read instanceof Refusal)) return read;
  const secret = /password|token|key/i.test(place);
  const reason = read instanceof Refusal ? read.reason : secret ? "" : `${JSON.stringify(value)} is not accepted.`;
  throw new Fault("invalid", `${place}: ${reason || "this value is not accepted."}`, `Accepted: ${kind.accepts}.`);
}
