import DOMPurify from "dompurify";
import { createRenderEffect, type JSX } from "solid-js";
import { copyText } from "./Button.tsx";
import { languageOf } from "./code.ts";
import { highlighter } from "./highlighter.ts";
import type { Line } from "./lines.ts";
import { markdownHtml } from "./markdown.ts";

/** The second fence behind markdown.ts: nothing that loads, runs or styles, whatever a parser's fault let through. */
const ALLOWED = {
  ALLOWED_TAGS:
    "a p br hr strong em del code pre h3 h4 h5 h6 ul ol li blockquote table thead tbody tr th td span".split(" "),
  ALLOWED_ATTR: ["href", "title", "class", "align", "start"],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
} as const;

/** Markdown from anyone as prose. Code gets its colours when the highlighter has come. */
export function Markdown(props: { readonly text: string }): JSX.Element {
  const root = (<div class="prose" dir="auto" onClick={copyCode} />) as HTMLDivElement;
  createRenderEffect(() => {
    root.replaceChildren(fragmentOf(props.text));
    const codes = [...root.querySelectorAll<HTMLElement>("pre > code[class]")];
    const paint = codes.length > 0 ? highlighter() : null;
    if (paint) for (const code of codes) recolour(code, paint);
  });
  return root;
}

const KEPT = 200;
const known = new Map<string, DocumentFragment>();

/** A copy of the text's elements; made once, for rows come and go while scrolling. */
function fragmentOf(text: string): DocumentFragment {
  const made = known.get(text) ?? build(text);
  known.delete(text);
  known.set(text, made);
  if (known.size > KEPT) known.delete(known.keys().next().value!);
  return document.importNode(made, true);
}

function build(text: string): DocumentFragment {
  // DOMPurify types its answer by an overload that `as const` objects miss.
  const made = DOMPurify.sanitize(markdownHtml(text), {
    ...ALLOWED,
    ALLOWED_TAGS: [...ALLOWED.ALLOWED_TAGS],
    ALLOWED_ATTR: [...ALLOWED.ALLOWED_ATTR],
  });
  for (const link of made.querySelectorAll("a")) {
    link.rel = "noopener noreferrer nofollow";
    link.target = "_blank";
  }
  for (const pre of made.querySelectorAll("pre")) frame(pre, "block", "Code").append(copyButton());
  for (const table of made.querySelectorAll("table")) frame(table, "wide", "Table");
  return made;
}

/** What may be wider than the page scrolls in a frame of its own, by keyboard too. */
function frame(element: Element, name: string, label: string): HTMLElement {
  const around = document.createElement("div");
  around.className = name;
  element.replaceWith(around);
  around.append(element);
  const scroller = name === "wide" ? around : (element as HTMLElement);
  scroller.tabIndex = 0;
  scroller.setAttribute("role", "region");
  scroller.setAttribute("aria-label", label);
  return around;
}

function copyButton(): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  return button;
}

function copyCode(event: MouseEvent): void {
  const button = (event.target as Element).closest<HTMLButtonElement>("button.copy");
  const code = button?.parentElement?.querySelector("pre")?.textContent;
  if (!button || code === undefined || code === null) return;
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = "Copy"), 2000);
  void copyText(code);
}

function recolour(code: HTMLElement, paint: (text: string, language: string) => readonly Line[]): void {
  const language = languageOf(code.className.replace("language-", ""));
  if (language === null) return;
  const nodes = paint(code.textContent ?? "", language).flatMap((line, index) => [
    ...(index > 0 ? ["\n"] : []),
    ...line.map(nodeOf),
  ]);
  code.replaceChildren(...nodes);
}

function nodeOf(run: Line[number]): string | HTMLElement {
  if (run.look === "") return run.text;
  const span = document.createElement("span");
  span.className = run.look;
  span.textContent = run.text;
  return span;
}
