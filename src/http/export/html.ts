/**
 * A session as one HTML file that is safe to open: no script, no request to anywhere (its own policy forbids both, should
 * an escape ever be missing), every word of the archive as text. Pictures only in formats that run nothing.
 */
import type { Event } from "../../domain/event.ts";
import type { Image } from "../../domain/provider.ts";
import type { Session } from "../../domain/session.ts";
import { RASTER } from "../parts.ts";
import { factsOf, headingOf, oneLine, textsOf } from "./words.ts";

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-inline-size: 52rem; margin: 2rem auto; padding-inline: 1rem; }
h1, h2, dd, .text, pre { overflow-wrap: anywhere; unicode-bidi: isolate; }
h2 { font-size: 1rem; margin-block: 0 .25rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; }
dd { margin: 0; }
article { border-block-start: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding-block: 1rem; }
time { opacity: .7; font-size: .85rem; }
.text { white-space: pre-wrap; }
pre { white-space: pre-wrap; font-size: .85rem; padding: .75rem; background: color-mix(in srgb, currentColor 7%, transparent); }
img { max-inline-size: 100%; }
`;

const STYLE_HASH = new Bun.CryptoHasher("sha256").update(STYLE).digest("base64");

/** The policy that the file carries, and the answer too. */
export const HTML_CSP = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; img-src data:; base-uri 'none'; form-action 'none'`;

/** Pictures longer than this, in characters of base64, are named only. */
const IMAGE_MAX = 8 * 1024 * 1024;

/** Pieces of the document, in order. `images` reads an event's pictures. */
export function* htmlOf(
  session: Session,
  events: Iterable<Event>,
  images: (event: Event) => readonly Image[],
): Generator<string> {
  const title = text(oneLine(session.title ?? "Untitled session"));
  const facts = factsOf(session).map(([name, value]) => `<dt>${text(name)}</dt><dd>${text(value)}</dd>`);
  yield `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${attribute(HTML_CSP)}">
<meta name="referrer" content="no-referrer"><meta name="viewport" content="width=device-width">
<title>${title}</title><style>${STYLE}</style></head><body>
<h1>${title}</h1><dl>${facts.join("")}</dl>
`;
  for (const event of events) yield htmlEvent(event, images(event));
  yield "</body></html>\n";
}

function htmlEvent(event: Event, images: readonly Image[]): string {
  const at = event.at === null ? "" : `<time>${text(event.at)}</time>`;
  const texts = textsOf(event).map(({ kind, text: said }) =>
    kind === "prose" ? `<div class="text">${text(said)}</div>` : `<pre>\n${text(said)}</pre>`,
  );
  return `<article id="${attribute(event.id)}"><h2>${text(headingOf(event))}</h2>${at}${texts.join("")}${images.map(picture).join("")}</article>\n`;
}

function picture({ mediaType, data }: Image): string {
  const type = mediaType.trim().toLowerCase();
  const shown = RASTER.has(type) && data.length <= IMAGE_MAX && /^[A-Za-z0-9+/]+={0,2}$/.test(data);
  return shown ? `<p><img alt="" src="data:${type};base64,${data}"></p>` : `<p>Image: ${text(oneLine(mediaType))}</p>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Characters that HTML cannot hold are shown as replaced. */
function text(raw: string): string {
  const held = raw.replaceAll(/[^\P{Cc}\n\t]/gu, (character) => (character === "\r" ? "" : "\ufffd"));
  return held.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
}

const attribute = (raw: string) => text(oneLine(raw));
