import { expect, test } from "bun:test";
import { openForReading } from "../../src/store/open.ts";
import { openLab } from "../support/search-lab.ts";
import { tempDir } from "../support/temp.ts";

/** Runs the filling process in `dir` for so long, then kills it with its work half done. */
async function fillAndKill(dir: string, first: number, ms: number) {
  const script = new URL("../support/fill-forever.ts", import.meta.url).pathname;
  const child = Bun.spawn([process.execPath, script, dir, String(first)], { stdout: "pipe", stderr: "inherit" });
  await child.stdout.getReader().read();
  await Bun.sleep(ms);
  child.kill("SIGKILL");
  await child.exited;
}

test("killed at any moment, the index has every archived event once after the next start", async () => {
  const dir = tempDir();
  for (const [round, ms] of [30, 90, 200].entries()) await fillAndKill(dir, 1 + round * 1000, ms);

  const lab = openLab(dir);
  await lab.settled();

  const index = openForReading(lab.paths.search);
  const rows = index.query<{ n: number }, []>("SELECT sum(n) AS n FROM spans").get()!;
  const events = lab.archive.db.query<{ n: number }, []>("SELECT count(*) AS n FROM events").get()!;
  expect(rows.n).toBe(events.n);
  expect(events.n).toBeGreaterThan(0);
  const ids = lab.archive.db.query<{ psid: string }, []>("SELECT psid FROM sessions ORDER BY id").all();
  for (const { psid } of [ids[0]!, ids[ids.length >> 1]!, ids.at(-1)!]) {
    const word = `prompt${Number(psid.slice(-12))}x0`;
    expect(lab.find(word).sessions[0]?.match_count).toBe(1);
  }
  index.close();
  lab.close();
}, 30_000);
