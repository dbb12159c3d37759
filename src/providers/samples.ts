/** Sample sessions for an empty archive: our own writing, in the agents' own formats, so that they show what is real. */
import { claudeSamples } from "./samples/claude.ts";
import { codexSample } from "./samples/codex.ts";
import { geminiSample } from "./samples/gemini.ts";

/** One file of a sample session. `lines` end with LF each when written; ids and times are fixed by `now`. */
export type Sample = {
  readonly provider: string;
  /** Absolute; nothing stands there on disk. */
  readonly path: string;
  readonly cwd: string;
  readonly lines: readonly unknown[];
};

/** All samples, their last event minutes to days before `now` (ms). */
export function samples(now: number): readonly Sample[] {
  return [...claudeSamples(now), codexSample(now), geminiSample(now)];
}
