/** A line appended to a file of this machine, until it is painted on the open timeline and on its session's page, while 20 sessions stream beside it. */
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { signedIn } from "../support/browser.ts";
import { sessionId } from "../support/post.ts";
import { startServer } from "../support/server.ts";
import { liveLine } from "./live.ts";
import { spread } from "./table.ts";
import type { Row } from "./table.ts";

const STREAMS = 20;
/** Each of them writes a line so often. */
const EVERY_MS = 500;
const idOf = (n: number) => `44444444-2222-4333-8444-${String(n).padStart(12, "0")}`;

/** A server that watches its own home, with its files written as agents would. */
export async function streamed(browser: Browser, rounds: number): Promise<Row[]> {
  const server = await startServer({ args: [] });
  const dir = join(server.home, ".claude/projects/-tmp-live");
  mkdirSync(dir, { recursive: true });
  const file = (n: number) => join(dir, `${idOf(n)}.jsonl`);
  for (let n = 0; n <= STREAMS; n++) appendFileSync(file(n), liveLine(idOf(n), 0, "first"));
  let line = 0;
  let turn = 0;
  const writing = setInterval(() => {
    const n = 1 + (turn++ % STREAMS);
    appendFileSync(file(n), liveLine(idOf(n), ++line, "stream"));
  }, EVERY_MS / STREAMS);
  try {
    const page = await (await signedIn(browser, server)).newPage();
    await page.goto(`${server.url}/timeline`);
    await page.locator("[data-testid=session-card]").nth(STREAMS).waitFor({ timeout: 20_000 });
    const title = (text: string) => `${JSON.stringify({ type: "ai-title", aiTitle: text, sessionId: idOf(0) })}\n`;
    const onTimeline = await appended(page, rounds, (n) => [title(`live title ${n}.`), `live title ${n}.`]);
    await page.goto(`${server.url}/sessions/${await sessionId(server, idOf(0))}`);
    await page.getByTestId("event").first().waitFor();
    const onSession = await appended(page, rounds, (n) => [
      liveLine(idOf(0), n, "reading"),
      `live reading number ${n}`,
    ]);
    const goal = "p50 ≤ 100 ms, p95 ≤ 250 ms";
    return [
      { what: `line appended until on the timeline, ${STREAMS} sessions streaming`, got: spread(onTimeline), goal },
      { what: `line appended until on its open session, ${STREAMS} sessions streaming`, got: spread(onSession), goal },
    ];
  } finally {
    clearInterval(writing);
    await server.stop();
  }

  async function appended(page: Page, times: number, make: (n: number) => [line: string, shown: string]) {
    const found: number[] = [];
    for (let n = 1; n <= times; n++) {
      const [line, shown] = make(n);
      const seen = page.evaluate(untilShown, shown);
      await Bun.sleep(400);
      const from = performance.now();
      appendFileSync(file(0), line);
      await seen;
      found.push(performance.now() - from);
    }
    return found;
  }
}

/** Until the words are on the page and their frame is painted. */
async function untilShown(words: string): Promise<void> {
  const frame = () => new Promise(requestAnimationFrame);
  while (!document.querySelector("main")!.textContent!.includes(words)) await frame();
  await frame();
}
