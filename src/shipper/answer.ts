/** Whoever holds the lock works for those who left a wake. */
import { shipScope } from "./pass.ts";
import type { Shipper } from "./shipper.ts";
import { dropWake, openWakes, type Scope, tellWake, type WakeProgress } from "./spool-wakes.ts";

/**
 * Ships what each open wake asks for, oldest first; gives what that was. `report` is told of progress too; a holder that has
 * none goes on afterwards: it only takes hooks' wakes up, for a hook's session must not wait behind an import.
 */
export async function answerOpenWakes(
  shipper: Shipper,
  report?: (progress: WakeProgress) => void,
): Promise<readonly Scope[]> {
  const wakes = openWakes(shipper.spool);
  const hurried = report ? [] : wakes.filter(({ scope }) => scope.hook);
  for (const wake of hurried) await takeUp(shipper, wake);
  // Many hooks of one session ask for the same.
  const done = new Map<string, WakeProgress>();
  for (const { id, scope } of wakes.filter((wake) => !hurried.includes(wake))) {
    if (shipper.signal.aborted) break;
    const key = JSON.stringify(scope);
    const tell = (progress: WakeProgress) => (report?.(progress), tellWake(shipper.spool, id, progress, false));
    const answer = done.get(key) ?? (await shipScope(shipper, scope, tell));
    done.set(key, answer);
    tellWake(shipper.spool, id, answer, true);
  }
  return wakes.map(({ scope }) => scope);
}

async function takeUp(shipper: Shipper, { id, scope }: { readonly id: number; readonly scope: Scope }) {
  if (shipper.signal.aborted) return;
  await shipper.scan(shipper.places(), scope, { live: true, finish: true });
  dropWake(shipper.spool, id);
}
