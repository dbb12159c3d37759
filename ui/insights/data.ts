/** What the insights page has fetched: kept over ranges and visits, renewed while sessions go on. */
import { createEffect, createSignal, on, onCleanup, type Accessor } from "solid-js";
import type { Insights } from "../../src/domain/insights.ts";
import type { UsageRow } from "../../src/domain/usage.ts";
import type { Fault } from "../../src/domain/fault.ts";
import { asFault, isAbort } from "../api/call.ts";
import { getInsights, getUsageByDay, type UsageQuery } from "../api/server.ts";
import { dayKey } from "../kit/format.ts";
import { live } from "../live.ts";
import { plusDays, type Range } from "./range.ts";

/** How often figures follow sessions that go on. */
const EVERY_MS = 20_000;
/** A year of weeks. */
export const YEAR_DAYS = 53 * 7;

/** `answer`: of the range asked for, or of the one before while that is fetched. */
export type Fetched<T> = {
  readonly answer: Accessor<T | null>;
  readonly fault: Accessor<Fault | null>;
  readonly busy: Accessor<boolean>;
  readonly again: () => void;
};

const zone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

const query = ({ since, until }: Pick<Range, "since" | "until">): UsageQuery => ({
  tz: zone(),
  ...(since === "" ? {} : { since }),
  ...(until === "" ? {} : { until }),
});

/** The figures of a range. Call in a component. */
export const useInsights = (range: Accessor<Range>): Fetched<Insights> =>
  useFetched(
    () => query(range()),
    (asked, signal) => getInsights(asked, signal),
  );

/** The days of the last year, for the map. Call in a component. */
export const useYear = (): Fetched<readonly UsageRow[]> =>
  useFetched(
    () => query({ since: plusDays(dayKey(Date.now()), -YEAR_DAYS), until: "" }),
    async (asked, signal) => (await getUsageByDay(asked, signal)).rows,
  );

function useFetched<T>(asked: Accessor<UsageQuery>, ask: Ask<T>): Fetched<T> {
  const [answer, setAnswer] = createSignal<T | null>(null);
  const [fault, setFault] = createSignal<Fault | null>(null);
  const [busy, setBusy] = createSignal(true);
  const [turn, setTurn] = createSignal(0);
  let running: AbortController | undefined;
  const fetchNow = async (query: UsageQuery) => {
    running?.abort();
    const mine = (running = new AbortController());
    setBusy(true);
    try {
      const came = await ask(query, mine.signal);
      setAnswer(() => came);
      setFault(null);
    } catch (error) {
      if (!isAbort(error)) setFault(asFault(error));
    } finally {
      if (running === mine) setBusy(false);
    }
  };
  createEffect(on([() => JSON.stringify(asked()), turn], ([text]) => void fetchNow(JSON.parse(text) as UsageQuery)));
  onCleanup(() => running?.abort());
  const again = () => setTurn(turn() + 1);
  useFollow(again);
  return { answer, fault, busy, again };
}

type Ask<T> = (query: UsageQuery, signal: AbortSignal) => Promise<T>;

/** Looks again when sessions have changed, now and then, while somebody looks; at once after a gap in the feed. */
function useFollow(again: () => void): void {
  let stale = false;
  let first = true;
  const stops = [
    live().onFrame((frame) => (stale ||= frame.type === "session" || frame.type === "session_deleted")),
    // The first hello comes with the page: what was just fetched is of now.
    live().onResync(() => (first ? (first = false) : again())),
  ];
  const timer = setInterval(() => {
    if (!stale || document.visibilityState !== "visible") return;
    stale = false;
    again();
  }, EVERY_MS);
  onCleanup(() => (clearInterval(timer), stops.forEach((stop) => stop())));
}
