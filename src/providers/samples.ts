/** Sample sessions for an empty archive: our own writing, in the agents' own formats, so that they show what is real. */
import { claudeSamples } from "./samples/claude.ts";
import { codexSample } from "./samples/codex.ts";
import { geminiSample } from "./samples/gemini.ts";
import type { Sample } from "./samples/sample.ts";

/** All samples, their last event minutes to days before `now` (ms). */
export function samples(now: number): readonly Sample[] {
  return [...claudeSamples(now), codexSample(now), geminiSample(now)];
}
