import { expect, test } from "bun:test";
import fc from "fast-check";
import { OVERSIZE, OVERSIZE_HEAD } from "../../src/domain/limits.ts";
import { LineCutter, values } from "../../src/lib/lines.ts";
import { isJson } from "../support/is-json.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function cut(pieces: readonly Uint8Array[]) {
  const cutter = new LineCutter(0);
  const lines = pieces.flatMap((piece) =>
    [...cutter.push(piece)].map((line) => ({ ...line, bytes: Buffer.from(line.bytes).toString("latin1") })),
  );
  const tail = cutter.tail();
  return { lines, start: cutter.lineStart, tail: tail && Buffer.from(tail.bytes).toString("latin1") };
}

test("lines are the same wherever the bytes are cut", () => {
  const line = fc.uint8Array({ maxLength: 40 }).map((b) => b.map((x) => (x === 10 ? 11 : x)));
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(200)), (lines, cuts) => {
      const all = new Uint8Array(
        Buffer.concat(lines.flatMap((l, i) => (i + 1 < lines.length ? [l, bytes("\n")] : [l]))),
      );
      const at = [...new Set([0, ...cuts.map((c) => c % (all.length + 1)), all.length])].sort((a, b) => a - b);

      const pieces = at.slice(1).map((end, i) => all.slice(at[i], end));

      expect(cut(pieces)).toEqual(cut([all]));
    }),
  );
});

test("a line's offset is where it starts in the source", () => {
  const { lines, start, tail } = cut([bytes("ab\n\ncdé\nxy")]);

  expect(lines.map((l) => l.offset)).toEqual([0, 3, 4]);
  expect(start).toBe(9);
  expect(tail).toBe("xy");
});

test("of a line over 16 MiB only the head is kept, and the next line is whole", () => {
  const cutter = new LineCutter(0);
  const piece = new Uint8Array(1 << 20).fill(97);
  for (let i = 0; i < 20; i++) expect([...cutter.push(piece)]).toEqual([]);

  const [big, next] = [...cutter.push(bytes('"}\n{"a":1}\n'))];

  expect(big).toMatchObject({ offset: 0, oversize: true });
  expect(big!.bytes.length).toBe(OVERSIZE_HEAD);
  expect(next).toMatchObject({ offset: 20 * (1 << 20) + 3, oversize: false });
  expect(cutter.tailLength).toBe(0);
  expect(20 << 20).toBeGreaterThan(OVERSIZE);
});

const read = (text: string) => values({ offset: 7, bytes: bytes(text), oversize: false });

test("BOM, CR, blanks and NULs around a record do not matter", () => {
  for (const text of ['\uFEFF{"a":1}', '{"a":1}\r', '\0\0{"a":1}\0', '  {"a":1} '])
    expect(read(text)[0]!.value).toEqual({ a: 1 });
});

test("a record is what JSON.parse makes of its text, also where a few of its characters are changed", () => {
  const change = fc.tuple(fc.nat(), fc.constantFrom(...'{}[]",:\\ \t\r0e-.u', "\u0000", "\u007f", "é"));
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(change, { maxLength: 3 }), (object, changes) => {
      let text = JSON.stringify(object);
      for (const [at, character] of changes)
        text = text.slice(0, at % text.length) + character + text.slice((at % text.length) + 1);
      fc.pre(text.startsWith("{") && text.endsWith("}"));
      const [first, ...others] = read(text);

      expect(first!.text.startsWith("{")).toBe(true);
      if (isJson(text))
        expect([first, others]).toEqual([{ offset: 7, text, value: JSON.parse(text), oversize: false }, []]);
      // Glued objects, or none.
      else expect([first!, ...others].every(({ value, text: own }) => value === undefined || isJson(own))).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test("what was read of a line stays when its bytes are written over", () => {
  const object = { long: "x".repeat(100_000), short: "y", ["k".repeat(60)]: ["z".repeat(300)] };
  const raw = bytes(JSON.stringify(object));
  const [line] = values({ offset: 0, bytes: raw, oversize: false });
  raw.fill(65);

  expect(line!.value).toEqual(object);
});

test("objects glued on one line are read one by one", () => {
  expect(read('{"a":"}{"}{"b":{}} {"c":"\\""}').map((line) => line.value)).toEqual([
    { a: "}{" },
    { b: {} },
    { c: '"' },
  ]);
});

test("whole objects before a torn one are read", () => {
  expect(read('{"a":1}{"b":').map((line) => line.value)).toEqual([{ a: 1 }]);
});

test("a line that is no JSON is one value without a value", () => {
  expect(read("{bad json")).toEqual([{ offset: 7, text: "{bad json", value: undefined, oversize: false }]);
  expect(read("   ")).toEqual([]);
});
