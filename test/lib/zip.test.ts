import { expect, test } from "bun:test";
import fc from "fast-check";
import { statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { readZip, writeZip } from "../../src/lib/zip.ts";
import { tempDir } from "../support/temp.ts";

type File = { readonly name: string; readonly pieces: readonly Uint8Array[] };

function written(files: readonly File[], bound?: number): string {
  const path = join(tempDir(), "out.zip");
  const zip = writeZip(path, bound);
  for (const { name, pieces } of files) {
    const sink = zip.entry(name, Buffer.concat(pieces).length);
    for (const piece of pieces) sink.write(piece);
    sink.close();
  }
  zip.close();
  return path;
}

function read(path: string): Record<string, Buffer> {
  const zip = readZip(path)!;
  const all = zip.names.map((name) => [name, Buffer.concat([...zip.read(name)!])]);
  zip.close();
  return Object.fromEntries(all);
}

const files = fc.uniqueArray(
  fc.record({
    name: fc.string({ minLength: 1, maxLength: 20 }).map((name) => `sources/${name}é`),
    pieces: fc.array(fc.uint8Array({ maxLength: 4000 }), { maxLength: 4 }),
  }),
  { maxLength: 6, selector: ({ name }) => name },
);

// In the 64-bit form everything from this bound on: as if the file had gigabytes, and as many entries.
test.each([undefined, 3000, 1])("what is written comes back, the 64-bit form from %p on", async (bound) => {
  await fc.assert(
    fc.property(files, (all) => {
      const path = written(all, bound);

      expect(read(path)).toEqual(Object.fromEntries(all.map(({ name, pieces }) => [name, Buffer.concat(pieces)])));
    }),
    { numRuns: 60 },
  );
});

test("another program's reader gives the same, in both forms", async () => {
  const all = [1, 2, 3].map((n) => ({ name: `a/${n}.jsonl`, pieces: [Buffer.from(`line ${n}\n`.repeat(500))] }));

  for (const bound of [undefined, 1000]) {
    const unzipped = unzipSync(await Bun.file(written(all, bound)).bytes());
    expect(Object.keys(unzipped)).toEqual(all.map(({ name }) => name));
    for (const { name, pieces } of all) expect(Buffer.from(unzipped[name]!)).toEqual(pieces[0]!);
  }
});

test("a file that broke off is none", () => {
  const path = written([{ name: "a", pieces: [Buffer.alloc(5000, "a")] }], 1);
  truncateSync(path, statSync(path).size - 30);

  expect(readZip(path)).toBeNull();
});
