/** A search that goes on by itself: pages until there are enough, then the best of all time. Pure. */
import type { SessionHit, SessionList } from "../../src/domain/session.ts";

export type Further = { readonly cursor?: string; readonly thorough?: 1 };
/** One page, told from where or how well to look. Rejects when nobody waits any more. */
type Ask = (further: Further) => Promise<SessionList>;

type Told = {
  /** Sessions that are enough. */
  readonly wanted: number;
  /** Rest before the longer look: whoever types on wants another answer. */
  rest(): Promise<unknown>;
  /** Everything found so far: what stood there stays where it was. */
  show(sessions: readonly SessionHit[]): void;
};

/** Rejects when the first page does; what fails later leaves what is there. */
export async function searchOn(ask: Ask, told: Told): Promise<void> {
  const first = await ask({});
  told.show(first.sessions);
  await goOn(ask, first, told).catch(() => {});
}

async function goOn(ask: Ask, first: SessionList, { wanted, rest, show }: Told): Promise<void> {
  let page = first;
  let sessions = first.sessions;
  while (page.partial && page.next !== null && sessions.length < wanted) {
    page = await ask({ cursor: page.next });
    sessions = joined(sessions, page.sessions);
    show(sessions);
  }
  if (!page.cut) return;
  await rest();
  const best = await ask({ thorough: 1 });
  show(joined(sessions, best.sessions));
}

function joined(sessions: readonly SessionHit[], more: readonly SessionHit[]): readonly SessionHit[] {
  const here = new Set(sessions.map((session) => session.id));
  return [...sessions, ...more.filter((session) => !here.has(session.id))];
}
