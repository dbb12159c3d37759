/** A process of its own to be killed: builds the index of the archive in the folder named anew, again and again. */
import { openLab } from "./search-lab.ts";

const lab = openLab(process.argv[2]);
console.log("open");
for (;;) {
  const before = lab.told.length;
  lab.indexer.reindex();
  while (!lab.told.slice(before).some(({ type }) => type === "reindexed")) await Bun.sleep(1);
}
