/** Two tabs and a phone change the same session's tags, note and pin: the last one wins where all see it, nothing is lost in silence. */
import { describe, expect, test } from "bun:test";
import type { BrowserContext, Page } from "playwright-core";
import type { Session } from "../../src/domain/session.ts";
import { HAS_CHROMIUM } from "../support/browser.ts";
import { idOf, pathOf } from "../support/conversation.ts";
import { plain } from "../support/everything.ts";
import { post, sessionId } from "../support/post.ts";
import { cards, eventually, useWeb } from "../support/web.ts";

const TITLE = "Shared by three";

describe.skipIf(!HAS_CHROMIUM)("two tabs and a phone (needs /usr/bin/chromium)", () => {
  let id = "";
  let hand: BrowserContext | undefined;
  const web = useWeb({}, async (server) => {
    await post(
      server,
      pathOf({ id: idOf(401) }),
      plain({ n: 401, title: TITLE, at: Date.now() - 60_000, cwd: "/w/kiln", branch: "main" }),
    );
    await server.settled();
    id = await sessionId(server, idOf(401));
  });
  const kept = () => web().server.json<Session>(`/api/agents/sessions/${id}`);
  const row = (page: Page) => cards(page).filter({ hasText: TITLE });
  const focus = async (page: Page) => {
    await row(page).first().waitFor();
    await row(page).locator("a.title").focus();
  };

  /** A timeline, the session's own page, and the timeline on a phone. */
  async function three() {
    hand ??= await web().as({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    const tabs = [
      await web().open("/timeline"),
      await web().open(`/sessions/${id}`),
      await web().openIn(hand, "/timeline"),
    ];
    for (const page of tabs)
      await page
        .getByRole("link", { name: /^Status: Live/ })
        .first()
        .waitFor();
    return { list: tabs[0]!, session: tabs[1]!, phone: tabs[2]! };
  }
  const act = async (phone: Page, name: string | RegExp) => {
    await row(phone)
      .getByRole("button", { name: /^Actions/ })
      .tap();
    await phone.getByRole("menu", { name: "Actions" }).getByRole("menuitem", { name }).tap();
  };
  const pinned = (page: Page) => row(page).locator(".pinned").count();
  const pin = (page: Page) => page.getByTestId("session-page").locator(".pin").getAttribute("aria-pressed");

  test("a pin set on one shows on all, and the last to let go is seen by all", async () => {
    const { list, session, phone } = await three();
    await focus(list);
    await list.keyboard.press("p");
    await eventually(
      () => pinned(phone),
      (n) => n > 0,
    );
    await eventually(
      () => pin(session),
      (is) => is === "true",
    );

    await act(phone, /^Unpin/);

    await eventually(
      () => pinned(list),
      (n) => n === 0,
    );
    await eventually(
      () => pin(session),
      (is) => is === "false",
    );
    expect((await kept()).pinned).toBe(false);
  }, 60_000);

  test("tags put on by all three at once are all kept, and stand on all three", async () => {
    const { list, session, phone } = await three();
    await focus(list);
    await list.keyboard.press("t");
    await list.getByRole("combobox", { name: "Tag" }).fill("from-list");
    await act(phone, /^Tag/);
    await phone.getByRole("combobox", { name: "Tag" }).fill("from-phone");
    const put = web().server.api(`/api/agents/sessions/${id}`, {
      method: "PATCH",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ add_tags: ["from-script"] }),
    });
    await Promise.all([list.keyboard.press("Enter"), phone.keyboard.press("Enter"), put]);

    const all = ["from-list", "from-phone", "from-script"];
    await eventually(kept, ({ tags }) => tags.toSorted().join() === all.join());
    for (const page of [list, phone])
      await eventually(
        () => row(page).innerText(),
        (text) => all.every((tag) => text.includes(tag)),
      );
    await eventually(
      () => session.getByTestId("session-page").locator("a.tag").allInnerTexts(),
      (texts) =>
        texts
          .map((text) => text.trim())
          .toSorted()
          .join() === all.join(),
    );
  }, 60_000);

  test("a note written on the page while the phone writes one: both texts are shown until one chooses", async () => {
    const { list, session, phone } = await three();
    await session.locator("[popovertarget=session-more]").click();
    await session.getByRole("button", { name: "Rename, tag, note…" }).click();
    const form = session.getByRole("textbox", { name: "Note" });
    await form.fill("from the page");
    await act(phone, /note/i);
    await phone.getByRole("textbox", { name: "Note" }).fill("from the phone");
    await phone.getByRole("button", { name: "Save" }).tap();
    await eventually(kept, ({ note }) => note === "from the phone");

    await form.press("Control+Enter");

    const question = session.getByRole("dialog", { name: "Changed in two places" });
    await question.waitFor();
    const said = await question.innerText();
    expect([said.includes("from the page"), said.includes("from the phone")]).toEqual([true, true]);
    expect((await kept()).note).toBe("from the phone");
    await question.getByRole("button", { name: "Use yours" }).click();
    await eventually(kept, ({ note }) => note === "from the page");

    await focus(list);
    await list.keyboard.press("n");
    const text = list.getByRole("textbox", { name: "Note" });
    await text.waitFor();
    expect(await text.inputValue()).toBe("from the page");
  }, 60_000);
});
