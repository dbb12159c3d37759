/** What happens in a round, and when: made of its seed alone, before anything runs. */
import { seeded } from "../support/random.ts";
import { fileActs, type FileAct } from "./file-acts.ts";
import { type Weather, weatherOf } from "./weather.ts";

/** `at`: ms since the round began. */
export type Timed<T> = T & { readonly at: number };

/** One process is killed (or told to end, or stopped for a while) and stays away for `away` ms. */
export type Blow = {
  readonly who: "shipper" | "server";
  readonly how: "SIGKILL" | "SIGTERM" | "SIGSTOP";
  readonly away: number;
};

export type Script = {
  readonly seed: number;
  readonly ms: number;
  readonly files: readonly Timed<FileAct>[];
  readonly weather: readonly Timed<Weather>[];
  readonly blows: readonly Timed<Blow>[];
};

/** A kill comes every so many ms on average: some while a start is under way, some after everything went quiet. */
const KILL_EVERY = 4200;

/** The script of a seed. `home` is only the beginning of paths. */
export function scriptOf(seed: number, kills: number, home: string): Script {
  const blows = blowsOf(seed, kills);
  const ms = (blows.at(-1)?.at ?? 5000) + 2500;
  return { seed, ms, blows, files: fileActs(seeded(seed), ms, home), weather: weatherOf(seeded(seed + 1e6), ms) };
}

function blowsOf(seed: number, kills: number): Timed<Blow>[] {
  const random = seeded(seed + 2e6);
  const blows: Timed<Blow>[] = [];
  for (let [at, killed] = [800, 0]; killed < kills;) {
    const long = random.next() < 0.4;
    at += long ? random.int(3500, KILL_EVERY * 2) : random.int(60, 3500);
    const chance = random.next();
    const how = chance < 0.84 ? "SIGKILL" : chance < 0.92 ? "SIGTERM" : "SIGSTOP";
    const who = how === "SIGSTOP" || random.next() < 0.6 ? "shipper" : "server";
    const away = random.next() < 0.2 ? random.int(2500, 6000) : random.int(0, 1200);
    blows.push({ at, who, how, away: how === "SIGSTOP" ? Math.min(away, 2000) : away });
    if (how === "SIGKILL") killed++;
  }
  return blows;
}
