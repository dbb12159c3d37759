import { expect, test } from "bun:test";
import fc from "fast-check";
import { isSafe, markdownHtml } from "../../ui/kit/markdown.ts";

/** Every tag that stands in the HTML, with its attributes. */
const tags = (html: string) => html.match(/<[a-z!/][^>]*>/gi) ?? [];

test("prose, lists, tables and code become their elements", () => {
  const html = markdownHtml("One **two** `three`\n\n- a\n- [x] b\n\n| h |\n|--:|\n| c |\n\n```ts\nlet a = 1 < 2\n```");

  expect(html).toContain("<p>One <strong>two</strong> <code>three</code></p>");
  expect(html).toContain("<li>☑ b</li>");
  expect(html).toContain('<td align="right">c</td>');
  expect(html).toContain('<pre><code class="language-ts">let a = 1 &lt; 2</code></pre>');
});

test("HTML in the text is shown as text", () => {
  const html = markdownHtml('<script>x</script>\n\nUse the <Foo bar="1"/> part <b>now</b>');

  expect(tags(html)).toEqual(['<p class="asis">', "</p>", "<p>", "</p>"]);
  expect(html).toContain("&lt;Foo bar=&quot;1&quot;/&gt;");
});

test("images never load: they are links", () => {
  expect(markdownHtml("![shot](http://canary/q.png)")).toBe('<p><a href="http://canary/q.png">shot</a></p>\n');
  expect(markdownHtml("![](x.png)")).not.toContain("<img");
});

test("only http, https and mailto are links", () => {
  for (const href of [
    "javascript:alert(1)",
    "JAVASCRIPT:x",
    "data:text/html,x",
    "vbscript:x",
    "src/a.ts",
    "//host/x",
    "#top",
  ])
    expect(tags(markdownHtml(`[a](${href})`)).some((tag) => tag.startsWith("<a"))).toBe(false);
  expect(markdownHtml("[a](https://x.y/z)")).toContain('<a href="https://x.y/z">a</a>');
  expect(markdownHtml("https://x.y")).toContain('href="https://x.y"');
  expect(isSafe("mailto:a@b.c")).toBe(true);
});

test("the word after a fence cannot leave its attribute", () => {
  expect(markdownHtml('```ts" onmouseover="x\na\n```')).toContain('<code class="language-ts">');
  expect(markdownHtml('```"><b>\na\n```')).toContain("<pre><code>");
});

test("headings begin below the page's and leave no gap", () => {
  expect(markdownHtml("# a\n\n#### b").match(/<h\d/g)).toEqual(["<h3", "<h4"]);
});

test("no text makes a tag or an attribute that Markdown does not have", () => {
  const allowed =
    /^<\/?(?:a|p|br|hr|strong|em|del|code|pre|h[3-6]|ul|ol|li|blockquote|table|thead|tbody|tr|th|td|span)(?: (?:href="(?:https?:|mailto:)[^"]*"|title="[^"]*"|class="[\w +#.-]+"|align="\w+"|start="\d+"))* ?\/?>$/i;
  const piece = fc.oneof(
    fc.constantFrom(
      "<img src=x onerror=a>",
      "<",
      ">",
      "[",
      "](",
      ")",
      "![",
      "`",
      "```",
      "\n",
      "\n\n",
      "> ",
      "- ",
      "|",
      "javascript:x",
      "http://x",
      '"',
      "'",
      "&lt;",
      "*",
      "_",
      "<a href='x'>",
      "<!--",
      "-->",
      "\\",
      "#",
      " ",
    ),
    fc.string({ maxLength: 6 }),
  );

  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      expect(tags(markdownHtml(pieces.join(""))).filter((tag) => !allowed.test(tag))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test("16 KiB made to be slow do not hang the page", () => {
  for (const piece of ["*a_", "_a_", "*_[", "(((", "> ", "1. ", "- a\n\n  ", "![", "[a](<", "`", "|a\n|-\n"]) {
    const from = performance.now();
    markdownHtml(piece.repeat(Math.ceil(16_384 / piece.length)));
    expect(performance.now() - from).toBeLessThan(5000);
  }
});

test("a text too long to be prose is shown as it is", () => {
  expect(markdownHtml("*a* ".repeat(50_000))).toStartWith('<p class="asis">*a* ');
});
