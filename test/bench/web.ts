/**
 * `bun run bench --web [--sessions 10000] [--minutes 10] [--traces DIR]`: the timeline as a person meets it, in chromium, on a
 * large archive. Every figure is taken by the page's own clock, and every scene leaves a trace (chrome://tracing) in DIR.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { launch, signedIn } from "../support/browser.ts";
import { startServer } from "../support/server.ts";
import type { Server } from "../support/server.ts";
import { fillHome } from "./web-home.ts";
import { streamed } from "./web-live.ts";
import { mb, spread } from "./table.ts";
import type { Row } from "./table.ts";

export type WebBench = {
  readonly sessions: number;
  readonly rounds: number;
  /** How long the tab is used for its memory. */
  readonly minutes: number;
  readonly traces: string;
};

/** Fills an archive, then measures. */
export async function measureWeb(bench: WebBench): Promise<Row[]> {
  mkdirSync(bench.traces, { recursive: true });
  const server = await startServer();
  const browser = await launch();
  try {
    await fillHome(server, bench.sessions);
    const rows = await scenes(bench, browser, server);
    return [...rows, await streamed(browser, bench.rounds)];
  } finally {
    await browser.close();
    await server.stop();
  }
}

async function scenes(bench: WebBench, browser: Browser, server: Server): Promise<Row[]> {
  const context = await signedIn(browser, server);
  const page = await context.newPage();
  const traced = async <T>(name: string, act: () => Promise<T>): Promise<T> => {
    console.error(`web: ${name}`);
    await browser.startTracing(page, { path: join(bench.traces, `${name}.json`), screenshots: false });
    try {
      return await act();
    } finally {
      await browser.stopTracing();
    }
  };
  const opens = await traced("open", () => times(bench.rounds, () => open(page, server)));
  console.error(`web: shell ${spread(opens.map((one) => one.shell))}; rows ${spread(opens.map((one) => one.rows))}`);
  const filters = await traced("filter", () => filterChanges(page, server, bench.rounds));
  console.error(`web: filters ${spread(filters.map((one) => one.frame))}; ${spread(filters.map((one) => one.rows))}`);
  const scroll = await traced("scroll", () => scrollAll(page, server));
  console.error(`web: scroll ${JSON.stringify(scroll)}`);
  const memory = await used(browser, page, bench.minutes);
  return [
    { what: "shell painted", got: spread(opens.map((one) => one.shell)), goal: "p50 ≤ 100 ms" },
    { what: "first page of the timeline painted", got: spread(opens.map((one) => one.rows)), goal: "p50 ≤ 300 ms" },
    {
      what: "filter change, click to the first frame",
      got: spread(filters.map((one) => one.frame)),
      goal: "p50 ≤ 50 ms",
    },
    { what: "filter change, click to its rows", got: spread(filters.map((one) => one.rows)), goal: "" },
    {
      what: "scrolling at full speed, down, up and by jumps",
      got: `longest blank ${Math.round(scroll.blankMs)} ms, longest frame ${Math.round(scroll.frameMs)} ms, ${scroll.rows} rows`,
      goal: "blank ≤ 100 ms",
    },
    { what: `memory of the tab after ${bench.minutes} min`, got: memory, goal: "≤ 250 MB" },
  ];
}

async function times<T>(rounds: number, act: () => Promise<T>): Promise<T[]> {
  const found: T[] = [];
  for (let n = 0; n < rounds; n++) found.push(await act());
  return found;
}

/** A navigation: until the browser painted anything, and until two frames after the first rows stood there. */
async function open(page: Page, server: Server) {
  await page.goto("about:blank");
  await page.addInitScript(() => {
    const marks = window as unknown as { rowsAt?: number };
    const look = () => {
      if (!document.querySelector("[data-testid=session-card]")) return requestAnimationFrame(look);
      return requestAnimationFrame(() => requestAnimationFrame(() => (marks.rowsAt ??= performance.now())));
    };
    look();
  });
  await page.goto(`${server.url}/timeline`);
  await page.waitForFunction(() => (window as unknown as { rowsAt?: number }).rowsAt !== undefined);
  return page.evaluate(() => ({
    shell: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN,
    rows: (window as unknown as { rowsAt: number }).rowsAt,
  }));
}

