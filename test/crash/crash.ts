/**
 * `bun run test:crash [--kills N] [--seeds M] [--seed S] [--keep]`: shipper and server are killed at any moment behind a
 * proxy that is as bad as networks are, while agents' files are written, torn, cut, replaced, renamed and deleted. In the
 * end every whole line that stood in a file for 3 s while the shipper ran, and every byte still in a file, must be in the
 * archive, byte for byte. N kills over M seeds, S the first of them: the same seed gives the same script of acts.
 *
 * It was seen to fail when the product was broken on purpose (seed 3, 20 kills, which passes otherwise):
 * - payloads dropped (`spool-payloads` add does nothing): nine contents that stood long enough are not archived;
 * - acknowledged 600 ms before the commit (`write-loop`): bytes that were owed are gone, a generation is missing;
 * - the offset moved on an attempt that failed (`step`, outcome later): lines gone, a generation skipped, and rests of lines
 *   as generations of their own, which never stood in a file;
 * - a replaced file taken for the one before (`tail`, isSame always true): mixtures that never stood in a file.
 */
import { cpSync } from "node:fs";
import { parseArgs } from "node:util";
import { runRound, type Verdict } from "./round.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "60" },
    seeds: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    keep: { type: "boolean", default: false },
  },
});
/** A round has about so many kills when it is not said how many rounds there are. */
const KILLS_A_SEED = 20;

const [kills, first] = [Number(values.kills), Number(values.seed)];
const seeds = Number(values.seeds ?? Math.max(1, Math.round(kills / KILLS_A_SEED)));
const began = performance.now();
const verdicts: Verdict[] = [];
for (let n = 0; n < seeds; n++) {
  const share = Math.floor(kills / seeds) + (n < kills % seeds ? 1 : 0);
  const verdict = await runRound(first + n, share);
  verdicts.push(verdict);
  tell(verdict);
  if (values.keep && verdict.complaints.length > 0) keep(verdict);
}
const killed = verdicts.reduce((sum, verdict) => sum + verdict.kills.shipper + verdict.kills.server, 0);
const failed = verdicts.filter(({ complaints }) => complaints.length > 0);
console.log(`${killed} kills over ${seeds} seeds in ${Math.round((performance.now() - began) / 1000)} s`);
console.log(`${verdicts.length - failed.length} passed, ${failed.length} failed`);
process.exit(failed.length === 0 ? 0 : 1);

function tell({ seed, kills, complaints, felt, ...verdict }: Verdict) {
  const weather = Object.entries(felt).map(([name, count]) => `${name} ${count}`);
  console.log(
    `seed ${seed}: ${kills.shipper} + ${kills.server} kills, ${JSON.stringify({ ...verdict, home: undefined })}`,
  );
  console.log(`  connections: ${weather.join(", ")}`);
  for (const complaint of complaints) console.log(`  FAILED ${complaint}`);
}

function keep({ seed, home }: Verdict) {
  const to = `${home}-kept-${seed}`;
  cpSync(home, to, { recursive: true });
  console.log(`  kept: ${to}`);
}
