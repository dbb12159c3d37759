/** Lines to begin with: our fixtures, and the corpus where there is one (read in place). */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Provider } from "../../src/domain/provider.ts";
import { PROVIDERS } from "../../src/providers/all.ts";
import { explodedLines } from "../support/parse-all.ts";

const FIXTURES = join(import.meta.dir, "../fixtures");
/** Longer lines are slow to mutate, and say nothing that shorter ones do not. Bytes. */
const LINE_MAX = 48 * 1024;
const LINES_MAX = 6000;
const FILE_MAX = 8 * 1024 * 1024;

/** A provider and the lines of its files, each file's in order. */
export type Seed = { readonly provider: Provider; readonly files: readonly (readonly string[])[] };

/** Providers that have lines. `corpus`: a folder of real sessions, or none. */
export function seeds(corpus: string | undefined): readonly Seed[] {
  return PROVIDERS.flatMap((provider) => {
    const paths = [
      ...filesBelow(join(FIXTURES, provider.name)).filter((path) => !path.endsWith(".events.json")),
      ...(corpus ? filesBelow(join(corpus, provider.name)) : []),
    ].filter((path) => /\.(jsonl|json|txt)$/.test(path) && statSync(path).size <= FILE_MAX);
    const files = thinned(paths.map((path) => linesOf(provider, path)).filter((lines) => lines.length > 0));
    return files.length > 0 ? [{ provider, files }] : [];
  });
}

function filesBelow(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

/** Of a file that is rewritten whole the values that it holds, as deriving sees them. */
function linesOf(provider: Provider, path: string): string[] {
  const bytes = readFileSync(path);
  const exploded = path.endsWith(".json") && provider.explode ? explodedLines(provider, bytes) : null;
  const lines = exploded ? exploded.map(({ text }) => text) : bytes.toString("utf8").split("\n");
  return lines.filter((line) => line.trim() !== "" && line.length <= LINE_MAX);
}

/** Every file, but of long ones a part. */
function thinned(files: readonly string[][]): string[][] {
  const total = files.reduce((sum, lines) => sum + lines.length, 0);
  const share = Math.min(1, LINES_MAX / total);
  return files.map((lines) => lines.slice(0, Math.max(20, Math.ceil(lines.length * share))));
}
