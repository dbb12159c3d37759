/** Room for vectors: the newest have it. */
import { expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { walBytes } from "../../src/archive/checkpoint.ts";
import { openVectorStore } from "../../src/archive/semantic-store.ts";
import { quantise } from "../../src/lib/vectors.ts";
import { openArchive } from "../support/archive.ts";
import { tempDir } from "../support/temp.ts";

const piece = (n: number) => ({ session: 1, position: n, part: 0, hash: `${n}`, at: 1000 + n, start: 0, text: "" });

const server = { url: "http://127.0.0.1:9/v1/embeddings", model: "m", key: null };

test("of more than there is room for the oldest go, and none so old is made again", () => {
  const dir = tempDir();
  const archive = openArchive(dir);
  const paths = { longhouse: archive.path, vectors: join(dir, "vectors.db") };
  const store = openVectorStore(paths, archive.db, server, 100 * 4);
  expect(store.fits(4)).toBe("anew");

  for (let n = 0; n < 130; n += 10) {
    const batch = Array.from({ length: 10 }, (_, i) => piece(n + i));
    store.put(
      batch,
      batch.map(({ position }) => quantise([1, position, 0, 0])),
    );
  }

  expect(store.count).toBeLessThanOrEqual(100);
  expect(store.count).toBeGreaterThan(90);
  expect([store.hasPlace(1000), store.hasPlace(1129)]).toEqual([false, true]);
  const scope = { sessions: new Uint8Array(2).fill(1), since: -Infinity, until: Infinity };
  const [near] = store.memory()!.nearest(quantise([0, 1, 0, 0])!, scope);
  expect(near!.pieces.every(({ position }) => position >= 28)).toBe(true);
  store.close();
  archive.close();
});

test("the WAL stays small, however many vectors are made", () => {
  const dir = tempDir();
  const archive = openArchive(dir);
  const paths = { longhouse: archive.path, vectors: join(dir, "vectors.db") };
  const store = openVectorStore(paths, archive.db, server);
  store.fits(4096);

  const numbers = quantise(Array.from({ length: 4096 }, (_, i) => i % 7));
  for (let n = 0; n < 6400; n += 64) {
    const batch = Array.from({ length: 64 }, (_, i) => piece(n + i));
    store.put(
      batch,
      batch.map(() => numbers),
    );
  }

  expect(statSync(paths.vectors).size).toBeGreaterThan(25e6);
  expect(walBytes(paths.vectors)).toBeLessThan(15e6);
  store.close();
  archive.close();
});
