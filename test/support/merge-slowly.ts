/** A process of its own to be killed: merges the open shards of the index in the folder named, a step at a time. */
import { join } from "node:path";
import { openIndex } from "../../src/store/search/schema.ts";
import { beginMerge, listShards, mergeStep } from "../../src/store/search/shards.ts";

const index = openIndex(join(process.argv[2]!, "search.db"));
console.log("open");
for (const { id } of listShards(index)) {
  beginMerge(index, `f${id}`);
  while (mergeStep(index, `f${id}`)) await Bun.sleep(2);
}
console.log("merged");
await Bun.sleep(60_000);
