import { expect, test } from "bun:test";
import fc from "fast-check";
import { mend } from "../../src/providers/mend.ts";

test("a cut string keeps what is there", () => {
  expect(mend('{"a":{"b":["one","tw')).toEqual({ a: { b: ["one", "tw"] } });
  expect(mend('{"a":"tail\\')).toEqual({ a: "tail" });
  expect(mend('{"a":"tail\\u00')).toEqual({ a: "tail" });
});

test("a torn key, word or number is dropped with its comma", () => {
  expect(mend('{"a":1,"b')).toEqual({ a: 1 });
  expect(mend('{"a":1,"b":')).toEqual({ a: 1 });
  expect(mend('{"a":[1,2,tru')).toEqual({ a: [1, 2] });
});

test("what never was JSON is undefined", () => {
  for (const text of ["", "{", "hello", "}}}", '{"a']) expect(mend(text)).toBeUndefined();
});

test("any JSON text cut anywhere is mended or undefined, never an error", () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), (text, cut) => {
      mend(text.slice(0, cut % (text.length + 1)));
    }),
  );
});
