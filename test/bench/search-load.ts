/** 500 events a second that arrive while searches are measured, and how soon one of them is found. */
import type { Server } from "../support/server.ts";
import { ask, searchPath } from "./search-ask.ts";
import { liveLine } from "./live.ts";
import { change } from "./search-home.ts";
import { percentile } from "./table.ts";

const PER_SECOND = 500;
/** Requests of a second; each brings so many lines of one of five sessions. */
const POSTS = 10;
const SESSIONS = 5;
/** What the lines are made of, so that an event is as long as others are. */
const FILLER = "the request was read from the file and the answer is written to the index of sessions ".repeat(3);
const LOST_MS = 10_000;

export type Load = {
  /** Events acknowledged so far, and the milliseconds of each acknowledgement. */
  readonly acked: { events: number; readonly times: number[] };
  /** Posts one event with this word among the others; resolves when it is acknowledged. */
  mark(word: string): Promise<void>;
  stop(): Promise<void>;
};

type Mark = { readonly word: string; readonly told: () => void };

/** Starts to post; the pace does not wait for answers but for those of the same session. */
export function startLoad(server: Server): Load {
  const lanes = Array.from({ length: SESSIONS }, (_, n) => makeLane(server, n));
  const acked = { events: 0, times: [] as number[] };
  const words: Mark[] = [];
  let over = false;
  const send = async (lane: ReturnType<typeof makeLane>, marks: readonly Mark[]) => {
    const from = performance.now();
    const said = marks.map(({ word }) => word);
    await lane.post(PER_SECOND / POSTS, said);
    acked.events += PER_SECOND / POSTS;
    acked.times.push(performance.now() - from);
    for (const { told } of marks) told();
  };
  const began = performance.now();
  const running = (async () => {
    for (let n = 0; !over; n++) {
      await Bun.sleep(Math.max(0, began + (n * 1000) / POSTS - performance.now()));
      void send(lanes[n % SESSIONS]!, words.splice(0));
    }
  })();
  return {
    acked,
    mark: (word) => new Promise((told) => words.push({ word, told })),
    async stop() {
      over = true;
      await running;
      await Promise.all(lanes.map((lane) => lane.rest()));
    },
  };
}

function makeLane(server: Server, lane: number) {
  const session = `11111111-2222-4333-8444-${String(process.pid).padStart(10, "0")}${String(lane).padStart(2, "0")}`;
  const path = `/tmp/load/.claude/projects/-tmp-load/${session}.jsonl`;
  let [offset, lines] = [0, 0];
  let last: Promise<unknown> = Promise.resolve();
  const send = async (text: string) => {
    const url = `/api/agents/ingest?provider=claude&path=${encodeURIComponent(path)}&offset=${offset}`;
    const headers = { "content-type": "application/x-ndjson" };
    const answer = await server.api(url, { method: "POST", headers, body: text });
    if (!answer.ok) throw new Error(await answer.text());
    await answer.arrayBuffer();
    offset += text.length;
  };
  return {
    post(count: number, words: readonly string[]): Promise<void> {
      const text = Array.from({ length: count }, (_, i) =>
        liveLine(session, ++lines, `${words[i] ?? ""} ${FILLER} loaded${lane}x${lines}`),
      ).join("");
      const sent = last.then(() => send(text));
      last = sent;
      return sent;
    },
    rest: () => last,
  };
}

/** From the acknowledgement of an event until a search finds it, milliseconds, one after the other. */
export async function freshness(server: Server, load: Load, rounds: number): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < rounds; n++) {
    const word = `freshword${process.pid}x${n}`;
    await load.mark(word);
    const from = performance.now();
    while ((await ask(server, searchPath(word))).found === 0) {
      if (performance.now() - from > LOST_MS) throw new Error(`${word} is not found`);
    }
    times.push(performance.now() - from);
  }
  return times;
}

/** The same for what is no event: a title, a tag, a deletion. Milliseconds from the answer. */
export async function freshChanges(server: Server, rounds: number): Promise<Record<string, number[]>> {
  const times: Record<string, number[]> = { title: [], tag: [], deletion: [] };
  for (let n = 0; n < rounds; n++) {
    const session = `22222222-2222-4333-8444-${String(process.pid).padStart(8, "0")}${String(n).padStart(4, "0")}`;
    const words = ["said", "title", "tag"].map((what) => `${what}word${process.pid}x${n}`);
    const path = `/tmp/load/.claude/projects/-tmp-load/${session}.jsonl`;
    const posted = await server.api(`/api/agents/ingest?provider=claude&path=${encodeURIComponent(path)}&offset=0`, {
      method: "POST",
      headers: { "content-type": "application/x-ndjson" },
      body: liveLine(session, 1, words[0]!),
    });
    if (!posted.ok) throw new Error(await posted.text());
    const there = async (query: string, wanted: number) => {
      const from = performance.now();
      for (;;) {
        const { sessions } = await server.json<{ sessions: { id: string }[] }>(searchPath(query));
        if (sessions.length === wanted) return { ms: performance.now() - from, id: sessions[0]?.id ?? "" };
        if (performance.now() - from > LOST_MS) throw new Error(`${query}: not ${wanted}`);
      }
    };
    const { id } = await there(words[0]!, 1);
    await change(server, id, { title: `called ${words[1]}` });
    times.title!.push((await there(words[1]!, 1)).ms);
    await change(server, id, { add_tags: [words[2]] });
    times.tag!.push((await there(`tag:${words[2]}`, 1)).ms);
    await server.api(`/api/agents/sessions/${id}`, { method: "DELETE" });
    times.deletion!.push((await there(words[0]!, 0)).ms);
  }
  return times;
}

/** The pace and the acknowledgements, as a sentence. */
export const toldLoad = ({ acked }: Load, seconds: number): string =>
  `${Math.round(acked.events / seconds)} events/s arrived, acknowledged p50 ${percentile(acked.times, 50).toFixed(1)}, p95 ${percentile(acked.times, 95).toFixed(1)} ms.`;
