/** What comes in from a URL: query parameters and path ids. Bad values are a 422 with `fields`, bad path ids a 404. */
import type { Context } from "hono";
import * as z from "zod";
import { Fault } from "../domain/fault.ts";
import type { Choice } from "../store/session-filters.ts";

/** The 422 for what a schema refused: one message for each field. */
export function invalid(error: z.ZodError): Fault {
  const fields = Object.fromEntries(error.issues.map((issue) => [issue.path.join("."), issue.message]));
  return new Fault("invalid", z.prettifyError(error), undefined, { fields });
}

/** The 422 for one field. */
export function invalidField(field: string, message: string): Fault {
  return new Fault("invalid", `${field}: ${message}`, undefined, { fields: { [field]: message } });
}

/** The query by a schema whose fields are made by the functions below. Unknown parameters are ignored. */
export function parseQuery<T>(c: Context, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(c.req.queries());
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error);
}

/** All values of a parameter, repeated or joined by comma; `\,` and a leading `\-` are the characters themselves. */
const many = z
  .array(z.string())
  .default([])
  .transform((texts) => texts.flatMap((text) => text.match(/(?:\\.|[^,\\]|\\$)+/gs) ?? []));

const unescape = (text: string) => text.replaceAll(/\\([,\\-])/g, "$1");

/** The last value of a parameter; undefined when it is absent or empty. */
export const last = z
  .array(z.string())
  .default([])
  .transform((texts) => texts.at(-1) || undefined);

/** A filter: values with a leading `-` are those that are not wanted. Without `allowed` any text is a value. */
export function choice<T extends string = string>(allowed?: readonly T[]): z.ZodType<Choice<T> | undefined> {
  return many.transform((texts, context) => {
    if (texts.length === 0) return undefined;
    const value = (escaped: string): T => {
      const text = unescape(escaped);
      if (allowed && !allowed.some((one) => one === text)) context.addIssue(`is one of ${allowed.join(", ")}`);
      // Any text when nothing is told, else one of `allowed`, or the issue above refuses the request.
      return text as T;
    };
    const [out, kept] = [texts.filter((text) => text.startsWith("-")), texts.filter((text) => !text.startsWith("-"))];
    return { include: kept.map(value), exclude: out.map((text) => value(text.slice(1))) };
  });
}

/** Values out of a list; undefined when absent. */
export function list<T extends string>(allowed: readonly T[]): z.ZodType<readonly T[] | undefined> {
  return choice(allowed).transform((chosen, context) => {
    if (chosen && chosen.exclude.length > 0) context.addIssue(`is a list of ${allowed.join(", ")}`);
    return chosen?.include;
  });
}

/** A whole number; out of range it is brought into range. */
export function whole({ min, max, fallback }: { min: number; max: number; fallback: number }): z.ZodType<number> {
  return last.transform((text, context) => {
    if (text === undefined) return fallback;
    if (!/^[+-]?\d{1,15}$/.test(text)) context.addIssue("is a whole number");
    return Math.min(max, Math.max(min, Number(text)));
  });
}

/** `1` or `true`, `0` or `false`; undefined when absent. */
export const flag: z.ZodType<boolean | undefined> = last.transform((text, context) => {
  if (text === undefined) return undefined;
  if (!["0", "1", "true", "false"].includes(text)) context.addIssue("is 1 or 0");
  return text === "1" || text === "true";
});

/** A time or a day (UTC) in ISO 8601, as milliseconds; of a day its beginning, or with `end` the beginning of the next. */
export function time({ end }: { end: boolean }): z.ZodType<number | undefined> {
  return last.transform((text, context) => {
    if (text === undefined) return undefined;
    const day = /^\d{4}-\d{2}-\d{2}$/.test(text);
    // A `+` that was not encoded arrives as a blank.
    const ms = TIME.test(text) ? Date.parse(zoned(text.replace(" ", "+"))) : Number.NaN;
    if (Number.isNaN(ms)) context.addIssue("is a time in ISO 8601");
    return day && end ? ms + 86_400_000 : ms;
  });
}

const TIME = /^\d{4}-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+ -]\d{2}:?\d{2})?)?)?$/;

/** A time without its zone is UTC, as everything here. */
function zoned(text: string): string {
  return text.includes("T") && !/(Z|[+-]\d{2}:?\d{2})$/.test(text) ? `${text}Z` : text;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Ids of sessions, at most `max`; undefined when absent. */
export function ids(max: number): z.ZodType<readonly string[] | undefined> {
  return many.transform((texts, context) => {
    if (texts.length > max) context.addIssue(`has at most ${max} ids`);
    if (!texts.every((text) => UUID.test(text))) context.addIssue("is a list of session ids");
    return texts.length > 0 ? texts : undefined;
  });
}

/** A session's id in a body. */
export const sessionIdText: z.ZodType<string> = z.string().regex(UUID, "is a session's id");

/** The path's session id. Throws Fault 404 for what is none. */
export function sessionParam(c: Context, name = "id"): string {
  const id = c.req.param(name) ?? "";
  if (!UUID.test(id)) throw noSession();
  return id;
}

/** The 404 of a session. */
export function noSession(): Fault {
  return new Fault("not_found", "There is no such session.", "It may have been deleted.");
}

/** The version that If-Match names; undefined when it is absent or `*`. Throws a 422 for what is none. */
export function ifMatch(c: Context): number | undefined {
  const text = c.req.header("if-match")?.trim();
  if (text === undefined || text === "*") return undefined;
  const version = /^(?:W\/)?"?(\d{1,15})"?$/.exec(text)?.[1];
  if (version === undefined) throw invalidField("If-Match", "is a version");
  return Number(version);
}
