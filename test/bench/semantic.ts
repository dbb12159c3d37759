/** How long one question by meaning takes: `bun test/bench/semantic.ts`. Vectors against milliseconds of CPU, and of reading them. */
import { join } from "node:path";
import { createMemory } from "../../src/archive/semantic-memory.ts";
import { quantise } from "../../src/lib/vectors.ts";
import { everyVector, putVector, writeDims } from "../../src/store/vectors/rows.ts";
import { openVectors } from "../../src/store/vectors/schema.ts";
import { table } from "../../src/lib/table.ts";
import { tempDir } from "../support/temp.ts";

const SIZES = [
  [384, 50_000],
  [384, 350_000],
  [768, 10_000],
  [768, 50_000],
  [768, 100_000],
  [768, 174_000],
  [1536, 50_000],
  [1536, 87_000],
] as const;
const TIMES = 15;

const rows = [["numbers", "vectors", "p50 ms", "p95 ms", "read ms", "MB"]];
for (const [dims, count] of SIZES) {
  const { memory, readMs, bytes } = read(dims, count);
  const scope = {
    sessions: new Uint8Array(count).fill(1),
    since: -Infinity,
    until: Infinity,
  };
  const took = Array.from({ length: TIMES }, () => {
    const wanted = quantise(randomVector(dims))!;
    const before = process.cpuUsage();
    memory.nearest(wanted, scope);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  }).sort((a, b) => a - b);
  const at = (share: number) => took[Math.floor(share * (TIMES - 1))]!.toFixed(0);
  rows.push([String(dims), String(count), at(0.5), at(0.95), readMs.toFixed(0), (bytes / 1e6).toFixed(0)]);
}
for (const line of table(rows)) console.log(line);

function read(dims: number, count: number) {
  const path = join(tempDir("vectors"), "vectors.db");
  const db = openVectors(path, { archiveId: "a", epoch: 1, model: "m" });
  db.transaction(() => {
    writeDims(db, dims);
    for (let n = 1; n <= count; n++) {
      const { numbers, scale } = quantise(randomVector(dims))!;
      const key = { session: 1 + (n >> 4), position: n, part: 0, hash: "0123456789abcdef", at: n, start: 0 };
      putVector(db, { ...key, scale, numbers: new Uint8Array(numbers.buffer) });
    }
  }).immediate();
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  const started = performance.now();
  const memory = createMemory(dims);
  for (const row of everyVector(db)) memory.add(row);
  const readMs = performance.now() - started;
  db.close();
  return { memory, readMs, bytes: Bun.file(path).size };
}

function randomVector(dims: number): Float32Array {
  const vector = new Float32Array(dims);
  for (let i = 0; i < dims; i++) vector[i] = Math.random() - 0.5;
  return vector;
}
