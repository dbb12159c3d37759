import { expect, test } from "bun:test";
import { MIB } from "../../src/domain/limits.ts";
import type { Provider } from "../../src/domain/provider.ts";
import { explode } from "../../src/lib/whole-file.ts";

const parser = { explode: (value: unknown) => [value] } as unknown as Provider;
/** A JSON string of this many bytes with a character at its end. */
const text = (bytes: number, end: string) => {
  const all = Buffer.alloc(bytes, "a");
  all.write('"', 0);
  all.write(`${end}"`, bytes - 1 - Buffer.byteLength(end));
  return new Uint8Array(all.buffer.slice(all.byteOffset, all.byteOffset + bytes) as ArrayBuffer);
};
const lengthOf = (values: readonly unknown[] | null) => values && String(values[0]).length;

test("a text of characters that take two bytes in memory is parsed up to half the size of others", () => {
  expect(lengthOf(explode(parser, text(33 * MIB, "é")))).toBe(33 * MIB - 3);
  expect(lengthOf(explode(parser, text(31 * MIB, "茶")))).toBe(31 * MIB - 4);
  expect(explode(parser, text(33 * MIB, "茶"))).toBeNull();
});
