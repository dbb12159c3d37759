/** Lines of a file that another process writes, as they come. */
import { closeSync, openSync, readSync } from "node:fs";
import { KIB } from "../../domain/limits.ts";
import { LineCutter } from "../lines.ts";

/** How often the file is read while nothing comes, ms. */
const LOOK_MS = 25;
const BUFFER = 256 * KIB;

export type FollowOptions = {
  /** Settles when nobody writes any more: what is there then is read to its end, an unfinished last line too. */
  readonly ended: Promise<unknown>;
  /** Ends at once, without the rest. */
  readonly signal?: AbortSignal;
};

/** Yields each line without its end, in order, from the file's beginning; of one over 16 MiB its head. The file must be there. */
export async function* followLines(path: string, { ended, signal }: FollowOptions): AsyncGenerator<string> {
  const fd = openSync(path, "r");
  const cutter = new LineCutter(0);
  const buffer = new Uint8Array(BUFFER);
  const decoder = new TextDecoder();
  let over = false;
  void ended.finally(() => (over = true)).catch(() => {});
  try {
    while (!signal?.aborted) {
      // Asked before the read: what was written until then is in it.
      const last = over;
      const length = readSync(fd, buffer, 0, BUFFER, null);
      for (const { bytes } of cutter.push(buffer.subarray(0, length))) yield decoder.decode(bytes);
      if (length > 0) continue;
      if (last) break;
      await Bun.sleep(LOOK_MS);
    }
    const tail = signal?.aborted ? null : cutter.tail();
    if (tail) yield decoder.decode(tail.bytes);
  } finally {
    closeSync(fd);
  }
}
