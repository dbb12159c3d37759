/** Who may see anything: no cookie, the one-time link, the password. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { HAS_CHROMIUM, launch } from "../support/browser.ts";
import { command, startServer } from "../support/server.ts";
import type { Server } from "../support/server.ts";
import { eventually, ready } from "../support/web.ts";
import { postEverything } from "../support/everything.ts";

const PASSWORD = "a long enough password";

describe.skipIf(!HAS_CHROMIUM)("signing in (needs /usr/bin/chromium)", () => {
  let browser: Browser;
  let server: Server;
  let guarded: Server;
  beforeAll(async () => {
    [browser, server, guarded] = await Promise.all([
      launch(),
      startServer(),
      startServer({ env: { LONGHOUSE_PASSWORD: PASSWORD } }),
    ]);
    await postEverything(guarded);
  });
  afterAll(async () => {
    await browser.close();
    await Promise.all([server.stop(), guarded.stop()]);
  });

  const stranger = async (url: string): Promise<Page> => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(url);
    return page;
  };
  const link = async (): Promise<string> => /https?:\S+/.exec((await command(server, ["open", "--print"])).stdout)![0];

  test("without a cookie every page says `longhouse open`, and shows nothing else", async () => {
    for (const path of ["/", "/timeline", "/sessions/00000000-0000-0000-0000-000000000000", "/status"]) {
      const page = await stranger(server.url + path);
      await ready(page);
      expect(await page.locator("body").innerText()).toContain("longhouse open");
      expect(await page.getByTestId("timeline").count()).toBe(0);
      expect(await page.locator("input[type=password]").count()).toBe(0);
      await page.context().close();
    }
  });

  test("a one-time link signs in once: the second who uses it stays outside", async () => {
    const once = await link();
    const first = await stranger(once);
    await first.getByTestId("timeline").waitFor();
    expect(first.url()).not.toContain("once=");

    const second = await stranger(once);
    await second.getByText("This link has been used, or is too old").waitFor();
    expect(await second.locator("body").innerText()).toContain("longhouse open");
    expect(await second.getByTestId("timeline").count()).toBe(0);
  });

  test("the cookie is for the server alone: no script sees it, no other site sends it", async () => {
    const page = await stranger(await link());
    await page.getByTestId("timeline").waitFor();

    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ name: "longhouse_session", httpOnly: true, sameSite: "Lax" });
    expect(await page.evaluate(() => document.cookie)).toBe("");
  });

  test("an open page goes on by itself after `longhouse open` signed the browser in", async () => {
    const waiting = await stranger(`${server.url}/status`);
    await ready(waiting);
    const other = await waiting.context().newPage();
    await other.goto(await link());
    await other.getByTestId("timeline").waitFor();
    await other.close();

    await waiting.bringToFront();
    await waiting.evaluate(() => dispatchEvent(new Event("focus")));
    await waiting.getByRole("heading", { name: "Status", exact: true }).waitFor();
  });

  test("a wrong password is refused in words, the right one shows the page that was asked for", async () => {
    const page = await stranger(`${guarded.url}/timeline?project=loom`);
    await page.getByLabel("Password").fill("guess");
    await page.getByRole("button", { name: "Sign in" }).click();

    await eventually(
      () => page.getByRole("alert").innerText(),
      (text) => /wrong/i.test(text),
    );
    expect(await page.getByLabel("Password").evaluate((input) => input === document.activeElement)).toBe(true);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByTestId("session-card").first().waitFor();
    expect(page.url()).toEndWith("/timeline?project=loom");
  });

  test("logging out ends it for every tab, and for the cookie's copy", async () => {
    const page = await stranger(`${guarded.url}/timeline`);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByTestId("session-card").first().waitFor();
    const copy = await page.context().cookies();

    const status = await page.evaluate(() =>
      fetch("/api/auth/logout", { method: "POST" }).then((answer) => answer.status),
    );

    expect(status).toBe(204);
    const thief = await browser.newContext();
    await thief.addCookies(copy);
    expect((await thief.request.get(`${guarded.url}/api/agents/sessions`)).status()).toBe(401);
    await page.reload();
    await page.getByLabel("Password").waitFor();
  });
});
