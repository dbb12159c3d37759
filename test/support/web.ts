/** A server and a browser shared by the tests of one file, and pages that tell what went wrong in them. */
import { afterAll, afterEach, beforeAll, expect } from "bun:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launch, signedIn } from "./browser.ts";
import { startServer } from "./server.ts";
import type { Server, ServerOptions } from "./server.ts";

export type Web = {
  readonly server: Server;
  readonly browser: Browser;
  /** Signed in, 1280 px wide, light. */
  readonly context: BrowserContext;
  /** A new tab at `path`, loaded: `<main data-ready="true">`. Closed with the test. */
  open(path: string): Promise<Page>;
  /** A signed-in context of its own, closed with the file. */
  as(options: Look): Promise<BrowserContext>;
  /** A loaded tab in any context. */
  openIn(context: BrowserContext, path: string): Promise<Page>;
};

export type Look = Parameters<Browser["newContext"]>[0];

/** What does not come within this time does not come. */
const WAIT_MS = 10_000;

/** What a page did that no page may: threw, or asked another host. */
const troubles: string[] = [];

/** Registers hooks that start both once and stop them; the function returned gives them. `fill` runs on the new server. */
export function useWeb(options: ServerOptions, fill: (server: Server) => Promise<void> = async () => {}): () => Web {
  let web: Web | undefined;
  const pages: Page[] = [];

  beforeAll(async () => {
    const server = await startServer(options);
    await fill(server);
    const browser = await launch();
    const openIn = async (context: BrowserContext, path: string) => {
      const page = await context.newPage();
      pages.push(page);
      await goto(page, server.url + path);
      return page;
    };
    const as = async (look: Look) => watched(await signedIn(browser, server, look), server);
    const context = await as({});
    web = { server, browser, context, as, openIn, open: (path) => openIn(context, path) };
  }, 120_000);
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close();
    expect(troubles.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await web?.browser.close();
    await web?.server.stop();
  });
  return () => web!;
}

/** Goes there and waits until the page says it has loaded. */
export async function goto(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await ready(page);
}

/** Waits until the page says it has loaded. */
export const ready = (page: Page): Promise<void> => page.locator("main[data-ready=true]").waitFor();

/** Notes what pages of the context throw and whom they ask; requests to other hosts are refused. */
export async function watched(context: BrowserContext, server: Pick<Server, "url">): Promise<BrowserContext> {
  context.setDefaultTimeout(WAIT_MS);
  context.on("weberror", (error) => void troubles.push(`thrown: ${error.error().stack ?? error.error().message}`));
  context.on("console", (message) => {
    if (/Content Security Policy/.test(message.text())) troubles.push(`refused by the policy: ${message.text()}`);
  });
  context.on("dialog", (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await context.route(
    (url) => url.origin !== server.url && !["data:", "blob:"].includes(url.protocol),
    async (route) => {
      troubles.push(`asked another host: ${route.request().url()}`);
      await route.abort();
    },
  );
  return context;
}

export const cards = (page: Page) => page.getByTestId("session-card");

/** The visible titles of the rows, from the top. */
export const titles = (page: Page): Promise<string[]> =>
  page.locator("[data-testid=session-card] .title").allInnerTexts();

/** Waits until `is` holds; else fails with what it was last. */
export async function eventually<T>(what: () => Promise<T>, is: (value: T) => boolean, ms = 5000): Promise<T> {
  const deadline = performance.now() + ms;
  for (;;) {
    const value = await what();
    if (is(value)) return value;
    if (performance.now() > deadline) throw new Error(`after ${ms} ms still ${JSON.stringify(value)}`);
    await Bun.sleep(20);
  }
}

/** Holds back every answer but each address's first. `asked`: one is held, and was given by the server. */
export async function held(page: Page, urls: RegExp) {
  const seen = new Set<string>();
  const [asked, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await page.route(urls, async (route) => {
    const address = route.request().url();
    const first = !seen.has(address);
    seen.add(address);
    const response = await route.fetch();
    if (!first) {
      asked.resolve();
      await opened.promise;
    }
    await route.fulfill({ response }).catch(() => {});
  });
  return { asked: asked.promise, release: () => opened.resolve() };
}
