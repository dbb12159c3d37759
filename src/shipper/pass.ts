/** One pass over what somebody asks for: a command, a hook, or whoever left a wake. */
import { isBlank } from "./survey.ts";
import type { Found } from "./scan.ts";
import type { Shipper } from "./shipper.ts";
import type { Scope, WakeProgress } from "./spool-wakes.ts";
import { TELL_MS, troubleOf } from "./teller.ts";

type Report = (progress: WakeProgress) => void;

/** Ships what is in the scope once, unfinished last lines too; `report` is called as it goes. Gives how it ended. */
export async function shipScope(shipper: Shipper, scope: Scope, report: Report): Promise<WakeProgress> {
  const { pump, payloads } = shipper;
  const before = { ...pump.tally };
  const found = await shipper.scan(shipper.places(), scope, { finish: true });
  // What the spool keeps has waited for somebody who reaches the server, whoever it is.
  shipper.replay();
  const total = pump.backlog.bytes;
  const queries = found.due.filter(({ unit }) => unit === "query");
  const paths = new Set(found.due.map(({ path }) => path));
  const now = (): WakeProgress => ({
    sources: found.sources - countBlank(shipper, queries),
    total,
    bytes: pump.tally.bytes - before.bytes,
    events: pump.tally.events - before.events,
    lagging: pump.tally.lagging - before.lagging,
    failed: countFailed(shipper, paths),
    trouble: troubleOf(pump),
    spooled: payloads.waiting(),
  });
  const timer = setInterval(() => report(now()), TELL_MS);
  try {
    await pump.idle();
    return now();
  } finally {
    clearInterval(timer);
  }
}

/** Takes what of the scope is not acknowledged into the spool, unfinished last lines too; sends nothing. */
export async function keepScope(shipper: Shipper, scope: Scope): Promise<void> {
  await shipper.scan(shipper.places(), scope, { finish: true });
  await shipper.custody.takeAll();
}

/** Conversations that turned out to be silent when they were read. */
function countBlank({ spool }: Shipper, queries: readonly Found[]): number {
  return queries.filter((each) => isBlank(each, spool.find(each.provider, each.path))).length;
}

function countFailed({ spool }: Shipper, paths: ReadonlySet<string>): number {
  return [...spool.failing()].filter((path) => paths.has(path)).length;
}
