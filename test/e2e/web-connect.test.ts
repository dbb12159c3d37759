/** `longhouse auth` and its page, from the terminal to the browser and back; machines and their tokens. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { NewCode } from "../../src/domain/device-code.ts";
import { asking, type Asking } from "../support/auth.ts";
import { HAS_CHROMIUM, launch, signedIn } from "../support/browser.ts";
import { homes, type Homes } from "../support/cli.ts";
import { axeFindings, sideways, smallTargets } from "../support/looks.ts";
import { BINARY, command, startServer, type Server } from "../support/server.ts";
import { eventually, goto, ready, useWeb, watched } from "../support/web.ts";

const PASSWORD = "a long enough password";
const HOSTILE = [
  `<img src=x onerror="window.__pwn=1">`,
  `"><script>window.__pwn=1</script>`,
  `</bdi><svg onload=window.__pwn=1>`,
  `javascript:window.__pwn=1`,
  `{{7*7}}\${window.__pwn=1}`,
  `שלום laptop עולם`,
  "x".repeat(128),
];

const started = (where: Homes, server: Server): Asking => asking(where, server.url, { command: [BINARY] });
const tokenOf = ({ user }: Homes) => readFileSync(join(user, ".claude/longhouse-device-token"), "utf8").trim();
const newCode = async (server: Server, device_id = "laptop", scope = "device") => {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ device_id, scope });
  return (await (await fetch(`${server.url}/api/devices/codes`, { method: "POST", headers, body })).json()) as NewCode;
};
const stateOf = async (server: Server, code: string) =>
  ((await (await server.api(`/api/devices/codes/${code}`)).json()) as { state: string }).state;

describe.skipIf(!HAS_CHROMIUM)("letting a machine in (needs /usr/bin/chromium)", () => {
  const web = useWeb({});

  test("the page shows who asks for what with which code; approved, the terminal has its token at once", async () => {
    const where = homes();
    const under = started(where, web().server);
    const code = await under.code();
    const page = await web().open(`/connect?code=${code}`);
    expect(await page.getByTestId("user-code").innerText()).toBe(code);
    const words = await page.locator("main").innerText();
    for (const word of ["Send its sessions", "Read and search", "delete nothing", "127.0.0.1"])
      expect(words).toContain(word);

    await page.getByRole("button", { name: "Approve" }).click();

    expect(await under.exited).toBe(0);
    await page.getByRole("heading", { name: "Connected" }).waitFor();
    const headers = { authorization: `Bearer ${tokenOf(where)}` };
    expect((await fetch(`${web().server.url}/api/agents/sessions`, { headers })).status).toBe(200);
  }, 60_000);

  test("denied, the terminal ends with exit code 4", async () => {
    const under = started(homes(), web().server);
    const page = await web().open(`/connect?code=${await under.code()}`);

    await page.getByRole("button", { name: "Deny" }).click();

    await page.getByRole("heading", { name: "Denied" }).waitFor();
    expect(await under.exited).toBe(4);
  }, 60_000);

  test("by keyboard alone: the code typed in small letters, then approved", async () => {
    const { user_code } = await newCode(web().server);
    const page = await web().open("/connect");
    await page.getByLabel(/code that longhouse auth shows/).focus();
    await page.keyboard.type("aeiouaei\n");
    await page.getByRole("alert").getByText("That is no code").waitFor();
    await page.getByLabel(/code that longhouse auth shows/).fill("");
    await page.keyboard.type(`${user_code.toLowerCase().replace("-", " ")}\n`);
    await page.getByTestId("user-code").waitFor();

    await page.getByRole("button", { name: "Approve" }).focus();
    await page.keyboard.press("Enter");

    await page.getByRole("heading", { name: "Approved" }).waitFor();
    expect(await stateOf(web().server, user_code)).toBe("approved");
    await page.goBack();
    await page.getByLabel(/code that longhouse auth shows/).waitFor();
  }, 60_000);

  test("a code that nobody waits with, or that was given up, says so and takes another", async () => {
    const gone = await newCode(web().server);
    const page = await web().open(`/connect?code=${gone.user_code}`);
    const body = JSON.stringify({ device_code: gone.device_code });
    const headers = { "content-type": "application/json" };
    await fetch(`${web().server.url}/api/devices/codes/cancel`, { method: "POST", headers, body });

    await page.getByText("No device waits with this code").waitFor();

    const next = await newCode(web().server, "desk");
    await page.getByLabel(/code that longhouse auth shows/).fill(next.user_code);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Let desk in?" }).waitFor();
  }, 60_000);

  test("full access is called what it is, and a name that is here already is pointed out", async () => {
    const { user_code } = await newCode(web().server, "laptop", "full");
    await web().server.api("/api/devices/tokens", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ device_id: "laptop" }),
    });

    const page = await web().open(`/connect?code=${user_code}`);

    const words = await page.locator("main").innerText();
    for (const word of ["Delete sessions", "runs commands", "is here already"]) expect(words).toContain(word);
  }, 60_000);

  test("names of machines are text: on the page, in the list, in the question and in what is said after", async () => {
    const page = await web().open("/connect");
    for (const name of HOSTILE) {
      const { user_code } = await newCode(web().server, name, "ingest");
      await goto(page, `${web().server.url}/connect?code=${user_code}`);
      expect(await page.locator("h1 .device").innerText()).toBe(name);
      expect({ name, ...(await sideways(page)) }).toEqual({ name, px: 0, by: [] });
      await page.getByRole("button", { name: "Approve" }).click();
      await page.getByRole("heading", { name: "Approved" }).waitFor();
      await web().server.api("/api/devices/tokens", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ device_id: name, scope: "ingest" }),
      });
    }
    await goto(page, `${web().server.url}/machines`);
    const row = page.getByTestId("tokens").locator("li").filter({ hasText: HOSTILE[0]! });
    await row.getByRole("button").click();
    await row.getByRole("button", { name: "Revoke" }).click();
    await page.locator(".toast").filter({ hasText: HOSTILE[0]! }).waitFor();

    expect(await page.evaluate(() => (window as unknown as { __pwn?: number }).__pwn)).toBeUndefined();
    expect(await sideways(page)).toEqual({ px: 0, by: [] });
  }, 60_000);

  test("a token is revoked after a question, and its machine is out at once", async () => {
    const where = homes();
    const under = started(where, web().server);
    const code = await under.code();
    await web().server.api(`/api/devices/codes/${code}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ decision: "approve" }),
    });
    expect(await under.exited).toBe(0);
    const headers = { authorization: `Bearer ${tokenOf(where)}` };
    const use = async () => (await fetch(`${web().server.url}/api/agents/sources`, { headers })).status;
    expect(await use()).toBe(200);
    const page = await web().open("/machines");
    const newest = page.getByTestId("tokens").locator("li").first();

    await newest.getByRole("button", { name: /Revoke/ }).click();
    await page.keyboard.press("Escape");
    expect(await use()).toBe(200);
    await newest.getByRole("button", { name: /Revoke/ }).click();
    expect(await newest.getByRole("button", { name: "Revoke" }).evaluate((at) => at === document.activeElement)).toBe(
      true,
    );
    await page.keyboard.press("Enter");

    expect(await eventually(use, (status) => status === 401)).toBe(401);
    await page.getByText("shut out at once").waitFor({ state: "detached" });
    await page.locator("summary").click();
    expect(await page.locator("details .tokens li").count()).toBeGreaterThan(0);
    const recent = await command({ home: where.user, data: where.home }, ["recent", "--url", web().server.url]);
    expect([recent.code, recent.stderr.includes("longhouse auth")]).toEqual([4, true]);
  }, 60_000);

  for (const width of [1280, 390, 360])
    for (const colorScheme of ["light", "dark"] as const)
      test(`${width} px, ${colorScheme}: nothing scrolls sideways, axe finds nothing, fingers hit`, async () => {
        const phone = width < 600 ? { isMobile: true, hasTouch: true } : {};
        const context = await web().as({
          viewport: { width, height: 844 },
          colorScheme,
          reducedMotion: "reduce",
          ...phone,
        });
        const asked = await newCode(web().server, "a-rather-long-machine-name.office.example.com");
        const page = await web().openIn(context, "/machines");
        await page.locator("[data-testid=tokens] .button").first().click();
        await looksGood(page, "machines");
        await goto(page, `${web().server.url}/connect`);
        await looksGood(page, "form");
        await goto(page, `${web().server.url}/connect?code=${asked.user_code}`);
        await looksGood(page, "question");
        await page.getByRole("button", { name: "Deny" }).click();
        await page.getByRole("heading", { name: "Denied" }).waitFor();
        await looksGood(page, "denied");
        await context.close();

        async function looksGood(at: Page, name: string) {
          const small = width < 600 ? await smallTargets(at, 44) : [];
          expect({ name, ...(await sideways(at)), small }).toEqual({ name, px: 0, by: [], small: [] });
          expect({ name, found: await axeFindings(at) }).toEqual({ name, found: [] });
        }
      }, 60_000);
});

describe.skipIf(!HAS_CHROMIUM)("who is not signed in (needs /usr/bin/chromium)", () => {
  let browser: Browser;
  let plain: Server;
  let guarded: Server;
  beforeAll(async () => {
    [browser, plain, guarded] = await Promise.all([
      launch(),
      startServer(),
      startServer({ env: { LONGHOUSE_PASSWORD: PASSWORD } }),
    ]);
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await Promise.all([plain.stop(), guarded.stop()]);
  });
  const stranger = async (server: Server): Promise<BrowserContext> => watched(await browser.newContext(), server);

  test("signs in with the password first and is back at the same code; before that nothing is shown of it", async () => {
    const { user_code } = await newCode(guarded, "my secret laptop");
    const page = await (await stranger(guarded)).newPage();
    await goto(page, `${guarded.url}/connect?code=${user_code}`);
    expect(await page.locator("body").innerText()).not.toContain("my secret laptop");

    await page.getByLabel("Password").fill(PASSWORD);
    await page.keyboard.press("Enter");

    await page.getByRole("heading", { name: "Let my secret laptop in?" }).waitFor();
    expect(page.url()).toEndWith(`/connect?code=${user_code}`);
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("heading", { name: "Approved" }).waitFor();
    await page.context().close();
  }, 60_000);

  test("without a password `longhouse open` in another tab lets the page go on", async () => {
    const { user_code } = await newCode(plain, "laptop");
    const context = await stranger(plain);
    const page = await context.newPage();
    await goto(page, `${plain.url}/connect?code=${user_code}`);
    expect(await page.locator("body").innerText()).toContain("longhouse open");

    const other = await context.newPage();
    await other.goto(/https?:\S+/.exec((await command(plain, ["open", "--print"])).stdout)![0]);
    await ready(other);
    await other.close();
    await page.evaluate(() => dispatchEvent(new Event("focus")));

    await page.getByTestId("user-code").waitFor();
    await context.close();
  }, 60_000);

  test("another site's page can neither approve, nor sign in, nor revoke for somebody who is signed in", async () => {
    const { user_code } = await newCode(plain, "evil's machine", "full");
    const context = await signedIn(browser, plain);
    const evil = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => new Response("<!doctype html><title>evil</title>", { headers: { "content-type": "text/html" } }),
    });
    const page = await context.newPage();
    // The same site for the cookie (ports do not count): only our own checks stand between.
    await page.goto(`http://127.0.0.1:${evil.port}/`);

    const outcomes = await page.evaluate(
      async ([base, code]) => {
        const attempt = async (path: string, init: RequestInit) => {
          try {
            return (await fetch(base + path, { credentials: "include", ...init })).status;
          } catch {
            return "blocked";
          }
        };
        const json = { "content-type": "application/json" };
        const body = JSON.stringify({ decision: "approve" });
        return Promise.all([
          attempt(`/api/devices/codes/${code}`, { method: "PUT", headers: json, body }),
          attempt(`/api/devices/codes/${code}`, { method: "PUT", body }),
          attempt("/api/devices/tokens", { method: "POST", body: '{"device_id":"x","scope":"full"}' }),
          attempt("/api/devices/tokens", { mode: "no-cors", method: "POST", body: '{"device_id":"x","scope":"full"}' }),
          attempt("/api/auth/logout", { mode: "no-cors", method: "POST" }),
          attempt("/api/devices/tokens", {}),
        ]);
      },
      [plain.url, user_code] as const,
    );
    await page.evaluate((base) => {
      const form = document.createElement("form");
      form.method = "post";
      form.action = `${base}/api/auth/logout`;
      document.body.append(form);
      form.submit();
    }, plain.url);
    await page.waitForURL(/logout/);
    await evil.stop(true);

    expect(outcomes.filter((outcome) => outcome !== "blocked")).toEqual([]);
    expect(await stateOf(plain, user_code)).toBe("pending");
    expect((await context.request.get(`${plain.url}/api/devices/tokens`)).status()).toBe(200);
    const { tokens } = await plain.json<{ tokens: { device_id: string }[] }>("/api/devices/tokens");
    expect(tokens.map(({ device_id }) => device_id)).not.toContain("x");
    await context.close();
  }, 60_000);
});
