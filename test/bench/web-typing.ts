/**
 * Somebody types a query at speed, and opens the palette: frames, main-thread tasks and first frames as chromium itself tells
 * them. A frame is dropped when the page's own work held the main thread longer than a frame; waiting for a busy machine's
 * processor is shown beside it, as wall time.
 */
import type { Browser, Page } from "playwright-core";
import { signedIn } from "../support/browser.ts";
import type { Server } from "../support/server.ts";
import { ms, percentile, spread } from "./table.ts";
import type { Row } from "./table.ts";

/** Twenty letters each, of words that many sessions have, and few, and none. */
const TYPED = [
  "find why the upload",
  "project migration ab",
  "explain the lock fil",
  "retries twice number",
  "zyxwv done migration",
];
/** Between two keys: twenty a second, faster than a fast typist. */
const KEY_MS = 50;
const FRAME_MS = 1000 / 60;
/** The palette is opened so often. */
const OPENINGS = 20;
/** A task may hold others of another name. */
const OUTERMOST = "RunTask";
const CATEGORIES = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"];

type TraceEvent = {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  /** Processor time of the thread, microseconds. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
};

type Typed = {
  /** Between one frame and the next, ms. */
  readonly gaps: readonly number[];
  /** Long animation frames: those of 50 ms and more. */
  readonly long: readonly number[];
  /** Frames from the end of the last answer to the one that shows it; 1 = the first. */
  readonly frames: number;
  readonly answerMs: number;
};

export type Typing = {
  readonly rounds: number;
  /** Given each trace, for chrome://tracing. */
  keep(name: string, trace: Buffer): unknown;
};

/** Types in the timeline and in the palette, and opens the palette. */
export async function typing(browser: Browser, server: Server, { rounds, keep }: Typing): Promise<Row[]> {
  const page = await (await signedIn(browser, server)).newPage();
  const traced = async <T>(
    name: string,
    act: () => Promise<T>,
  ): Promise<{ readonly got: T; readonly tasks: number[] }> => {
    await browser.startTracing(page, { categories: CATEGORIES });
    const got = await act();
    const trace = await browser.stopTracing();
    keep(name, trace);
    return { got, tasks: mainTasks(trace) };
  };
  await goto(page, server);
  const { got: opened, tasks: opening } = await traced("palette", () => openings(page));
  const rows: Row[] = [
    {
      what: "⌘K, key to the palette painted",
      got: `${spread(opened)}; longest task ${ms(percentile(opening, 100))} CPU`,
      goal: "p95 ≤ 50 ms",
    },
  ];
  for (const face of ["timeline", "palette"] as const) {
    const found: Typed[] = [];
    const tasks: number[] = [];
    for (let n = 0; n < rounds; n++) {
      await prepare(page, server, face);
      const one = await traced(`typing-${face}-${n}`, () => typeOne(page, face, TYPED[n % TYPED.length]!));
      found.push(one.got);
      tasks.push(...one.tasks);
    }
    rows.push(...rowsOf(face, found, tasks));
  }
  await page.context().close();
  return rows;
}

function rowsOf(face: string, found: readonly Typed[], cpu: readonly number[]): Row[] {
  const gaps = found.flatMap((one) => one.gaps);
  const dropped = gaps.filter((gap) => gap > 1.5 * FRAME_MS).length;
  const over = cpu.filter((one) => one > FRAME_MS).length;
  const long = found.reduce((sum, one) => sum + one.long.length, 0);
  return [
    {
      what: `typing 20 letters into the ${face}, ${KEY_MS} ms a key`,
      got: `longest task ${ms(percentile(cpu, 100))} CPU, ${over} tasks over a frame; ${dropped} of ${gaps.length} frames late by the wall clock, longest ${ms(percentile(gaps, 100))}; ${long} long animation frames`,
      goal: "no task over 16.7 ms",
    },
    {
      what: `its last answer, until it is on the screen`,
      got: `${spread(found.map((one) => one.answerMs))}; frames ${found.map((one) => one.frames).join(" ")}`,
      goal: "the first frame after it",
    },
  ];
}

async function goto(page: Page, server: Server): Promise<void> {
  await page.goto(`${server.url}/timeline`);
  await page.locator("[data-testid=session-card]").first().waitFor();
  await page.waitForTimeout(500);
}