/** Filters chosen one after another, agents by turns; each is asked anew, from the server. */
async function filterChanges(page: Page, server: Server, rounds: number) {
  const found: { frame: number; rows: number }[] = [];
  for (let n = 0; n < rounds; n++) {
    await page.goto(`${server.url}/timeline`);
    await page.locator("[data-testid=session-card]").first().waitFor();
    await page.locator(".filters .word").nth(2).waitFor();
    await page.waitForTimeout(300);
    found.push(await page.evaluate(clickFilter, 1 + (n % 2)));
  }
  return found;
}

async function clickFilter(nth: number) {
  const word = document.querySelectorAll<HTMLElement>(".filters .word")[nth]!;
  const key = () => document.querySelector<HTMLElement>(".timeline")!.getAttribute("aria-busy");
  const frame = () => new Promise(requestAnimationFrame);
  const from = performance.now();
  word.click();
  while (word.getAttribute("aria-pressed") !== "true") await frame();
  await frame();
  const painted = performance.now() - from;
  while (key() === "true" || !document.querySelector("[data-testid=session-card]")) await frame();
  await frame();
  return { frame: painted, rows: performance.now() - from };
}

/** To the end of the list as fast as it goes, back up, then by jumps; blank = a frame with nothing in the middle. */
async function scrollAll(page: Page, server: Server) {
  await page.goto(`${server.url}/timeline`);
  await page.locator("[data-testid=session-card]").first().waitFor();
  return page.evaluate(async () => {
    const frame = () => new Promise<number>(requestAnimationFrame);
    const worst = { blankMs: 0, frameMs: 0, rows: 0 };
    let blankSince: number | null = null;
    let last = await frame();
    const step = async (act: () => void) => {
      act();
      const now = await frame();
      worst.frameMs = Math.max(worst.frameMs, now - last);
      last = now;
      const at = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
      if (at?.closest(".row, .day > h2, .skeleton, .end")) blankSince = null;
      else worst.blankMs = Math.max(worst.blankMs, now - (blankSince ??= now));
    };
    const height = () => document.documentElement.scrollHeight;
    for (let still = 0, was = 0; still < 60;) {
      await step(() => scrollBy(0, 4000));
      still = height() === was ? still + 1 : 0;
      was = height();
    }
    worst.rows = Number(
      /[\d,]+ sessions/.exec(document.querySelector(".end")?.textContent ?? "")?.[0].replace(/\D/g, "") ?? 0,
    );
    while (scrollY > 0) await step(() => scrollBy(0, -4000));
    for (let n = 0; n < 60; n++) {
      await step(() => scrollTo(0, (((n * 7919) % 97) / 97) * height()));
      await step(() => {});
    }
    return worst;
  });
}

/** Uses the tab for so long: sessions opened and left, lists filtered, scrolled. Gives the heap and what the process holds. */
async function used(browser: Browser, page: Page, minutes: number): Promise<string> {
  const until = performance.now() + minutes * 60_000;
  while (performance.now() < until) {
    await page.mouse.wheel(0, 6000);
    await page.waitForTimeout(400);
    await page.locator("[data-testid=session-card] .title").first().click();
    await page.getByTestId("session-page").waitFor();
    await page.waitForTimeout(300);
    await page.goBack();
    await page.locator("[data-testid=session-card]").first().waitFor();
    await page.locator(".filters .word").nth(1).click();
    await page.waitForTimeout(300);
    await page.locator(".filters .word").first().click();
    await page.waitForTimeout(300);
  }
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return `${mb(await rendererBytes(browser))}, of it ${mb(usedSize)} JavaScript`;
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
