/** One session's page: what an agent did, as a person reads it. */
import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { HAS_CHROMIUM } from "../support/browser.ts";
import { EVERYTHING, postEverything } from "../support/everything.ts";
import { findEvent, sessionId } from "../support/post.ts";
import { eventually, ready, useWeb } from "../support/web.ts";

describe.skipIf(!HAS_CHROMIUM)("a session (needs /usr/bin/chromium)", () => {
  let id = "";
  const web = useWeb({}, async (server) => {
    await postEverything(server);
    id = await sessionId(server, EVERYTHING);
  });

  const open = async (search = ""): Promise<Page> => {
    const page = await web().open(`/sessions/${id}${search}`);
    await page.getByTestId("event").first().waitFor();
    return page;
  };
  const events = (page: Page, text: string | RegExp) => page.getByTestId("event").filter({ hasText: text });
  const unfold = (page: Page, text: string | RegExp) =>
    page.getByTestId("session-page").locator("[aria-expanded=false]").filter({ hasText: text }).first().click();

  test("its head says title, project, branch, model and how long it took", async () => {
    const page = await open();

    expect(await page.getByRole("heading", { level: 1 }).innerText()).toContain("Find why the upload retries twice");
    const head = await page.getByTestId("session-page").locator("header").first().innerText();
    for (const fact of ["kiln", "fix/retry", "sonnet"]) expect(head).toContain(fact);
    expect(await page.title()).toBe("Find why the upload retries twice · Longhouse");
  });

  test("prompts and replies read in their order", async () => {
    const page = await open();
    const text = await page.getByTestId("session-page").innerText();

    const places = [
      "Find the cause before",
      "keeps its own timer",
      "test first",
      "context compacted",
      "in the changelog",
      "All 12 tests pass",
    ].map((part) => text.indexOf(part));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  test("Markdown is laid out: lists, a table, code in colours, links that leave by a new tab", async () => {
    const page = await open();
    const reply = events(page, "keeps its own timer").first();

    expect(await reply.locator("strong").innerText()).toBe("its own timer");
    expect(await reply.locator("li").count()).toBe(2);
    expect(await reply.locator("td").allInnerTexts()).toEqual(["send.ts", "1", "retry.ts", "1"]);
    await eventually(
      () => reply.locator("pre code span[class]").count(),
      (n) => n > 3,
    );
    const link = reply.getByRole("link", { name: "the standard" });
    expect(await link.getAttribute("target")).toBe("_blank");
    expect(await link.getAttribute("rel")).toContain("noreferrer");
  });

  test("a run of steps is one line that unfolds to its steps, each to what it did", async () => {
    const page = await open();
    await unfold(page, /6 steps/);
    const run = page.getByRole("button", { name: /bun test test\/shipper\/retry\.test\.ts/ });
    await run.waitFor();
    expect(await run.innerText()).toMatch(/failed|exit/);

    await run.click();

    const output = page.getByRole("region", { name: /Error|Output/ }).filter({ hasText: "expected 1 request, saw 2" });
    await output.waitFor();
    // Colours of a terminal, and none of its codes.
    expect(await output.innerText()).not.toContain("[31m");
    expect(await output.locator("span[class]").filter({ hasText: "waits for Retry-After" }).count()).toBeGreaterThan(0);
  });

  test("an edit counts its lines and unfolds to a diff", async () => {
    const page = await open();
    const edit = page.getByRole("button", { name: /^Edit.*src\/shipper\/retry\.ts/ });
    expect(await edit.innerText()).toMatch(/\+1\s*−1/);
    await edit.click();

    const diff = page.getByRole("region", { name: /Changes in src\/shipper\/retry\.ts/ });
    expect(await diff.locator(".add").innerText()).toContain('result.kind === "later"');
    expect(await diff.locator(".del").innerText()).toContain("setTimeout(flush");
  });

  test("a plan, a thought and a compaction unfold in place", async () => {
    const page = await open();
    await unfold(page, "1 of 3 done");
    await page.getByText("Write the failing test").waitFor();
    await unfold(page, "context compacted");
    await page.getByText("one timer owns the waiting").waitFor();
    await unfold(page, /6 steps/);
    await unfold(page, "First everything that can call");
    await page.getByText("Then who owns the timer.").first().waitFor();
  });

  test("an image is shown at its place", async () => {
    const page = await open();
    const image = page.getByRole("button", { name: /^Image, .*enlarge/ }).locator("img");

    await image.scrollIntoViewIfNeeded();
    await eventually(
      () => image.evaluate((img: HTMLImageElement) => img.naturalWidth),
      (width) => width === 48,
    );
    await image.click();
    await page.getByRole("dialog", { name: /^Image/ }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog", { name: /^Image/ }).waitFor({ state: "hidden" });
  });

  test("a sub-agent's step leads to its session, and that one back to its parent", async () => {
    const page = await open();
    await page.getByRole("link", { name: "Open agent" }).click();

    await events(page, "List callers of flush.").first().waitFor();
    await page.getByRole("link", { name: "Parent session" }).click();
    await events(page, "Good. Do that, test first.").first().waitFor();
  });

  test("a permalink opens at its event, in the middle and marked, even inside what is folded", async () => {
    const event = await findEvent(web().server, id, "queue.ts");
    const page = await open(`?event=${encodeURIComponent(event)}`);

    const target = page.locator(`[data-event-id="${event}"]`).first();
    await target.waitFor();
    const box = (await eventually(
      () => target.boundingBox(),
      (at) => at !== null && at.y > 40 && at.y < 760,
    ))!;
    expect(box.y + box.height / 2).toBeGreaterThan(100);
    expect(await page.locator("[data-target]").count()).toBeGreaterThan(0);
  });

  test("an event's link can be copied, and leads to it", async () => {
    const page = await open();
    const prompt = events(page, "Good. Do that, test first.").first();
    await prompt.hover();
    const href = await prompt.getByRole("link").first().getAttribute("href");

    expect(href).toContain("event=");
    await page.goto(new URL(href!, web().server.url).href);
    await ready(page);
    await events(page, "Good. Do that, test first.").first().waitFor();
  });

  test("a session that does not exist says so and leads back", async () => {
    const page = await web().open("/sessions/00000000-0000-4000-8000-000000000000");

    const said = await page.locator("main").innerText();
    expect(said).toMatch(/no such session|not found|There is no/i);
    await page
      .locator("main")
      .getByRole("link", { name: /timeline/i })
      .click();
    await page.getByTestId("timeline").waitFor();
  });

  test("an address that is no id is a page that is not there, not an error", async () => {
    const page = await web().open("/sessions/not-an-id");

    expect(await page.locator("main").innerText()).toMatch(/no such|not found|There is no/i);
  });
});
