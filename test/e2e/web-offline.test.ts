/** The server goes and comes back; the browser opens without it; a name that is no secure context. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { HAS_CHROMIUM, launch, signedIn } from "../support/browser.ts";
import { postEverything } from "../support/everything.ts";
import { command, freePort, startServer } from "../support/server.ts";
import { tempDir } from "../support/temp.ts";
import { cards, eventually, goto, ready, titles } from "../support/web.ts";

const NAME = "box.example";

describe.skipIf(!HAS_CHROMIUM)("without the server (needs /usr/bin/chromium)", () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launch([`--host-resolver-rules=MAP ${NAME} 127.0.0.1`])));
  afterAll(() => browser.close());

  test("the view stays while the server is away, says so, and is right again once it is back, nothing doubled", async () => {
    const place = { home: tempDir("home"), data: join(tempDir("data"), "lh"), port: freePort() };
    let server = await startServer(place);
    await postEverything(server);
    await server.settled();
    const context = await signedIn(browser, server);
    const page = await context.newPage();
    await goto(page, `${server.url}/timeline`);
    const before = await titles(page);

    await server.stop();
    await page.getByText("No connection to the server.").waitFor();
    expect(await titles(page)).toEqual(before);

    server = await startServer(place);
    await page.getByText("No connection to the server.").waitFor({ state: "hidden" });
    await page.getByRole("link", { name: "Status: Live" }).waitFor();
    expect(await titles(page)).toEqual(before);
    await context.close();
    await server.stop();
  }, 60_000);

  test("a page opened without the server shows what was last seen, and forgets it at sign-out", async () => {
    const server = await startServer();
    await postEverything(server);
    await server.settled();
    const context = await signedIn(browser, server, { serviceWorkers: "allow" });
    const page = await context.newPage();
    await goto(page, `${server.url}/timeline`);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await eventually(
      () => page.evaluate(() => navigator.serviceWorker.controller !== null),
      (is) => is,
    );
    // Now by the worker, which keeps it.
    await page.reload();
    await ready(page);
    const seen = await titles(page);
    expect(seen.length).toBeGreaterThan(2);
    await Bun.sleep(300);

    await server.stop();
    await page.reload();
    await cards(page).first().waitFor();
    expect(await titles(page)).toEqual(seen);
    await page.getByText("No connection to the server.").waitFor();

    await page.goto(`${server.url}/settings`);
    await page.getByRole("heading", { name: "Settings" }).waitFor();
    await page.keyboard.press("Control+k");
    await page.keyboard.type("sign out");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Sign in to Longhouse" }).waitFor();
    await eventually(
      () => page.evaluate(() => caches.has("seen")),
      (has) => !has,
    );
    await context.close();
  }, 60_000);

  test("on a name over plain http everything works but what needs HTTPS, which is shown as off with the way to it", async () => {
    const data = join(tempDir("data"), "lh");
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, "config.toml"), `[server]\nallowed_hosts = ["${NAME}"]\n`);
    const server = await startServer({ data });
    await postEverything(server);
    const { stdout } = await command(server, ["open", "--print"]);
    const link = new URL(/https?:\S+/.exec(stdout)![0]);
    link.hostname = NAME;
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(link.href);
    await goto(page, `http://${NAME}:${link.port}/settings`);

    expect(await page.evaluate(() => isSecureContext)).toBe(false);
    const said = await page.locator("#browser").innerText();
    expect(said).toMatch(/Read offline\s+Off/);
    expect(said).toContain("public_url");
    expect(await page.locator("#access").innerText()).toContain(NAME);
    await page.locator("#access summary").click();
    await page.locator("#access").getByRole("button", { name: "Copy" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    await goto(page, `http://${NAME}:${link.port}/timeline`);
    await cards(page).first().waitFor();
    await page.getByRole("link", { name: "Status: Live" }).waitFor();
    await context.close();
    await server.stop();
  }, 60_000);

  test("the manifest names icons that are there, and a place to share text to", async () => {
    const server = await startServer();
    const context = await signedIn(browser, server);
    const page = await context.newPage();
    await goto(page, `${server.url}/share?text=flush%20the%20queue`);
    expect(new URL(page.url()).searchParams.get("q")).toBe("flush the queue");

    const manifest = (await (await fetch(`${server.url}/app.webmanifest`)).json()) as { icons: { src: string }[] };
    for (const { src } of manifest.icons) expect((await fetch(server.url + src)).status).toBe(200);
    expect((await fetch(`${server.url}/worker.js`)).headers.get("cache-control")).toBe("no-cache");
    await context.close();
    await server.stop();
  }, 60_000);
});
