/**
 * Main's side of searching: one worker for what somebody waits for as they type, and beside it, only while it is needed,
 * one for what takes longer: counting facets, and walking to the end for the best of all time. So no query blocks another.
 */
import { Fault } from "../domain/fault.ts";
import type { SessionList } from "../domain/session.ts";
import { moment } from "./deadline.ts";
import { startQueryThread } from "./query-thread.ts";
import type { Answer, QueryThread } from "./query-thread.ts";
import type { CountRequest, Counting, FindRequest, FoundFacets, SearchPaths } from "./search-protocol.ts";

/** Walks that count for facets take no longer in all, milliseconds. */
const FACETS_MS = 32;
/** The second worker goes after so long without work, with its caches. Milliseconds. */
const IDLE_MS = 30_000;

export type Queries = ReturnType<typeof makeQueries>;

/** Starts the first worker; `reopen` opens the databases. */
export function makeQueries(paths: SearchPaths) {
  const damaged = (shard: number) => queries.onDamage(shard);
  const front = startQueryThread(paths, damaged);
  const back = makeBack(() => startQueryThread(paths, damaged));

  const queries = {
    onDamage: (_shard: number) => {},
    reopen: async () => {
      await Promise.all([back.close(), front.reopen()]);
    },
    async find(request: FindRequest, signal?: AbortSignal): Promise<SessionList> {
      const timed = { ...request, asked: moment() };
      const ask = ({ ask }: QueryThread) => ask((id) => ({ type: "find", id, request: timed }), signal);
      const answer = await (request.patience === undefined ? ask(front) : back.run(ask));
      return answer.type === "found" ? answer.list : unexpected(answer);
    },
    facets: (request: CountRequest, signal?: AbortSignal): Promise<FoundFacets> =>
      back.run((thread) => countFacets(thread, request, signal)),
    close: async () => {
      await Promise.all([back.close(), front.close()]);
    },
  };
  return queries;
}

/** A thread that is there while there is work for it, and a little longer. */
function makeBack(start: () => QueryThread) {
  let thread: Promise<QueryThread> | null = null;
  let working = 0;
  let timer: ReturnType<typeof setTimeout> | null = null;
  const open = async () => {
    const made = start();
    await made.reopen();
    return made;
  };
  const close = async () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const old = thread;
    thread = null;
    await (await old?.catch(() => null))?.close();
  };

  return {
    close,
    async run<T>(work: (thread: QueryThread) => Promise<T>): Promise<T> {
      if (timer !== null) clearTimeout(timer);
      working++;
      try {
        thread ??= open();
        return await work(await thread);
      } finally {
        if (--working === 0) timer = setTimeout(() => void close(), IDLE_MS);
      }
    },
  };
}

async function countFacets({ ask }: QueryThread, request: CountRequest, signal?: AbortSignal): Promise<FoundFacets> {
  const until = performance.now() + FACETS_MS;
  let counting: Counting | null = null;
  do {
    const so_far: Counting | null = counting;
    const answer: Answer = await ask((id) => ({ type: "count", id, request, so_far }), signal);
    counting = answer.type === "counted" ? answer.counting : unexpected(answer);
  } while (counting.next !== null && performance.now() < until);
  const { sessions, next: left } = counting;
  const answer = await ask((id) => ({ type: "facets", id, sessions }), signal);
  return answer.type === "facets" ? { ...answer.facets, partial: left !== null } : unexpected(answer);
}

function unexpected({ type }: Answer): never {
  throw new Fault("internal", `The search answered another question: ${type}.`);
}
