/**
 * Markdown of agents and people as HTML that only holds what Markdown itself makes: HTML in the text is shown as text,
 * images become links, links go to http, https and mailto only. Markdown.tsx sanitises the result once more.
 * Hostile input costs what it weighs: marked's inline rules are quadratic and its blocks recurse, so both are bounded.
 */
import { Lexer, Parser, Renderer, type Token, type Tokens, type TokensList } from "marked";

/** Longer texts are not read as Markdown at all (characters); no person wrote them as prose. */
export const MARKDOWN_MAX = 128 * 1024;
/** A paragraph with more characters, or more signs of emphasis, is shown as it is. */
const INLINE_MAX = 8 * 1024;
const SIGNS_MAX = 400;
const DEPTH_MAX = 12;

/** The HTML of a text. Never throws; a text that is no Markdown comes back as one paragraph. */
export function markdownHtml(text: string): string {
  if (text.length > MARKDOWN_MAX) return asIs(text);
  try {
    const tokens = new BoundLexer({ gfm: true }).lex(text);
    return new Parser({ renderer: createRenderer(headingLevels(tokens)) }).parse(tokens);
  } catch {
    // marked throws on what it cannot go on with ("Infinite loop", stack overflow).
    return asIs(text);
  }
}

const asIs = (text: string): string => `<p class="asis">${escape(text)}</p>`;

/** Leaves text alone that would take too long: deep nesting, long paragraphs, thousands of emphasis signs. */
class BoundLexer extends Lexer {
  #depth = 0;

  override blockTokens(source: string, tokens?: Token[], last?: boolean): Token[];
  override blockTokens(source: string, tokens?: TokensList, last?: boolean): TokensList;
  override blockTokens(source: string, tokens: Token[] = [], last = false): Token[] {
    if (this.#depth >= DEPTH_MAX) return (tokens.push(textToken(source)), tokens);
    this.#depth++;
    try {
      return super.blockTokens(source, tokens, last);
    } finally {
      this.#depth--;
    }
  }

  override inlineTokens(source: string, tokens: Token[] = []): Token[] {
    if (source.length > INLINE_MAX || signs(source) > SIGNS_MAX) return (tokens.push(textToken(source)), tokens);
    return super.inlineTokens(source, tokens);
  }
}

const textToken = (raw: string): Tokens.Text => ({ type: "text", raw, text: raw, escaped: false });

function signs(source: string): number {
  let count = 0;
  for (let at = 0; at < source.length; at++) if ("*_~`[<!".includes(source[at]!)) count++;
  return count;
}

/** Headings of a message begin at h3 below the page's own, without gaps, whatever depths the message used. */
function headingLevels(tokens: readonly Token[]): ReadonlyMap<number, number> {
  const depths = new Set<number>();
  for (const token of tokens) if (token.type === "heading") depths.add((token as Tokens.Heading).depth);
  return new Map([...depths].sort().map((depth, index) => [depth, Math.min(6, 3 + index)]));
}

function createRenderer(levels: ReadonlyMap<number, number>): Renderer {
  const renderer = new Renderer();
  const link = renderer.link;
  renderer.html = ({ text, block }: Tokens.HTML | Tokens.Tag) => (block ? asIs(text.trimEnd()) : escape(text));
  renderer.heading = function ({ tokens, depth }) {
    const level = levels.get(depth) ?? 6;
    return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>\n`;
  };
  renderer.link = function (token) {
    return isSafe(token.href) ? link.call(this, token) : unlinked(this.parser.parseInline(token.tokens), token.href);
  };
  renderer.image = ({ href, text }) => {
    const label = escape(text === "" ? href : text);
    return isSafe(href) ? `<a href="${escape(href)}">${label}</a>` : unlinked(label, href);
  };
  renderer.checkbox = ({ checked }) => (checked ? "☑ " : "☐ ");
  renderer.code = ({ text, lang }) => {
    const word = /^[\w+#-]{1,24}/.exec(lang ?? "")?.[0] ?? "";
    return `<pre><code${word === "" ? "" : ` class="language-${word}"`}>${escape(text)}</code></pre>\n`;
  };
  return renderer;
}

/** What a link to a file, a fragment or a script is: its words, and where it pointed to on hover. */
const unlinked = (html: string, href: string): string => `<span title="${escape(href.slice(0, 500))}">${html}</span>`;

/** Whether a link may be followed from here. */
export const isSafe = (href: string): boolean => /^(?:https?:\/\/|mailto:)[^\s]/i.test(href);

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escape = (text: string): string => text.replace(/[&<>"']/g, (char) => ESCAPES[char]!);
