/** For those who hear the page, magnify it or cannot bear movement: what opens over pages, in both themes, and every page at 200 %. */
import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { HAS_CHROMIUM } from "../support/browser.ts";
import { conversation, idOf, pathOf } from "../support/conversation.ts";
import { EVERYTHING, postEverything } from "../support/everything.ts";
import { axeFindings, sideways } from "../support/looks.ts";
import { post, sessionId } from "../support/post.ts";
import { eventually, goto, titles, useWeb } from "../support/web.ts";

describe.skipIf(!HAS_CHROMIUM)("names, zoom, movement (needs /usr/bin/chromium)", () => {
  let session = "";
  const web = useWeb({}, async (server) => {
    await postEverything(server);
    session = await sessionId(server, EVERYTHING);
    const put = { method: "PUT", headers: { "content-type": "application/json" } };
    await server.api("/api/memory/deploy.notes", { ...put, body: JSON.stringify({ value: "Port 8443." }) });
    const notice = { message: "Two tests fail.", level: "blocked", agent: "claude 1f2e" };
    await server.api("/api/notices", { ...put, method: "POST", body: JSON.stringify(notice) });
  });
  const press = (key: string) => (page: Page) => page.keyboard.press(key);
  const click = (name: string | RegExp) => (page: Page) => page.getByRole("button", { name }).first().click();

  /** What opens, and what shows that it is open. */
  const opened: readonly [name: string, path: string, open: (page: Page) => Promise<unknown>, shown: string][] = [
    ["help", "/memory", press("?"), "dialog.help"],
    ["notices", "/settings", (page) => page.locator(".bell").click(), ":popover-open"],
    ["a filter", "/timeline", click("Project"), ".menu:popover-open"],
    ["times", "/timeline", click("Any time"), ".menu:popover-open"],
    ["save view", "/timeline?project=kiln", click("Save view"), ".menu:popover-open"],
    ["a new key", "/memory", (page) => page.getByRole("button", { name: "New", exact: true }).click(), ".newkey"],
    ["a key's edit", "/memory?key=deploy.notes", click("Edit"), "main textarea"],
  ];
  const pages = ["/memory", "/memory?key=deploy.notes", "/settings", "/connect", "/machines", "/no/such/page"];

  for (const colorScheme of ["light", "dark"] as const)
    test(`${colorScheme}: axe finds nothing serious in what opens over a page, nor before the sign-in`, async () => {
      const context = await web().as({ colorScheme, reducedMotion: "reduce" });
      const page = await web().openIn(context, "/timeline");
      for (const [name, path, open, shown] of opened) {
        await goto(page, web().server.url + path);
        await open(page);
        await page.locator(shown).first().waitFor();
        expect({ name, found: await axeFindings(page) }).toEqual({ name, found: [] });
      }
      await context.clearCookies();
      await goto(page, `${web().server.url}/timeline`);
      await page.getByRole("heading", { name: "Sign in to Longhouse" }).waitFor();
      expect({ path: "sign-in", found: await axeFindings(page) }).toEqual({ path: "sign-in", found: [] });
    }, 90_000);

  test("at a zoom of 200 % every page is whole: nothing sideways, its heading and the way elsewhere in reach", async () => {
    // 1280 × 800 at 200 %: half the pixels of CSS, twice those of the screen.
    const context = await web().as({ viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 });
    const page = await web().openIn(context, "/timeline");
    const all = ["/timeline", "/timeline?q=flush", `/sessions/${session}`, "/insights?range=all", "/status", ...pages];
    for (const path of all) {
      await goto(page, web().server.url + path);
      expect({ path, ...(await sideways(page)) }).toEqual({ path, px: 0, by: [] });
      expect(await page.getByRole("navigation").first().isVisible()).toBe(true);
    }
    await page.keyboard.press("Control+k");
    const box = (await page.locator(".palette").boundingBox())!;
    expect(box.y >= 0 && box.y + box.height <= 400).toBe(true);
  }, 60_000);

  test("who wants no movement sees none, also while an agent works", async () => {
    const talk = conversation({ id: idOf(501), at: Date.now() - 2000 });
    talk.prompt("At work, quietly");
    talk.call("Bash", { command: "make all" });
    await post(web().server, pathOf({ id: idOf(501) }), talk.text());
    const context = await web().as({ reducedMotion: "reduce" });
    const page = await web().openIn(context, "/timeline");
    await eventually(
      () => titles(page),
      (all) => all.includes("At work, quietly"),
    );
    const moving = () =>
      page.evaluate(() =>
        document
          .getAnimations()
          .filter((one) => one.playState === "running" && Number(one.effect?.getComputedTiming().duration) > 1)
          .map((one) => (one as CSSAnimation).animationName),
      );

    expect(await moving()).toEqual([]);
    await page.keyboard.press("Control+k");
    await page.locator(".palette").waitFor();
    expect(await moving()).toEqual([]);
  }, 60_000);

  test("while an agent writes, what is read out stays little: not every line of it", async () => {
    const talk = conversation({ id: idOf(502), at: Date.now() - 2000 });
    let sent = 0;
    const send = async () => {
      const text = talk.text();
      await post(web().server, pathOf({ id: idOf(502) }), text.slice(sent), { offset: sent });
      sent = text.length;
    };
    talk.prompt("A talkative agent");
    await send();
    const page = await web().open(`/sessions/${await sessionId(web().server, idOf(502))}`);
    await page.getByRole("link", { name: "Status: Live" }).waitFor();
    await page.evaluate(() => {
      const said: string[] = ((window as unknown as { said: string[] }).said = []);
      const regions = "[aria-live]:not([aria-live=off]), [role=status], [role=alert], [role=log], output";
      new MutationObserver((changes) => {
        for (const { target } of changes) {
          const at = target instanceof Element ? target : target.parentElement;
          const region = at?.closest(regions);
          if (region) said.push(region.textContent?.trim() ?? "");
        }
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    });

    for (let n = 0; n < 20; n++) {
      talk.call("Bash", { command: `make part-${n}` });
      talk.result("ok");
      talk.reply(`Part ${n} is made.`);
      await send();
    }
    await page.getByText("Part 19 is made.").waitFor();

    const said = await page.evaluate(() => (window as unknown as { said: string[] }).said);
    expect(said.length).toBeLessThanOrEqual(5);
  }, 60_000);
});
