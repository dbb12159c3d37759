/** What many open tabs cost the server: each has loaded a timeline, a session and holds the live feed, while one agent writes. */
import { hostname } from "node:os";
import type { Server } from "../support/server.ts";
import { liveLine } from "./live.ts";
import { mb } from "./table.ts";
import type { Row } from "./table.ts";

const TABS = 200;
const LINES = 50;
const SESSION = "11111111-2222-4333-8444-666666666666";
/** The server gives memory back when it has been left alone for a while. */
const SETTLE_MS = 10_000;

/** Opens 200 tabs' worth of requests and sockets on a server that has rested. Sockets that missed a line are named. */
export async function measureTabs(server: Server): Promise<Row[]> {
  await load(server);
  await Bun.sleep(SETTLE_MS);
  const before = server.memory().now;
  const tabs: Awaited<ReturnType<typeof listen>>[] = [];
  for (let n = 0; n < TABS; n++) {
    await load(server);
    tabs.push(await listen(server));
  }
  const open = server.memory().now;
  let offset = 0;
  for (let n = 0; n < LINES; n++) offset += await append(server, n, offset);
  await server.settled();
  const from = performance.now();
  while (new Set(tabs.map(({ seen }) => seen())).size > 1) {
    if (performance.now() - from > 10_000) throw new Error("some tabs were told less than others");
    await Bun.sleep(20);
  }
  await Bun.sleep(SETTLE_MS);
  const after = server.memory().now;
  for (const { close } of tabs) close();
  return [
    { what: `${TABS} open tabs, memory of the server, as they open`, got: mb(open - before), goal: "" },
    { what: `${TABS} open tabs, and ${LINES} lines told to each`, got: mb(after - before), goal: "≤ 50 MB" },
  ];
}

/** What a tab asks when it opens. */
async function load(server: Server): Promise<void> {
  for (const path of ["/timeline", "/api/agents/sessions?limit=50", "/api/agents/filters", "/api/status", "/api/views"])
    await (await server.api(path)).arrayBuffer();
}

/** A tab's socket; `seen`: the number of the last frame. */
async function listen(server: Server) {
  const options = { headers: { authorization: `Bearer ${server.token}` } };
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/live`, options as unknown as string[]);
  let seq: number | null = null;
  const hello = Promise.withResolvers<void>();
  socket.onmessage = ({ data }) => {
    seq = (JSON.parse(String(data)) as { seq?: number }).seq ?? seq;
    hello.resolve();
  };
  socket.onerror = () => hello.reject(new Error("a tab was not let in"));
  await hello.promise;
  return { seen: () => seq, close: () => socket.close() };
}

async function append(server: Server, n: number, offset: number): Promise<number> {
  const line = liveLine(SESSION, n, `tabs${n}`);
  const path = encodeURIComponent(`/tmp/${hostname()}/.claude/projects/-tmp-live/${SESSION}.jsonl`);
  const answer = await server.api(`/api/agents/ingest?provider=claude&path=${path}&offset=${offset}`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body: line,
  });
  if (!answer.ok) throw new Error(await answer.text());
  return line.length;
}
