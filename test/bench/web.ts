/**
 * `bun run bench --web [--sessions 10000] [--uses 100] [--home DIR] [--only open,long,…] [--traces DIR]`: the app as a person
 * meets it, in chromium, on a large archive. Every figure is taken by the page's own clock; then each scene is played once more
 * for a trace (chrome://tracing) in DIR. With `--home` the archive is made once and used again.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launch, signedIn } from "../support/browser.ts";
import type { Server } from "../support/server.ts";
import { filledServer } from "./web-home.ts";
import { streamed } from "./web-live.ts";
import { clicked, cold, longSession } from "./web-session.ts";
import type { Long } from "./web-session.ts";
import { LONG } from "./web-talk.ts";
import { typing } from "./web-typing.ts";
import { ACTS_A_ROUND, used } from "./web-use.ts";
import { spread } from "./table.ts";
import type { Row } from "./table.ts";

export const SCENES = ["open", "filter", "scroll", "long", "cold", "reading", "typing", "memory", "live"] as const;
export type SceneName = (typeof SCENES)[number];

export type WebBench = {
  readonly sessions: number;
  readonly rounds: number;
  /** Rounds of use of the tab for its memory. */
  readonly uses: number;
  /** null: none are taken. */
  readonly traces: string | null;
  /** Where the archive is kept; made anew when absent. */
  readonly home?: string | undefined;
  readonly only: readonly SceneName[];
};

type Stage = {
  readonly browser: Browser;
  readonly context: BrowserContext;
  readonly page: Page;
  readonly server: Server;
  readonly long: Long;
};

/** Fills an archive, or takes the one kept, then measures. */
export async function measureWeb(bench: WebBench): Promise<Row[]> {
  if (bench.traces) mkdirSync(bench.traces, { recursive: true });
  const browser = await launch();
  const rows: Row[] = [];
  const add = (...more: readonly Row[]) => {
    for (const row of more) console.error(`web: ${row.what}: ${row.got}${row.goal && ` (goal: ${row.goal})`}`);
    rows.push(...more);
  };
  try {
    if (bench.only.some((name) => name !== "live")) await onArchive(bench, browser, add);
    if (bench.only.includes("live")) add(...(await streamed(browser, bench.rounds * 2)));
    return rows;
  } finally {
    await browser.close();
  }
}

async function onArchive(bench: WebBench, browser: Browser, add: (...rows: readonly Row[]) => void): Promise<void> {
  const server = await filledServer(bench.sessions, bench.home);
  try {
    const context = await signedIn(browser, server);
    const stage = { browser, context, page: await context.newPage(), server, long: await longSession(server) };
    for (const name of bench.only) {
      if (name === "live") continue;
      add(...(await scenes[name](stage, bench)));
      // Typing is judged by its traces, and takes them itself.
      if (!bench.traces || name === "memory" || name === "typing") continue;
      await traced(() => scenes[name](stage, { ...bench, rounds: 1 }), stage, join(bench.traces, `${name}.json`));
    }
  } finally {
    await server.stop();
  }
}

/** Once more, for its trace: tracing costs time, so its figures do not count. */
async function traced(act: () => Promise<unknown>, { browser, page }: Stage, path: string): Promise<void> {
  await browser.startTracing(page, { path, screenshots: false });
  try {
    await act();
  } finally {
    await browser.stopTracing();
  }
}

