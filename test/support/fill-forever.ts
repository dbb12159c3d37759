/** A process of its own to be killed: archives and indexes sessions in the folder named, until then. */
import { openLab, sessionOf } from "./search-lab.ts";

const [dir, first = "1"] = process.argv.slice(2);
const lab = openLab(dir);
console.log("open");
for (let n = Number(first); ; n++) {
  const { path, text } = sessionOf(
    n,
    Array.from({ length: 20 }, (_, i) => `prompt${n}x${i} with common words`),
  );
  await lab.append(path, text);
}
