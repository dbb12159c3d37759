/** The corpus as an archive: laid out as a home, served and shipped by the product itself, its index complete. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { cli, homes, serving } from "../support/cli.ts";

type Status = { readonly derive: { readonly behind_bytes: number }; readonly search: { readonly behind: number } };

/** Returns the folder of longhouse.db and search.db, which nobody holds open. The corpus's hand-made copies are left out. */
export async function archiveOf(corpus: string): Promise<string> {
  const where = homes();
  await Bun.$`${process.execPath} ${join(import.meta.dir, "../bench/lay-home.ts")} ${corpus} ${where.user}`.quiet();
  const made = new Bun.Glob(".claude/projects/-derived-*").scanSync({ cwd: where.user, dot: true, onlyFiles: false });
  for (const folder of made) rmSync(join(where.user, folder), { recursive: true });
  const server = await serving(where, ["--no-ship"]);
  const shipped = await cli(where, ["ship", "--json"]);
  if (shipped.code !== 0) throw new Error(`ship: ${shipped.stdout} ${shipped.stderr}`);
  for (let quiet = 0; quiet < 3; await Bun.sleep(300)) {
    const { derive, search } = await server.json<Status>("/api/status");
    quiet = derive.behind_bytes === 0 && search.behind === 0 ? quiet + 1 : 0;
  }
  await server.stop();
  return where.home;
}