const scenes: Readonly<Record<Exclude<SceneName, "live">, (stage: Stage, bench: WebBench) => Promise<Row[]>>> = {
  async open({ context, server }, { rounds }) {
    const page = await noting(context);
    const again = await times(rounds, () => open(page, server));
    await page.close();
    const anew = await times(rounds, () => openAnew(context, server));
    return [["in an open tab", again] as const, ["in a new tab", anew] as const].flatMap(([where, opens]) => [
      { what: `shell painted, ${where}`, got: spread(opens.map((one) => one.shell)), goal: "p50 ≤ 100 ms" },
      {
        what: `first page of the timeline painted, ${where}`,
        got: spread(opens.map((one) => one.rows)),
        goal: "p50 ≤ 300 ms",
      },
    ]);
  },
  async filter({ page, server }, { rounds }) {
    const found = await filterChanges(page, server, rounds);
    return [
      {
        what: "filter change, click to the first frame",
        got: spread(found.map((one) => one.frame)),
        goal: "p50 ≤ 50 ms",
      },
      { what: "filter change, click to its rows", got: spread(found.map((one) => one.rows)), goal: "" },
    ];
  },
  typing({ browser, server }, { rounds, traces }) {
    const keep = (name: string, trace: Buffer) => traces && writeFileSync(join(traces, `${name}.json`), trace);
    return typing(browser, server, { rounds: Math.min(rounds, 5), keep });
  },
  async scroll({ page, server }) {
    const { blankMs, frameMs, rows } = await scrollAll(page, server);
    const got = `longest blank ${Math.round(blankMs)} ms, longest frame ${Math.round(frameMs)} ms, ${rows} rows`;
    return [{ what: "timeline scrolled at full speed, down, up and by jumps", got, goal: "blank ≤ 100 ms" }];
  },
  async long({ page, server, long }, { rounds }) {
    const ends = { path: long.end, words: LONG.end };
    const middle = { path: long.middle, words: LONG.middle };
    const all = [
      { what: "to its end painted", ...ends, hand: false },
      { what: "to its end painted, by mouse", ...ends, hand: true },
      { what: "to a linked event painted", ...middle, hand: false },
    ];
    const rows: Row[] = [];
    for (const { what, ...wanted } of all) {
      const found = await times(rounds, () => clicked(page, server, wanted));
      rows.push({ what: `session of 50,000 events, click ${what}`, got: spread(found), goal: "p50 ≤ 300 ms" });
    }
    return rows;
  },
  async cold({ browser, context, server, long }, { rounds }) {
    const ends = await times(rounds, () => cold(browser, context, server.url + long.end, LONG.end));
    const middle = await times(rounds, () => cold(browser, context, server.url + long.middle, LONG.middle));
    return [
      { what: "session of 50,000 events, cold address to its end", got: spread(ends), goal: "p50 ≤ 800 ms" },
      { what: "session of 50,000 events, cold address to an event", got: spread(middle), goal: "p50 ≤ 800 ms" },
    ];
  },
  async reading({ page, server, long }) {
    const { blankMs, frameMs, moved } = await scrollLong(page, server.url + long.end);
    const got = `longest blank ${Math.round(blankMs)} ms, longest frame ${Math.round(frameMs)} ms, ${Math.round(moved / 1000)},000 px`;
    return [{ what: "session of 50,000 events scrolled at full speed from its end", got, goal: "blank ≤ 100 ms" }];
  },
  async memory({ browser, page, server, long }, { uses }) {
    await page.goto(`${server.url}/timeline`);
    const what = `memory of the tab after ${uses} rounds of use (${uses * ACTS_A_ROUND} acts)`;
    return [{ what, got: await used(browser, page, { rounds: uses, long: long.end }), goal: "≤ 250 MB" }];
  },
};

async function times<T>(rounds: number, act: () => Promise<T>): Promise<T[]> {
  const found: T[] = [];
  for (let n = 0; n < rounds; n++) found.push(await act());
  return found;
}

/** The same in a tab of its own, for which the browser readies a process. */
async function openAnew(context: BrowserContext, server: Server) {
  const page = await noting(context);
  await page.waitForTimeout(300);
  const opened = await open(page, server);
  await page.close();
  return opened;
}

/** A navigation: until the browser painted anything, and until it painted the first row, both as its own frames tell. */
async function open(page: Page, server: Server) {
  await page.goto("about:blank");
  await page.goto(`${server.url}/timeline`);
  await page.waitForFunction(() => (window as unknown as Painted).rowAt !== undefined);
  return page.evaluate(() => ({
    shell: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN,
    rows: (window as unknown as Painted).rowAt!,
  }));
}

async function noting(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.addInitScript(noteFirstRow);
  return page;
}

type Painted = { rowAt?: number };

/** Runs in the page from its start: has the browser say when it painted the text of the first row. */
function noteFirstRow(): void {
  const wait = new MutationObserver(() => {
    const row = document.querySelector("[data-testid=session-card]");
    if (!row) return;
    wait.disconnect();
    for (const one of [row, ...row.querySelectorAll("*")]) one.setAttribute("elementtiming", "row");
  });
  wait.observe(document, { childList: true, subtree: true });
  new PerformanceObserver((list) => {
    (window as unknown as Painted).rowAt ??= Math.min(...list.getEntries().map((one) => one.startTime));
  }).observe({ type: "element" });
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

/** Up from the end by four screens a frame, into what is not loaded; blank = a frame with no event in the middle of the list. */
async function scrollLong(page: Page, address: string) {
  await page.goto(address);
  await page.getByTestId("event").last().waitFor();
  await page.waitForTimeout(1000);
  return page.evaluate(async () => {
    const frame = () => new Promise<number>(requestAnimationFrame);
    const worst = { blankMs: 0, frameMs: 0, moved: 0 };
    const middle = (innerHeight + 120) / 2;
    let blankSince: number | null = null;
    let last = await frame();
    for (let n = 0; n < 200; n++) {
      const from = scrollY;
      scrollBy(0, n % 50 < 40 ? -3000 : 3000);
      worst.moved += Math.abs(scrollY - from);
      const now = await frame();
      worst.frameMs = Math.max(worst.frameMs, now - last);
      last = now;
      // A gap between two rows is no blank.
      const there = [-40, 0, 40].some((by) =>
        document.elementFromPoint(innerWidth / 2, middle + by)?.closest("[data-testid=event], .edge"),
      );
      if (there) blankSince = null;
      else worst.blankMs = Math.max(worst.blankMs, now - (blankSince ??= now));
    }
    return worst;
  });
}
