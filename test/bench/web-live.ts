/** A line appended to a file of this machine, until it is painted on the open timeline, while 20 sessions stream beside it. */
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { signedIn } from "../support/browser.ts";
import { startServer } from "../support/server.ts";
import { liveLine } from "./live.ts";
import { spread } from "./table.ts";
import type { Row } from "./table.ts";

const STREAMS = 20;
/** Each of them writes a line so often. */
const EVERY_MS = 500;
const idOf = (n: number) => `44444444-2222-4333-8444-${String(n).padStart(12, "0")}`;

/** A server that watches its own home, with its files written as agents would. */
export async function streamed(browser: Browser, rounds: number): Promise<Row> {
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
    const found: number[] = [];
    for (let n = 1; n <= rounds; n++) {
      const title = `live title ${n}.`;
      const seen = page.evaluate(async (text) => {
        while (!document.body.textContent?.includes(text)) await new Promise(requestAnimationFrame);
      }, title);
      await Bun.sleep(400);
      const from = performance.now();
      appendFileSync(file(0), `${JSON.stringify({ type: "ai-title", aiTitle: title, sessionId: idOf(0) })}\n`);
      await seen;
      found.push(performance.now() - from);
    }
    const what = `line appended until painted, ${STREAMS} sessions streaming`;
    return { what, got: spread(found), goal: "p50 ≤ 100 ms, p95 ≤ 250 ms" };
  } finally {
    clearInterval(writing);
    await server.stop();
  }
}
