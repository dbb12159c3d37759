/** Whether somebody else has a session open now: its agent's own signals, here and on other machines, and bytes that still come. */
import type { App } from "../../app.ts";
import type { Holder } from "../../domain/chat.ts";
import { PROVIDERS } from "../../providers/all.ts";
import { LiveSessions } from "../../shipper/presence.ts";
import { readPresence } from "../../store/presence.ts";
import { aliveOf, type SessionRow, sessionRowByUuid, stateOf } from "../../store/session-rows.ts";
import { turnsOf } from "../../store/turns.ts";

/** What our own turn wrote last is derived this much later at most, ms. */
const LAG_MS = 5000;

/** The terminal that has it; null when none has. Turns of ours are not asked about here. */
export function openInTerminal(app: App, session: string): Holder | null {
  const row = sessionRowByUuid(app.db, session);
  if (!row) return null;
  return bySignal(app, row) ?? byGrowth(app, row, session);
}

function bySignal(app: App, row: SessionRow): Holder | null {
  const told = aliveOf(row, readPresence(app.db, app.now()));
  if (told) return holder(row.psid, told.device, Date.parse(told.since ?? ""));
  // The heartbeat may be late, and there is none when this machine does not ship.
  const here = liveHere(app).find((live) => live.provider === row.provider && live.provider_session_id === row.psid);
  return here ? holder(row.psid, app.device, Date.parse(here.since ?? "")) : null;
}

function liveHere({ config }: App) {
  const signals = new LiveSessions(PROVIDERS, config.env, () => {});
  try {
    return signals.live;
  } finally {
    signals.close();
  }
}

/** An agent without signals is at work while its file grows; bytes of our own last turn do not count. */
function byGrowth(app: App, row: SessionRow, session: string): Holder | null {
  const now = app.now();
  if (stateOf(row, null, now) !== "working") return null;
  const ours = turnsOf(app.db, session, 1)[0]?.ended_at ?? 0;
  return row.active_at > ours + LAG_MS ? holder(row.psid, row.device_id, row.active_at) : null;
}

const holder = (id: string, device_id: string, since: number): Holder => ({
  kind: "terminal",
  id,
  device_id,
  since: new Date(Number.isFinite(since) ? since : 0).toISOString(),
});
