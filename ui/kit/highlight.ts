/** The highlighter with the languages agents write most. Loaded after the first paint, never with it. */
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import cpp from "highlight.js/lib/languages/cpp";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import go from "highlight.js/lib/languages/go";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import markdown from "highlight.js/lib/languages/markdown";
import python from "highlight.js/lib/languages/python";
import ruby from "highlight.js/lib/languages/ruby";
import rust from "highlight.js/lib/languages/rust";
import sql from "highlight.js/lib/languages/sql";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import { markupLines } from "./code.ts";
import { normal, plainLines, type Line } from "./lines.ts";

const LANGUAGES = {
  bash,
  cpp,
  css,
  diff,
  go,

  java,
  javascript,
  json,
  markdown,
  python,
  ruby,
  rust,
  sql,
  typescript,
};
for (const [name, language] of Object.entries({ ...LANGUAGES, xml, yaml })) hljs.registerLanguage(name, language);

/**
 * Grammars backtrack, some by the cube of a line's length (which is why `ini` is not among them). Pieces of 8,000
 * characters without long lines took 127 ms at worst over 100 hostile patterns in each language; plain code takes 1 ms.
 */
const PIECE_MAX = 8000;
const LINE_MAX = 400;
/** For one text, ms. What is not done by then stays plain. */
const BUDGET_MS = 80;

/** Highlighted lines, as many as the text has. Never throws. A comment that spans two pieces loses its colour in the second. */
export function highlight(code: string, language: string): Line[] {
  const deadline = performance.now() + BUDGET_MS;
  return pieces(normal(code)).flatMap((piece) => {
    if (performance.now() > deadline || piece.length > PIECE_MAX || hasLongLine(piece)) return plainLines(`${piece}\n`);
    return markupLines(hljs.highlight(piece, { language, ignoreIllegals: true }).value);
  });
}

/** Cuts at line ends, as late as the size allows. The newline at a cut is left out: it lies between the pieces' lines. */
function pieces(code: string): string[] {
  const out: string[] = [];
  let from = 0;
  while (code.length - from > PIECE_MAX) {
    const cut = code.lastIndexOf("\n", from + PIECE_MAX);
    const end = cut > from ? cut : code.indexOf("\n", from + 1);
    if (end === -1) break;
    out.push(code.slice(from, end));
    from = end + 1;
  }
  return [...out, code.slice(from)];
}

function hasLongLine(code: string): boolean {
  let from = 0;
  for (let end = code.indexOf("\n"); end !== -1; end = code.indexOf("\n", from)) {
    if (end - from > LINE_MAX) return true;
    from = end + 1;
  }
  return code.length - from > LINE_MAX;
}
