/** Debian's chromium, driven by playwright-core. Tests skip, and say so, where it is not installed. */
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext } from "playwright-core";
import type { Server } from "./server.ts";

const PATH = "/usr/bin/chromium";
export const HAS_CHROMIUM = existsSync(PATH);

/** Starts a headless browser, with more switches if need be; close it yourself. */
export function launch(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: PATH,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-quic",
      ...more,
    ],
  });
}

/** A context that is signed in to the server by a one-time link, as `longhouse open` makes it. */
export async function signedIn(
  browser: Browser,
  server: Server,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<BrowserContext> {
  const { command } = await import("./server.ts");
  const { stdout } = await command(server, ["open", "--print"]);
  const link = /https?:\S+/.exec(stdout)?.[0];
  if (!link) throw new Error(`no link in: ${stdout}`);
  // A worker's requests are its own: the tests' eyes on the page's would not see them. Its own tests allow it.
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    serviceWorkers: "block",
    ...options,
  });
  const page = await context.newPage();
  await page.goto(link);
  await page.close();
  return context;
}
