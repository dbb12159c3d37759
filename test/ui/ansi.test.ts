import { expect, test } from "bun:test";
import fc from "fast-check";
import { ansiLines } from "../../ui/kit/ansi.ts";
import { plainLines, textOf } from "../../ui/kit/lines.ts";

const ESC = "\u001b";
const BEL = "\u0007";
const text = (raw: string) => textOf(ansiLines(raw));
const looks = (raw: string) => ansiLines(raw).map((line) => line.map((run) => [run.text, run.look]));

test("colours and weights become classes, and end where they are reset", () => {
  expect(looks(`${ESC}[1;31mFAIL${ESC}[0m one ${ESC}[32mok${ESC}[39m.`)).toEqual([
    [
      ["FAIL", "bold f1"],
      [" one ", ""],
      ["ok", "f2"],
      [".", ""],
    ],
  ]);
});

test("a colour goes on over the end of a line", () => {
  expect(looks(`${ESC}[33ma\nb`)).toEqual([[["a", "f3"]], [["b", "f3"]]]);
});

test("colours of 256 and of 16 million become the nearest of sixteen", () => {
  expect(looks(`${ESC}[38;5;9mx`)).toEqual([[["x", "f9"]]]);
  expect(looks(`${ESC}[38;2;250;10;10mx`)).toEqual([[["x", "f9"]]]);
  expect(looks(`${ESC}[48:2:0:100:0mx`)).toEqual([[["x", "b2"]]]);
});

test("links, titles and the clipboard are dropped, their words stay", () => {
  expect(text(`${ESC}]8;;javascript:alert(1)${BEL}link${ESC}]8;;${BEL}`)).toBe("link");
  expect(text(`${ESC}]0;title${BEL}${ESC}]52;c;aGk=${ESC}\\after`)).toBe("after");
  expect(text(`${ESC}P1;1|data${ESC}\\after`)).toBe("after");
});

test("a string that never ends takes its own line along and no more", () => {
  expect(text(`${ESC}]8;;http://x\nnext line`)).toBe("\nnext line");
});

test("cursor moves and erasures do nothing", () => {
  expect(text(`a${ESC}[2J${ESC}[10;10H${ESC}[1Ab${ESC}(B${ESC}7${ESC}cc`)).toBe("abc");
  expect(text("a\u009b31mb\u009dx\u009cc")).toBe("abc");
});

test("of a line that was rewritten only the last version stays", () => {
  expect(text("10%\r50%\r100% done\nnext")).toBe("100% done\nnext");
  expect(text("kept\r\nnext\r")).toBe("kept\nnext");
});

test("a million changes of colour make few runs", () => {
  const lines = ansiLines(Array.from({ length: 100_000 }, (_, n) => `${ESC}[3${n % 8}mx`).join(""));

  expect(lines[0]!.length).toBeLessThan(4100);
  expect(textOf(lines)).toBe("x".repeat(100_000));
});

test("bidi overrides are seen, not obeyed", () => {
  expect(text("a\u202eb")).toBe("a⟨202E⟩b");
});

test("nothing that a terminal obeys is left, whatever comes", () => {
  const piece = fc.oneof(
    fc.constantFrom(ESC, "[", "]", "m", "31", ";", BEL, "\r", "\b", "\n", "\u009b", "\\", "P"),
    fc.string(),
  );

  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const shown = text(pieces.join(""));
      expect(/[^\P{Cc}\n\t]/u.test(shown)).toBe(false);
    }),
  );
});

test("text without controls is shown as it is", () => {
  const raw = "one\n\n\ttwo";

  expect(ansiLines(raw)).toEqual(plainLines(raw));
});
