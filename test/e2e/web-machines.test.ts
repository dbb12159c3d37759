/** The machines' page: what is the matter with each and what to type there; how another one comes in. */
import { describe, expect, test } from "bun:test";
import type { Heartbeat } from "../../src/domain/heartbeat.ts";
import { HAS_CHROMIUM } from "../support/browser.ts";
import { axeFindings, sideways, smallTargets } from "../support/looks.ts";
import { BINARY, type Server } from "../support/server.ts";
import { asking } from "../support/auth.ts";
import { homes } from "../support/cli.ts";
import { useWeb } from "../support/web.ts";

const HOSTILE = `/home/u/<img src=x onerror="window.__pwn=1">\u202egnol/${"x".repeat(300)}.jsonl`;
const progress = { sources: 120, bytes: 52_000_000, acked: 40_000_000, spooled: 1_500_000, failed: 0, paused: false };
const well: Heartbeat = {
  version: "0.1.0",
  started_at: null,
  providers: { claude: { ...progress, spooled: 0 } },
  live: [],
  failed: [],
  disk_free: 90_000_000_000,
  polling: null,
};
const ill: Heartbeat = {
  ...well,
  version: "0.0.9",
  providers: { claude: { ...progress, failed: 25, paused: true } },
  failed: [{ path: HOSTILE, code: "too_large", at: "2026-11-21T10:00:00.000Z" }],
  disk_free: 1000,
  polling: "ENOSPC",
};

async function beat(server: Server, device_id: string, heartbeat: Heartbeat): Promise<void> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ device_id, scope: "device" });
  const made = await server.api("/api/devices/tokens", { method: "POST", headers, body });
  const { token } = (await made.json()) as { token: string };
  await fetch(`${server.url}/api/agents/heartbeat`, {
    method: "POST",
    headers: { ...headers, authorization: `Bearer ${token}` },
    body: JSON.stringify(heartbeat),
  });
}

describe.skipIf(!HAS_CHROMIUM)("machines (needs /usr/bin/chromium)", () => {
  const web = useWeb({}, async (server) => {
    await beat(server, "desk", well);
    await beat(server, "attic", ill);
  });

  test("a machine that is well has nothing to be typed; one that is not has a command for each trouble", async () => {
    const page = await web().open("/machines");
    const row = (name: string) =>
      page
        .getByTestId("machines")
        .locator("> li")
        .filter({ has: page.getByRole("heading", { name }) });

    expect(await row("desk").locator("code").count()).toBe(0);
    expect(await row("desk").innerText()).toContain("nothing waits");
    expect(await row("attic").locator("code").allInnerTexts()).toEqual([
      `longhouse auth --url ${web().server.url}`,
      "longhouse ship --retry-failed",
      "longhouse doctor",
    ]);
    expect(await row("attic").innerText()).toContain("1.5 MB still to send");
    await row("attic").getByText("Which files").click();
    expect(await row("attic").innerText()).toContain("and 24 more");
    expect(await page.evaluate(() => (window as unknown as { __pwn?: number }).__pwn)).toBeUndefined();
  }, 60_000);

  test("the code of a waiting terminal is typed here, and the machine is in", async () => {
    const under = asking(homes(), web().server.url, { command: [BINARY] });
    const code = await under.code();
    const page = await web().open("/machines");
    const shown = await page.getByTestId("add-command").innerText();
    expect(shown).toBe(`longhouse auth --url ${web().server.url} && longhouse connect --install`);

    await page.getByLabel(/code that longhouse auth shows/).fill(code);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Approve" }).click();

    expect(await under.exited).toBe(0);
  }, 60_000);

  test("the picture for a phone opens the page where a code is approved", async () => {
    const page = await web().open("/machines");
    await page.getByRole("button", { name: "Open on a phone" }).click();

    await page.getByRole("img", { name: `Opens ${web().server.url}/connect` }).waitFor();
  }, 60_000);

  for (const width of [1280, 360])
    for (const colorScheme of ["light", "dark"] as const)
      test(`${width} px, ${colorScheme}: nothing scrolls sideways, axe finds nothing, fingers hit`, async () => {
        const phone = width < 600 ? { isMobile: true, hasTouch: true } : {};
        const context = await web().as({ viewport: { width, height: 844 }, colorScheme, ...phone });
        const page = await web().openIn(context, "/machines");
        await page.getByText("Which files").click();
        await page.getByRole("button", { name: "Open on a phone" }).click();
        await page.getByRole("img", { name: /Opens/ }).waitFor();

        const small = width < 600 ? await smallTargets(page, 44) : [];
        expect({ ...(await sideways(page)), small }).toEqual({ px: 0, by: [], small: [] });
        expect(await axeFindings(page)).toEqual([]);
        await context.close();
      }, 60_000);
});
