import { expect, test } from "bun:test";
import fc from "fast-check";
import { createEmitter } from "../../src/domain/emitter.ts";
import type { Part } from "../../src/domain/provider.ts";
import { MARK, emit, emitQuery, searchText, strings } from "../../src/domain/words.ts";

const words = (text: string) => emit(text).split(/\s+/).filter(Boolean);
const part = (more: Partial<Part>): Part => ({ index: 0, kind: "tool_result", ...more });
const count = (text: string, word: string) => text.split(word).length - 1;

test.each([
  ["loadTexture", ["load", "texture"]],
  ["HTTPServer", ["http", "server"]],
  ["snake_case_name", ["snake", "case", "name"]],
  ["__init__", ["init"]],
  ["parseJSON", ["parse", "json"]],
  ["sha256Hash", ["sha256", "hash"]],
  ["plain", []],
  ["Capital", []],
  ["UPPER", []],
  ["getX", ["get"]],
])("%s has the parts %p", (identifier, parts) => {
  expect(words(identifier)).toEqual([identifier, ...parts]);
});

test("parts are emitted once a text", () => {
  expect(words("getName getName setName")).toEqual(["getName", "getName", "setName", "get", "name", "set"]);
});

test("a CJK run is written as pairs and its last character", () => {
  expect(words("検索機能")).toEqual(["検索", "索機", "機能", "能"]);
  expect(words("APIの使い方x")).toEqual(["API", "の使", "使い", "い方", "方", "x"]);
  expect(words("𠮷野家")).toEqual(["𠮷野", "野家", "家"]);
  expect(words("한국어 검색")).toEqual(["한국", "국어", "어", "검색", "색"]);
});

test("a query's last CJK run may go on in the text, others may not", () => {
  expect(emitQuery("検索").trim()).toBe("検索");
  expect(emitQuery("検索 x").split(/\s+/).filter(Boolean)).toEqual(["検索", "索", "x"]);
});

test("decomposed letters are composed", () => {
  expect(words("か\u3099く")).toEqual(["がく", "く"]);
  expect(words("cafe\u0301")).toEqual(["café"]);
});

test("no text can hold a marked term", () => {
  expect(emit(`x ${MARK}t1 y`)).not.toContain(MARK);
  expect(emit("x", ["t1"])).toBe(`x ${MARK}t1`);
  expect(emitQuery(`${MARK}t1`)).not.toContain(MARK);
});

test("a part is found by what was said, its tool, its input, its output and its paths", () => {
  const text = searchText(
    part({
      text: "said",
      tool: "Bash",
      input: { command: ["ls", "-l"], port: 8080, deep: { a: ["x"] } },
      output: "out",
      form: { kind: "shell", paths: ["/a/b.ts"] },
    }),
  );

  for (const word of ["said", "Bash", "ls", "-l", "8080", "x", "out", "/a/b.ts"]) expect(text).toContain(word);
});

test("what the tool put in, and what is unknown, is not found", () => {
  expect(searchText(part({ text: "x", injected: true }))).toBe("");
  expect(searchText(part({ text: "x", kind: "unknown" }))).toBe("");
});

test("JSON inside a string is decoded", () => {
  expect(strings(JSON.stringify({ cmd: "a\tloadTex" }))).toEqual(["a\tloadTex"]);
  expect(strings('{"not": json')).toEqual(['{"not": json']);
});

test("of a long text both ends are whole, and every word between is there once", () => {
  const middle = Array.from({ length: 3000 }, (_, i) => `word${i % 500} common`).join(" ");
  const text = searchText(part({ output: `${"start ".repeat(1500)}${middle}${" end".repeat(700)}` }));

  expect(text.length).toBeLessThan(16_000);
  for (let i = 0; i < 500; i++) expect(text).toContain(`word${i} `);
  expect(count(text, "common")).toBeLessThan(20);
});

test("images and other base64 leave no words", () => {
  const image = Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 7919) % 256)).toString("base64");
  const text = searchText(part({ output: `before data:image/png;base64,${image} after` }));

  expect(text).toContain("before");
  expect(text).toContain("after");
  expect(text.length).toBeLessThan(100);
});

test("a text of any length costs its length, not its square", () => {
  const long = "aB_cD検".repeat(300_000);
  const started = performance.now();

  emit(searchText(part({ output: long })));

  expect(performance.now() - started).toBeLessThan(2000);
});

test("every text has words, and none is lost", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const emitted = emit(text).toLowerCase();
      for (const word of text
        .normalize("NFC")
        .toLowerCase()
        .match(/[a-z0-9_]+/g) ?? [])
        expect(emitted).toContain(word);
    }),
  );
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      (text) => typeof emit(text) === "string" && typeof emitQuery(text) === "string",
    ),
  );
});

test("the bytes that the index is given say what emit says, text after text", () => {
  const emitBytes = createEmitter();
  const identifier = fc.stringMatching(/^[A-Ca-c_0-9]{0,9}$/);
  const text = fc.array(fc.oneof(identifier, fc.constantFrom(" ", ".", "\n", "é", "検索", "\0")), { maxLength: 40 });
  fc.assert(
    fc.property(text, fc.constantFrom([], ["t1"], ["t1", "t2"]), (pieces, terms) => {
      const said = emitBytes(pieces.join(""), terms);
      expect(typeof said === "string" ? said : Buffer.from(said).toString()).toBe(emit(pieces.join(""), terms));
    }),
    { numRuns: 2000 },
  );
});
