/** A tab that is used for long: what it holds then, scripted without a person's pauses. */
import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { mb } from "./table.ts";

/** What a round of use does; a person does each in some seconds. */
export const ACTS_A_ROUND = 9;

/** Uses the tab, which shows the timeline, for so many rounds; then gives its heap and what its process holds. `long`: a session's path. */
export async function used(browser: Browser, page: Page, { rounds, long }: { rounds: number; long: string }) {
  for (let n = 0; n < rounds; n++) await round(page, n, long);
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return `${mb(await rendererBytes(browser))}, of it ${mb(usedSize)} JavaScript`;
}

async function round(page: Page, n: number, long: string): Promise<void> {
  const row = (nth: number) => page.locator("[data-testid=session-card] a.title").nth(nth);
  const word = (nth: number) => page.locator(".filters .word").nth(nth);
  const search = page.getByTestId("search-input");
  await row(0).waitFor();
  await page.mouse.move(600, 400);
  await page.mouse.wheel(0, 6000);
  await page.waitForTimeout(100);
  await row(n % 8).click();
  await read(page, -1200);
  await word(1 + (n % 2)).click();
  await page.waitForTimeout(100);
  await word(0).click();
  await search.fill(`migration ${n}`);
  await page.waitForTimeout(250);
  await search.fill("");
  await page.locator(".brand").click();
  await row(0).evaluate((link, path) => void link.setAttribute("href", path), long);
  await row(0).click();
  await read(page, -20_000);
}

/** Looks into the session that opens, and goes back. */
async function read(page: Page, far: number): Promise<void> {
  await page.getByTestId("event").first().waitFor();
  await page.mouse.wheel(0, far);
  await page.waitForTimeout(150);
  await page.goBack();
  await page.locator("[data-testid=session-card]").first().waitFor();
}

/** Private and shared pages of the largest renderer, each page shared counted in part (PSS). */
async function rendererBytes(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const sizes = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => pss(id));
  return Math.max(0, ...sizes);
}

function pss(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
}
