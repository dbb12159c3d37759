/** What a session's page says of its cost. */
import { describe, expect, test } from "bun:test";
import { HAS_CHROMIUM } from "../support/browser.ts";
import { fileOf, psid, talk } from "../support/fill.ts";
import { post, sessionId } from "../support/post.ts";
import { useWeb } from "../support/web.ts";

describe.skipIf(!HAS_CHROMIUM)("a session's cost (needs /usr/bin/chromium)", () => {
  const ids: string[] = [];
  const web = useWeb({}, async (server) => {
    await post(server, fileOf(psid(1)), talk(3, { id: psid(1) }));
    await post(server, fileOf(psid(2)), talk(3, { id: psid(2) }).replaceAll("claude-sonnet-4-5", "kiln-1"));
    await server.settled();
    for (const n of [1, 2]) ids.push(await sessionId(server, psid(n)));
  });

  test.each([
    [0, /^\$0|^<\$/],
    [1, /^unknown$/],
  ])("of session %d is what is known of it, never 0 for unknown", async (n, cost) => {
    const page = await web().open(`/sessions/${ids[n]}`);
    const term = page.locator("dt", { hasText: /^Cost$/ });
    await term.waitFor();

    expect(await term.locator("xpath=following-sibling::dd[1]").innerText()).toMatch(cost);
  });
});
