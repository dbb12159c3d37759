/** The first releases (spring 2025) wrote a session as one object, and wrote it anew at every change. */
import { list, object, word } from "../json.ts";

/** `{session: {timestamp, id, instructions}, items: […]}` as the log that later releases would have written; null when it is none. */
export function explode(value: unknown): readonly unknown[] | null {
  const whole = object(value);
  const session = object(whole?.session);
  return session && Array.isArray(whole?.items) ? [session, ...list(whole.items)] : null;
}

/** The id of a session whose object begins with `text`; undefined when it is no such object. */
export function wholeId(text: string): string | undefined {
  const head = /^\s*\{\s*"session"\s*:\s*\{/.exec(text)?.[0];
  if (head === undefined) return undefined;
  return word(/^[^{}]*?"id"\s*:\s*"([^"\\]{1,200})"/.exec(text.slice(head.length))?.[1]);
}
