/** The first minutes: nothing there, samples, a big history that is still being read. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { HAS_CHROMIUM, launch, signedIn } from "../support/browser.ts";
import { conversation, idOf } from "../support/conversation.ts";
import { startServer } from "../support/server.ts";
import type { Server } from "../support/server.ts";
import { tempDir } from "../support/temp.ts";
import { cards, eventually, goto, ready, titles } from "../support/web.ts";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

describe.skipIf(!HAS_CHROMIUM)("the first minutes (needs /usr/bin/chromium)", () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launch()));
  afterAll(() => browser.close());

  /** Starts a server, does `act` in a signed-in page on the timeline, stops both. */
  async function on(options: Parameters<typeof startServer>[0], act: Act): Promise<void> {
    const server = await startServer(options);
    const context = await signedIn(browser, server);
    try {
      const page = await context.newPage();
      await goto(page, `${server.url}/timeline`);
      await act(page, server);
    } finally {
      await context.close();
      await server.stop();
    }
  }
  type Act = (page: Awaited<ReturnType<Browser["newPage"]>>, server: Server) => Promise<void>;

  test("an empty archive says what to do next, with the command for another machine", () =>
    on({}, async (page, server) => {
      await page.getByText("No sessions yet").waitFor();
      const said = await page.locator("main").innerText();
      expect(said).toContain(`longhouse auth --url ${server.url} && longhouse connect --install`);
      await page.getByTestId("connect-cta").click();
      await page.getByText("Command copied").waitFor();
    }));

  test(
    "an empty archive shows samples when it is asked to, and is empty again after a click",
    () =>
      on({}, async (page) => {
        await page.getByRole("button", { name: "Show samples" }).click();
        await cards(page).first().waitFor();

        await page.getByTestId("demo-cta").click();

        await page.getByText("No sessions yet").waitFor();
      }),
    60_000,
  );

  test("a new archive shows samples as samples, and one click removes them for good", () =>
    on({ env: { SKIP_DEMO_SEED: "" } }, async (page) => {
      await eventually(
        () => cards(page).count(),
        (n) => n >= 3,
      );
      expect(await page.locator("main").innerText()).toContain("These are samples");
      expect(await cards(page).first().innerText()).toContain("sample");

      await page.getByTestId("demo-cta").click();

      await page.getByText("No sessions yet").waitFor();
      await page.reload();
      await ready(page);
      expect(await cards(page).count()).toBe(0);
    }));

  test("a sample session can be read like any other", () =>
    on({ env: { SKIP_DEMO_SEED: "" } }, async (page) => {
      await cards(page).first().getByRole("link").first().click();
      await page.getByTestId("session-page").waitFor();
      await page.getByTestId("event").first().waitFor();
    }));

  test("SKIP_DEMO_SEED=1 keeps an archive empty, and --demo fills it all the same", async () => {
    const data = join(tempDir("data"), "lh");
    await on({ data }, async (page) => expect(await cards(page).count()).toBe(0));
    await on({ data, args: ["--no-ship", "--demo"] }, async (page) => {
      await eventually(
        () => cards(page).count(),
        (n) => n >= 3,
      );
    });
  });

  test("--demo-fresh brings back samples that were removed", async () => {
    const data = join(tempDir("data"), "lh");
    await on({ data, env: { SKIP_DEMO_SEED: "" } }, async (page) => {
      await page.getByTestId("demo-cta").click();
      await page.getByText("No sessions yet").waitFor();
    });
    await on({ data, env: { SKIP_DEMO_SEED: "" } }, async (page) => expect(await cards(page).count()).toBe(0));
    await on({ data, args: ["--no-ship", "--demo-fresh"] }, async (page) => {
      await eventually(
        () => cards(page).count(),
        (n) => n >= 3,
      );
    });
  });

  test("a first import of a big history shows its progress, and its sessions as they come; who leaves and returns finds it so, nothing doubled", async () => {
    const home = tempDir("home");
    bigHistory(home);
    await on({ home, args: [] }, async (page, server) => {
      await page.getByTestId("import-progress").waitFor({ timeout: 10_000 });
      expect(await page.getByTestId("import-progress").innerText()).toMatch(/Reading your sessions\s+.*\sof\s.*MB/);
      expect(await page.getByTestId("import-progress").locator("li").innerText()).toMatch(/Claude Code\s+.*80 files/);
      await cards(page).first().waitFor({ timeout: 20_000 });

      // Left, and come back to: by the back button, and in a new tab.
      await page.getByRole("link", { name: "Settings" }).click();
      await page.getByRole("heading", { name: "Settings" }).waitFor();
      await page.goBack();
      const other = await page.context().newPage();
      await goto(other, `${server.url}/timeline`);
      for (const tab of [page, other]) {
        await tab.getByTestId("import-progress").or(cards(tab)).first().waitFor();
        expect(await tab.locator("main").innerText()).not.toContain("No sessions yet");
      }

      await page.getByTestId("import-progress").waitFor({ state: "hidden", timeout: 60_000 });
      await server.settled();
      const { sessions } = await server.json<{ sessions: { title: string }[] }>("/api/agents/sessions?limit=20");
      for (const tab of [page, other])
        await eventually(
          () => titles(tab),
          (all) =>
            all.length >= 20 && new Set(all).size === all.length && sessions.every(({ title }, n) => title === all[n]),
          20_000,
        );
    });
  }, 120_000);
});

/** About 60 MB in 80 sessions. */
function bigHistory(home: string): void {
  const dir = join(home, ".claude/projects/-home-ada-work-kiln");
  mkdirSync(dir, { recursive: true });
  const output = "a line of output that a build has printed, as builds do\n".repeat(240);
  for (let n = 0; n < 80; n++) {
    const talk = conversation({ id: idOf(n), at: Date.now() - (n + 1) * 3_600_000 });
    talk.prompt(`Old task ${n}`);
    for (let step = 0; step < 55; step++) {
      talk.call("Bash", { command: `make part-${step}` });
      talk.result(output + step);
    }
    talk.reply("Built.");
    writeFileSync(join(dir, `${idOf(n)}.jsonl`), talk.text());
  }
}
