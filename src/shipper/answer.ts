/** Whoever holds the lock works for those who left a wake. */
import type { Shipper } from "./shipper.ts";
import { openWakes, type Scope, tellWake, type WakeProgress } from "./spool-wakes.ts";

/** Ships what each open wake asks for, oldest first; gives what that was. `report` is told of progress too. */
export async function answerOpenWakes(
  shipper: Shipper,
  report: (progress: WakeProgress) => void = () => {},
): Promise<readonly Scope[]> {
  const wakes = openWakes(shipper.spool);
  // Many hooks of one session ask for the same.
  const done = new Map<string, WakeProgress>();
  for (const { id, scope } of wakes) {
    if (shipper.signal.aborted) break;
    const key = JSON.stringify(scope);
    const known = done.get(key);
    const tell = (progress: WakeProgress) => (report(progress), tellWake(shipper.spool, id, progress, false));
    const answer = known ?? (await shipper.once(scope, tell));
    done.set(key, answer);
    tellWake(shipper.spool, id, answer, true);
  }
  return wakes.map(({ scope }) => scope);
}
