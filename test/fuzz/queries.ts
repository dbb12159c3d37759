/** Search queries of any kind: each is answered 200 by the real route, in bounded time, and says only what is so. */
import type { FindRequest } from "../../src/archive/search-protocol.ts";
import type { SessionList } from "../../src/domain/session.ts";
import { apiApp } from "../support/api-app.ts";
import { fileOf, psid, writer } from "../support/fill.ts";
import { seeded, type Random } from "../support/random.ts";
import { openLab } from "../support/search-lab.ts";

export type FuzzedQueries = {
  readonly cases: number;
  readonly seconds: number;
  /** Of one answer, milliseconds of work. */
  readonly slowest: number;
  readonly failures: readonly { readonly query: string; readonly what: string }[];
};

/** An answer that works longer has no bound. Milliseconds of this process, not of the clock: the machine may do much else. */
const STUCK_MS = 1000;
/** However busy the machine is. */
const CASES_MIN = 50;
const FAILURES_MAX = 20;

const PIECES =
  `" ' ( ) - -( -" * : , ; \\ % _ . / # + ++ ~ ^ & | = { } [ ] OR AND NOT NEAR NEAR/2 or agent: project: tool:bash file:a.ts branch:
  device: role:user -role: before:7d after:yesterday before:2026-13-45 is:live -is:pinned has:error has:image tag: tag:"a b"
  session: session:5b0f t: walrus the getUserName c++ don't foo-bar --flag ERR_PNPM_X a.b.c 検索 索 한국어 née 😀 1e9 0x00 deadbeef*
  wa* w* * "walrus the" -walrus "" ( () ((((( "unclosed`.split(/\s+/);
const ODD = ["\0", "\n", "\t", "\ud800", "\udc00", "\ue000", "\u200d", "\u0301", "\uffff", "\u2028", " ", " ", " "];

/** Works until the cases are done or the time is over. The same seed asks the same. */
export async function fuzzQueries({
  cases,
  seconds,
  seed,
}: {
  readonly cases: number;
  readonly seconds: number;
  readonly seed: number;
}): Promise<FuzzedQueries> {
  const lab = openLab();
  await fill(lab);
  const http = await apiApp();
  const found: { list: SessionList | null } = { list: null };
  const find = async ({ query, ...rest }: FindRequest) => (found.list = lab.find(query, rest));
  Object.assign(http.app.search, { find });
  const random = seeded(seed);
  const started = performance.now();
  const spent = () => (performance.now() - started) / 1000;
  const failures: { query: string; what: string }[] = [];
  let [number, slowest] = [0, 0];
  for (; number < cases && (number < CASES_MIN || spent() < seconds) && failures.length < FAILURES_MAX; number++) {
    const query = queryOf(random);
    const began = process.cpuUsage();
    const what = await wrongWith(http, query, random);
    const { user, system } = process.cpuUsage(began);
    const took = (user + system) / 1000;
    slowest = Math.max(slowest, took);
    const stuck = took > STUCK_MS ? `took ${Math.round(took)} ms` : null;
    if (what ?? stuck) failures.push({ query, what: (what ?? stuck)! });
  }
  http.close();
  lab.close();
  return { cases: number, seconds: Math.round(spent() * 10) / 10, slowest: Math.round(slowest), failures };
}

/** Of nothing to 10 kB: operators, words that are there, characters that are none. */
function queryOf(random: Random): string {
  const long = random.next();
  const n = long < 0.7 ? random.int(0, 12) : long < 0.97 ? random.int(12, 80) : random.int(80, 2000);
  const piece = () => {
    const kind = random.next();
    if (kind < 0.6) return random.pick(PIECES);
    if (kind < 0.75) return random.pick(ODD);
    if (kind < 0.9) return String.fromCodePoint(random.int(1, 0x2fff));
    return String.fromCodePoint(random.next() < 0.5 ? random.int(0x4e00, 0x9fff) : random.int(0x10000, 0x1ffff));
  };
  const space = random.pick(["", " ", " ", " "]);
  return Array.from({ length: n }, piece).join(space).slice(0, 10_000);
}

async function wrongWith(
  http: Awaited<ReturnType<typeof apiApp>>,
  query: string,
  random: Random,
): Promise<string | null> {
  const sort = random.pick(["relevance", "recent"]);
  const limit = random.pick([1, 20]);
  const path = `/api/agents/sessions?${new URLSearchParams({ query, sort, limit: String(limit) })}`;
  const answer = await http.ask(path);
  if (answer.status !== 200) return `answers ${answer.status}: ${await answer.text()}`;
  const list = (await answer.json()) as SessionList;
  if (list.sessions.length > limit) return `gives ${list.sessions.length} sessions`;
  for (const { matches } of list.sessions)
    for (const { snippet, ranges } of matches ?? [])
      if (ranges.some(([start, length]) => start < 0 || length < 1 || start + length > snippet.length))
        return `marks ${JSON.stringify(ranges)} of ${snippet.length} characters`;
  if (!list.next || random.next() < 0.5) return null;
  const more = await http.ask(`${path}&cursor=${encodeURIComponent(list.next)}`);
  if (more.status !== 200) return `answers ${more.status} to its own cursor`;
  const shown = new Set(list.sessions.map(({ id }) => id));
  const again = ((await more.json()) as SessionList).sessions.filter(({ id }) => shown.has(id));
  return again.length > 0 ? `gives ${again.length} sessions twice` : null;
}

async function fill(lab: ReturnType<typeof openLab>): Promise<void> {
  for (let n = 1; n <= 30; n++) {
    const write = writer({ id: psid(n), at: Date.parse("2026-01-01T00:00:00Z") + n * 86_400_000 });
    const words = PIECES.slice(n, n + 20).join(" ");
    const lines = [
      write.prompt(`walrus ${n} ${words}`),
      write.call("Bash", `c${n}`, { command: `cat a.ts --flag ${n}` }),
      write.result(`c${n}`, `getUserName the 検索機能 ${words} deadbeef${n}`),
      write.reply(`the ${words} don't`),
    ];
    await lab.append(fileOf(psid(n)), `${lines.join("\n")}\n`);
  }
  await lab.settled();
}