async function prepare(page: Page, server: Server, face: "timeline" | "palette"): Promise<void> {
  await goto(page, server);
  if (face === "palette") await openPalette(page);
  else await page.keyboard.press("/");
  await page.waitForTimeout(300);
  await page.evaluate(watch);
}

const openPalette = async (page: Page): Promise<void> => {
  await page.keyboard.press("Control+k");
  await page.locator(".palette [role=option]").first().waitFor();
};

/** Notes every frame with what it shows, every answer, and long animation frames. */
function watch(): void {
  const seen = { frames: [] as { at: number; shows: string }[], long: [] as number[], until: 0 };
  (window as unknown as { seen: typeof seen }).seen = seen;
  const shows = () =>
    document.querySelector("dialog.palette[open]")
      ? [...document.querySelectorAll("[id^='palette-session:']")].map((one) => one.id).join()
      : (document.querySelector(".timeline[aria-busy=false] .count")?.textContent ?? "") +
        (document.querySelector("[data-testid=search-hit]")?.getAttribute("href") ?? "");
  const frame = (at: number) => {
    seen.frames.push({ at, shows: shows() });
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  new PerformanceObserver((list) => seen.long.push(...list.getEntries().map((one) => one.duration))).observe({
    type: "long-animation-frame",
  });
  performance.clearResourceTimings();
}

async function typeOne(page: Page, face: "timeline" | "palette", text: string): Promise<Typed> {
  await page.keyboard.type(text, { delay: KEY_MS });
  // The last answer, its frame, and what follows by itself.
  await page.waitForTimeout(800);
  return page.evaluate(
    ([wanted, isPalette]) => {
      const { frames, long } = (
        window as unknown as { seen: { frames: { at: number; shows: string }[]; long: number[] } }
      ).seen;
      const answers = performance
        .getEntriesByType("resource")
        .filter((one) => one.name.includes("/api/agents/sessions?"))
        .filter((one) => new URL(one.name).searchParams.get("query") === wanted)
        .filter((one) => !new URL(one.name).searchParams.has("thorough")) as PerformanceResourceTiming[];
      const ended = answers[0]?.responseEnd ?? NaN;
      const before = frames.findLast((one) => one.at <= ended)?.shows;
      const after = frames.filter((one) => one.at > ended);
      // An answer that finds what the one before found changes nothing: its frame is the first.
      const shown = after.findIndex((one) => one.shows !== before);
      const at = Math.max(0, shown > 12 && isPalette ? 0 : shown);
      const gaps = frames.slice(1).map((one, n) => one.at - frames[n]!.at);
      return { gaps, long, frames: at + 1, answerMs: (after[at]?.at ?? NaN) - ended };
    },
    [text.trim(), face === "palette"] as const,
  );
}

/** From the key's own time until the frame was handed on in which the palette stands there with the focus in it. */
async function openings(page: Page): Promise<number[]> {
  await page.evaluate(() => {
    const opened: number[] = [];
    (window as unknown as { opened: number[] }).opened = opened;
    const frame = () => new Promise<number>(requestAnimationFrame);
    // A message that is sent in a frame is handed on after it.
    const drawn = () =>
      new Promise<void>((done) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => done();
        port2.postMessage(null);
      });
    const note = async ({ timeStamp }: { timeStamp: number }) => {
      do await frame();
      while (!document.activeElement?.matches("dialog[open] input"));
      await drawn();
      opened.push(performance.now() - timeStamp);
    };
    addEventListener("keydown", (event) => (event as KeyboardEvent).key === "k" && void note(event), { capture: true });
  });
  for (let n = 1; n <= OPENINGS; n++) {
    await page.keyboard.press("Control+k");
    await page.waitForFunction((count) => (window as unknown as { opened: number[] }).opened.length === count, n);
    await page.keyboard.press("Escape");
    await page.waitForTimeout(200);
  }
  return page.evaluate(() => (window as unknown as { opened: number[] }).opened);
}

/** What the pages' main threads ran, each task's processor time, ms. */
function mainTasks(trace: Buffer): number[] {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const mains = new Set(
    traceEvents
      .filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain")
      .map(({ pid, tid }) => `${pid}/${tid}`),
  );
  return traceEvents
    .filter(({ name, ph, pid, tid }) => ph === "X" && name === OUTERMOST && mains.has(`${pid}/${tid}`))
    .map(({ dur = 0, tdur = dur }) => tdur / 1000);
}
