/** A session as Markdown: what people and models wrote stays as they wrote it, what tools did is fenced. */
import type { Event } from "../../domain/event.ts";
import type { Session } from "../../domain/session.ts";
import { factsOf, headingOf, oneLine, textsOf } from "./words.ts";

/** Pieces of the document, in order. */
export function* markdownOf(session: Session, events: Iterable<Event>): Generator<string> {
  yield `# ${escaped(oneLine(session.title ?? "Untitled session"))}\n\n`;
  yield factsOf(session)
    .map(([name, value]) => `- ${name}: ${code(value)}\n`)
    .join("");
  for (const event of events) yield markdownEvent(event);
}

function markdownEvent(event: Event): string {
  const heading = `\n## ${escaped(headingOf(event))}\n\n${event.at === null ? "" : `*${event.at}*\n\n`}`;
  const texts = textsOf(event).map(({ kind, text }) => (kind === "prose" ? `${text.trimEnd()}\n` : fenced(text)));
  const images = event.images.map(({ media_type, bytes }) => `Image: ${code(oneLine(media_type))}, ${bytes} bytes\n`);
  return heading + [...texts, ...images].join("\n");
}

/** In a fence longer than any in the text, so that nothing in it can close it. */
function fenced(text: string): string {
  const fence = "`".repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}\n${text.replace(/\n$/, "")}\n${fence}\n`;
}

function code(text: string): string {
  const tick = "`".repeat(longestRun(text) + 1);
  const pad = /^`|`$/.test(text) ? " " : "";
  return `${tick}${pad}${text}${pad}${tick}`;
}

function longestRun(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
}

const escaped = (text: string) => text.replaceAll(/[\\`*_[\]<>#|~&]/g, "\\$&");
