/** The frame by keyboard: palette, help, titles; what holds on every page; memory and settings. */
import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { HAS_CHROMIUM } from "../support/browser.ts";
import { postEverything } from "../support/everything.ts";
import { axeFindings, sideways, smallTargets } from "../support/looks.ts";
import type { Server } from "../support/server.ts";
import { eventually, goto, useWeb } from "../support/web.ts";

const HOSTILE = "<img src=x onerror=alert(1)> \u202Eevil\u202C";

const put = (server: Server, key: string, value: string) =>
  server.api(`/api/memory/${key}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ value }),
  });

async function fill(server: Server): Promise<void> {
  await postEverything(server);
  await put(server, "deploy.notes", "Port 8443");
  await put(server, "hostile", HOSTILE);
  await server.settled();
}

const options = (page: Page) => page.locator(".palette [role=option]");
const marked = (page: Page) => page.locator(".palette [aria-selected=true]").innerText();

describe.skipIf(!HAS_CHROMIUM)("the frame (needs /usr/bin/chromium)", () => {
  const web = useWeb({}, fill);

  test("the palette goes to a page by keyboard alone", async () => {
    const page = await web().open("/timeline");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("memo");
    await eventually(
      () => marked(page),
      (text) => text.startsWith("Memory"),
    );
    await page.keyboard.press("Enter");

    await page.waitForURL("**/memory");
    expect(await page.locator(".palette").isVisible()).toBe(false);
    await eventually(
      () => page.title(),
      (title) => title === "Memory · Longhouse",
    );
  });

  test("the palette finds sessions by what was said in them, and opens the one marked", async () => {
    const page = await web().open("/settings");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("glazes");
    await options(page).filter({ hasText: "Explain how glazes" }).first().waitFor();
    let step = "ArrowDown";
    for (let at = await marked(page); !at.includes("Explain how glazes"); at = await marked(page)) {
      // An answer that comes between a look and a step may put it above the mark.
      if (at.startsWith("Search everything")) step = "ArrowUp";
      await page.keyboard.press(step);
    }
    await page.keyboard.press("Enter");

    await page.getByTestId("session-page").waitFor();
  });

  test("an old answer never takes the place of a new one", async () => {
    const page = await web().open("/machines");
    await page.route(/query=upl(&|$)/, async (route) => {
      await Bun.sleep(900);
      await route.continue().catch(() => {});
    });
    await page.keyboard.press("Control+k");
    await page.keyboard.type("upl");
    await page.waitForTimeout(150);
    await page.locator(".palette input").fill("oven");
    await options(page).filter({ hasText: "Measure the oven" }).first().waitFor();
    await page.waitForTimeout(1200);

    expect((await options(page).allInnerTexts()).join("\n")).not.toContain("upload");
    await page.unrouteAll({ behavior: "ignoreErrors" });
  });

  test("an action of the palette changes the theme and stays", async () => {
    const page = await web().open("/timeline");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("theme: dark");
    await page.keyboard.press("Enter");
    await page.reload();

    expect(await page.evaluate(() => document.documentElement.dataset["theme"])).toBe("dark");
    await page.evaluate(() => localStorage.clear());
  });

  test("the rail folds to its icons by keyboard, which keep their names, and stays folded over a reload", async () => {
    const page = await web().open("/timeline");
    const rail = page.locator("nav.rail");
    const insights = rail.getByRole("link", { name: "Insights" });
    const width = async () => (await rail.boundingBox())!.width;
    const wide = await width();
    await rail.getByRole("button", { name: "Collapse" }).focus();
    await page.keyboard.press("Enter");

    const widen = rail.getByRole("button", { name: "Show names" });
    expect(await widen.getAttribute("aria-expanded")).toBe("false");
    expect(await width()).toBeLessThan(wide / 2);
    await page.reload();
    await insights.waitFor();
    expect(await width()).toBeLessThan(wide / 2);
    await insights.click();
    await page.waitForURL("**/insights");
    await widen.click();
    await page.reload();
    await insights.waitFor();
    expect(await width()).toBe(wide);
  });

  test("Escape closes the palette and gives the focus back", async () => {
    const page = await web().open("/timeline");
    await page.keyboard.press("j");
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("data-nav"));
    const before = await focused();
    await page.keyboard.press("Control+k");
    await page.keyboard.press("Escape");

    expect(await focused()).toBe(before);
    expect(before).not.toBeNull();
  });

  test("behind the open palette nothing is reached: by Tab, by a click beside it, by a click on its heads", async () => {
    const page = await web().open("/timeline");
    const typing = () => page.evaluate(() => document.activeElement?.matches(".palette input"));
    await page.keyboard.press("Control+k");
    await options(page).first().waitFor();

    await page.keyboard.press("Tab");
    await page.keyboard.press("Shift+Tab");
    expect(await typing()).toBe(true);
    await page.locator(".palette h3").first().click();
    expect(await typing()).toBe(true);
    await page.mouse.click(640, 780);
    expect(await page.locator(".palette").isVisible()).toBe(false);
    expect(new URL(page.url()).pathname).toBe("/timeline");
  });

  test("over an open list of choices the palette is the topmost all the same", async () => {
    const page = await web().open("/timeline");
    await page.locator(".filters [popovertarget]").first().click();
    await page.keyboard.press("Control+k");

    await page.keyboard.type("insights");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/insights");
  });

  test("a change that somebody else overtook loses neither text", async () => {
    const page = await web().open("/memory?key=deploy.notes");
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByRole("textbox", { name: "Value" }).fill("mine");
    await put(web().server, "deploy.notes", "theirs");
    await page.keyboard.press("Control+Enter");

    const theirs = page.getByRole("alert").filter({ hasText: "changed it while you were writing" });
    await theirs.waitFor();
    expect(await theirs.innerText()).toContain("theirs");
    expect(await page.getByRole("textbox", { name: "Value" }).inputValue()).toBe("mine");
    await page.getByRole("button", { name: "Save mine over it" }).click();
    await page.getByText("version 3").waitFor();
    expect(await page.locator("pre.text").first().innerText()).toBe("mine");
    await page.getByText("Version 2").click();
    expect(await page.locator(".history").innerText()).toContain("theirs");
  });

  test("what an agent keeps is text: no markup runs, and undo brings back a deleted key", async () => {
    const page = await web().open("/memory?key=hostile");
    const shown = await page.locator("pre.text").first().innerText();
    expect(shown).toContain("<img src=x");
    expect(shown).not.toContain("\u202E");
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Bring back" }).click();
    await page.getByText("version 3").waitFor();
  });

  test("settings say what is decided elsewhere, and put samples in and out", async () => {
    const page = await web().open("/settings#hooks");
    expect(await page.locator("#access").innerText()).toContain("None: browsers come in by longhouse open");
    await page.getByRole("button", { name: "Add samples" }).click();
    await page.getByText(/sample sessions? in the archive/).waitFor();
    await page.getByRole("button", { name: "Remove samples" }).click();
    await page.getByRole("button", { name: "Add samples" }).waitFor();
  });

  test("a notice of an agent shows on the bell, and is read once it was looked at", async () => {
    await web().server.api("/api/notices", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ message: HOSTILE, level: "done" }),
    });
    const page = await web().open("/timeline");
    await page.getByRole("button", { name: "1 unread notice" }).click();
    await page.getByRole("region", { name: "Notices" }).getByText("<img src=x").waitFor();
    await page.keyboard.press("Escape");

    await page.getByRole("button", { name: "Notices" }).waitFor();
    await page.reload();
    await page.getByRole("button", { name: "Notices" }).waitFor();
  });

  for (const width of [1280, 360])
    for (const colorScheme of ["light", "dark"] as const)
      test(`${width} px, ${colorScheme}: the frame's pages fit, and axe finds nothing serious`, async () => {
        const phone = width < 600 ? { isMobile: true, hasTouch: true } : {};
        const look = { viewport: { width, height: 800 }, colorScheme, reducedMotion: "reduce" as const, ...phone };
        const context = await web().as(look);
        const page = await web().openIn(context, "/settings");
        for (const path of ["/settings", "/memory", "/memory?key=hostile", "/status", "/no/page"]) {
          await goto(page, web().server.url + path);
          expect({ path, ...(await sideways(page)) }).toEqual({ path, px: 0, by: [] });
          expect({ path, found: await axeFindings(page) }).toEqual({ path, found: [] });
          if (width < 600) expect({ path, small: await smallTargets(page, 44) }).toEqual({ path, small: [] });
        }
        await page.keyboard.press("Control+k");
        await options(page).first().waitFor();
        expect(await axeFindings(page)).toEqual([]);
        if (width < 600) {
          await page.keyboard.press("Escape");
          await page.getByRole("button", { name: "More" }).click();
          await page.getByRole("dialog", { name: "More" }).waitFor();
          expect({ path: "more", found: await axeFindings(page) }).toEqual({ path: "more", found: [] });
          expect({ path: "more", small: await smallTargets(page, 44) }).toEqual({ path: "more", small: [] });
        }
        await context.close();
      }, 60_000);
});
