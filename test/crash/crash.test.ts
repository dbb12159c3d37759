/** A dose of `bun run test:crash`: seconds by CRASH_SECONDS (`.ci/run`: four minutes), seeds that stay. */
import { expect, test } from "bun:test";
import { runRound } from "./round.ts";

const seconds = Number(Bun.env.CRASH_SECONDS ?? 25);
/** With what comes before and after a round's kills. */
const SECONDS_A_KILL = 5;
const KILLS_A_SEED = 18;
const kills = Math.max(1, Math.round(seconds / SECONDS_A_KILL));
const seeds = Math.ceil(kills / KILLS_A_SEED);

for (let seed = 1; seed <= seeds; seed++)
  test(
    `after ${Math.round(kills / seeds)} kills behind a bad network all that was owed is archived (seed ${seed})`,
    async () => {
      const { complaints, home: _, ...verdict } = await runRound(seed, Math.round(kills / seeds));

      console.log(JSON.stringify(verdict));
      expect(complaints).toEqual([]);
    },
    180_000 + 15_000 * kills,
  );
