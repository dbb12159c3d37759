/** What a person waits for: the first page, a long session, a line appended to a file until it stands on the timeline. */
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { launch, signedIn } from "../support/browser.ts";
import { startServer } from "../support/server.ts";
import type { Server } from "../support/server.ts";
import { liveLine } from "./live.ts";
import { spread } from "./table.ts";
import type { Row } from "./table.ts";

const LONG = "22222222-2222-4333-8444-555555555555";

/** Runs chromium against the server, and against one that ships its own machine for the live figure. */
export async function measureBrowser(server: Server, rounds: number): Promise<Row[]> {
  await postLongSession(server, 20_000);
  const browser = await launch();
  try {
    const page = await (await signedIn(browser, server)).newPage();
    const first = await times(rounds, () => firstPage(page, server));
    const open = await times(rounds, () => openLong(page, server));
    const live = await appended(rounds);
    return [
      { what: "timeline, navigation to rows", got: spread(first), goal: "≤ 300 ms" },
      { what: "session of 20,000 events, click to its end painted", got: spread(open), goal: "≤ 300 ms" },
      { what: "line appended to a file, until on the open timeline", got: spread(live), goal: "p50 ≤ 150 ms" },
    ];
  } finally {
    await browser.close();
  }
}

async function times(rounds: number, act: () => Promise<number>): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; i < rounds; i++) found.push(await act());
  return found;
}

async function firstPage(page: Page, server: Server): Promise<number> {
  const from = performance.now();
  await page.goto(`${server.url}/timeline`);
  await page.locator('[data-testid="session-card"]').first().waitFor();
  return performance.now() - from;
}

/** From the click to two frames after the last event stands there, by the page's own clock. */
async function openLong(page: Page, server: Server): Promise<number> {
  await page.goto(`${server.url}/timeline?project=long`);
  await page.locator('[data-testid="session-card"]').first().waitFor();
  return page.evaluate(async () => {
    const card =
      document.querySelector<HTMLElement>('[data-testid="session-card"] a') ??
      document.querySelector<HTMLElement>('[data-testid="session-card"]')!;
    const from = performance.now();
    card.click();
    while (!document.querySelector('[data-testid="session-page"]')?.textContent?.includes("number 19999"))
      await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    return performance.now() - from;
  });
}

async function postLongSession(server: Server, events: number) {
  const lines = Array.from({ length: events }, (_, n) => liveLine(LONG, n, "longsession"));
  let offset = 0;
  for (let at = 0; at < lines.length; at += 2000) {
    const body = lines.slice(at, at + 2000).join("");
    const query = `provider=claude&path=/tmp/.claude/projects/-tmp-long/${LONG}.jsonl&offset=${offset}&project=long`;
    await server.api(`/api/agents/ingest?${query}`, {
      method: "POST",
      headers: { "content-type": "application/x-ndjson" },
      body,
    });
    offset += body.length;
  }
  await server.settled();
}

/** A server that watches its own home; the file is written as an agent would. */
async function appended(rounds: number): Promise<number[]> {
  const server = await startServer({ args: [] });
  const browser = await launch();
  try {
    const dir = join(server.home, ".claude/projects/-tmp-live");
    const session = "33333333-2222-4333-8444-555555555555";
    mkdirSync(dir, { recursive: true });
    const file = join(dir, `${session}.jsonl`);
    appendFileSync(file, liveLine(session, 0, "first"));
    const page = await (await signedIn(browser, server)).newPage();
    await page.goto(`${server.url}/timeline`);
    await page.locator('[data-testid="session-card"]').first().waitFor({ timeout: 15_000 });
    const found: number[] = [];
    for (let n = 1; n <= rounds; n++) {
      const title = `live title ${n}`;
      const seen = page.evaluate(async (text) => {
        while (!document.body.textContent?.includes(text)) await new Promise(requestAnimationFrame);
      }, title);
      await Bun.sleep(700);
      const from = performance.now();
      appendFileSync(file, `${JSON.stringify({ type: "ai-title", aiTitle: title, sessionId: session })}\n`);
      await seen;
      found.push(performance.now() - from);
    }
    return found;
  } finally {
    await browser.close();
    await server.stop();
  }
}
