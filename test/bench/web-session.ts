/** The session of 50,000 events as a person opens it: by a click to its end, by a link to an event in its middle, by its address. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { findEvent } from "../support/post.ts";
import type { Server } from "../support/server.ts";
import { LONG } from "./web-talk.ts";

/** Addresses of the page. */
export type Long = { readonly end: string; readonly middle: string };

/** Where the long session is found in this archive. */
export async function longSession(server: Server): Promise<Long> {
  type List = { readonly sessions: readonly { readonly id: string; readonly project: string | null }[] };
  const { sessions } = await server.json<List>(`/api/agents/sessions?project=${LONG.project}`);
  const { id } = sessions[0]!;
  return { end: `/sessions/${id}`, middle: `/sessions/${id}?event=${await findEvent(server, id, LONG.middle)}` };
}

export type Wanted = { readonly path: string; readonly words: string };

/** Milliseconds from a click on the row's link (made to lead to `path`) until the words stand on the screen and are painted. */
export async function clicked(
  page: Page,
  server: Server,
  wanted: Wanted & { readonly hand: boolean },
): Promise<number> {
  await page.goto(`${server.url}/timeline?project=${LONG.project}`);
  const link = page.locator("[data-testid=session-card] a.title").first();
  await link.waitFor();
  await link.evaluate((at, path) => void at.setAttribute("href", path), wanted.path);
  await page.evaluate(startWatch, wanted.words);
  // As a hand has been there already: the code of the page is fetched at the first move.
  await page.mouse.move(5, 400);
  await page.waitForTimeout(400);
  if (wanted.hand) await link.click({ delay: 80 });
  else await link.dispatchEvent("click");
  return seen(page);
}

/** Milliseconds from the start of a navigation in a browser that knows the cookie and nothing else. */
export async function cold(browser: Browser, context: BrowserContext, address: string, words: string): Promise<number> {
  const storageState = await context.storageState();
  const stranger = await browser.newContext({
    storageState,
    viewport: { width: 1280, height: 800 },
    serviceWorkers: "block",
  });
  try {
    const page = await stranger.newPage();
    await page.addInitScript(startWatch, words);
    await page.goto(address);
    return await seen(page);
  } finally {
    await stranger.close();
  }
}

type Watched = { watchFrom?: number; watchFound?: number };

const seen = async (page: Page): Promise<number> => {
  await page.waitForFunction(() => (window as unknown as Watched).watchFound !== undefined);
  return page.evaluate(() => (window as unknown as Watched).watchFound!);
};

/** Looks each frame whether an event on the screen says the words; from the click, or from the navigation when there was none. */
function startWatch(words: string): void {
  const at = window as unknown as Watched;
  addEventListener("click", () => (at.watchFrom = performance.now()), { capture: true, once: true });
  const look = () => {
    for (const event of document.querySelectorAll("[data-testid=event]")) {
      const { top, bottom } = event.getBoundingClientRect();
      if (bottom < 0 || top > innerHeight || !event.textContent!.includes(words)) continue;
      // A message is handed on after this frame was painted.
      const painted = new MessageChannel();
      painted.port1.onmessage = () => (at.watchFound = performance.now() - (at.watchFrom ?? 0));
      return painted.port2.postMessage(null);
    }
    return requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
