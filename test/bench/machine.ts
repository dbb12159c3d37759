/**
 * How fast this machine is at this moment, at what an import spends its time with: hosts lend their cores out, and the same
 * import took 5.4 and 8.9 CPU seconds within a day. Figures of two hours are compared by these rates.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isJson } from "../support/is-json.ts";
import type { Row } from "./table.ts";

const BLOCK = 128 * 1024;
const SAMPLE = 8_000_000;
const ROUNDS = 7;
/** The same two where the goals were set (the prototype of the pipeline), MB/s; its generated import ran at 42-51 there. */
const THEN = { parse: 519, zstd: 396 };

/** MB/s of JSON.parse and zstd 3 over sessions of the home, medians, while another thread keeps the other core busy. */
export async function measureMachine(home: string): Promise<Row[]> {
  const bytes = sampleOf(home);
  const lines = bytes.toString().split("\n").filter(isJson);
  await using _busy = Bun.spawn([process.execPath, "-e", "for (let n = 0; ; n++) JSON.parse(JSON.stringify({ n }));"]);
  await Bun.sleep(200);
  const parsed = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
  const parse = rate(parsed, () => lines.forEach((line) => JSON.parse(line)));
  const zstd = rate(bytes.length, () => {
    for (let at = 0; at < bytes.length; at += BLOCK) Bun.zstdCompressSync(bytes.subarray(at, at + BLOCK), { level: 3 });
  });
  const share = Math.sqrt((parse / THEN.parse) * (zstd / THEN.zstd));
  return [
    {
      what: "this machine now, the other core busy",
      got: `JSON.parse ${Math.round(parse)}, zstd ${Math.round(zstd)} MB/s: ${share.toFixed(2)} x where goals were set`,
      goal: "",
    },
  ];
}

function rate(bytes: number, act: () => void): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const from = performance.now();
    act();
    return performance.now() - from;
  });
  return bytes / 1e3 / times.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)]!;
}

/** Whole lines. */
function sampleOf(home: string): Buffer {
  const pieces: Buffer[] = [];
  let length = 0;
  for (const path of new Bun.Glob("**/*.jsonl").scanSync({ cwd: home, dot: true })) {
    const bytes = readFileSync(join(home, path));
    const whole = bytes.subarray(0, bytes.lastIndexOf(10, SAMPLE) + 1);
    pieces.push(whole);
    length += whole.length;
    if (length > SAMPLE) break;
  }
  return Buffer.concat(pieces);
}
