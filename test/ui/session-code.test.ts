import { expect, test } from "bun:test";
import fc from "fast-check";
import { languageOf, languageOfPath, markupLines, stripNumbers } from "../../ui/kit/code.ts";
import { highlight } from "../../ui/kit/highlight.ts";
import { breakLine, cut, plainLines, textOf, visible } from "../../ui/kit/lines.ts";

test("highlighted code has the same lines and letters as plain code", () => {
  const code = fc.array(fc.constantFrom("let a = 1", "// <b>&amp;", "", "`x\ny`", "\t}", "\r", "é", "</span>"), {
    maxLength: 30,
  });

  fc.assert(
    fc.property(code, (lines) => {
      const text = lines.join("\n");
      expect(textOf(highlight(text, "typescript"))).toBe(textOf(plainLines(text)));
    }),
  );
});

test("code too long for one piece loses no line at the cuts", () => {
  const text = "const a = 1;\n\n".repeat(3000);

  expect(textOf(highlight(text, "typescript"))).toBe(textOf(plainLines(text)));
});

test("markup that is not the highlighter's is text", () => {
  expect(markupLines('<span class="hljs-x">a</span><img src=x onerror=y>')).toEqual([
    [
      { text: "a", look: "hljs-x" },
      { text: "<img src=x onerror=y>", look: "" },
    ],
  ]);
});

test("languages are known by fence and by file", () => {
  expect(languageOf("ts title=x")).toBe("typescript");
  expect(languageOf("__proto__")).toBeNull();
  expect(languageOfPath("/a/b.test.TSX")).toBe("typescript");
  expect(languageOfPath("Dockerfile")).toBe("bash");
  expect(languageOfPath("/a/b")).toBeNull();
});

test("line numbers of a read file are told from the file", () => {
  expect(stripNumbers("     9\tone\n    10\ttwo\n\n<note>")).toEqual({ code: "one\ntwo", first: 9, rest: "<note>" });
  expect(stripNumbers("1→a\n2→b")).toEqual({ code: "a\nb", first: 1, rest: "" });
  expect(stripNumbers("just text")).toBeNull();
});

test("what cannot be seen is shown", () => {
  expect(visible("a\u0000b\u202ec\u007f\td")).toBe("a␀b⟨202E⟩c␡\td");
});

test("a line of megabytes is broken and loses no letter", () => {
  const line = [
    { text: "a".repeat(7000), look: "x" },
    { text: "b".repeat(3000), look: "" },
  ];

  const pieces = breakLine(line);

  expect(pieces).toHaveLength(2);
  expect(
    pieces
      .flat()
      .map((run) => run.text)
      .join(""),
  ).toBe("a".repeat(7000) + "b".repeat(3000));
  expect(breakLine(line.slice(1))).toEqual([line.slice(1)]);
});

test("a cut hides only what is worth a button", () => {
  expect(cut(46, 40, 0)).toEqual({ head: 46, tail: 0, hidden: 0 });
  expect(cut(100, 16, 24)).toEqual({ head: 16, tail: 24, hidden: 60 });
});
