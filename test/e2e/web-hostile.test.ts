/** Sessions written by someone who means harm: in every field that a page shows, nothing runs and nothing calls home. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { HAS_CHROMIUM, launch, signedIn } from "../support/browser.ts";
import { conversation, idOf, pathOf, png } from "../support/conversation.ts";
import { sideways } from "../support/looks.ts";
import { CANARY, INLINE, PAYLOADS, TERMINAL, TWISTED } from "../support/payloads.ts";
import { post } from "../support/post.ts";
import { startServer } from "../support/server.ts";
import type { Server } from "../support/server.ts";
import { goto, ready } from "../support/web.ts";

/** One session for each way to carry a payload. */
const CARRIERS = ["prompts", "replies", "tools", "facts", "steps", "images"] as const;

async function fill(server: Server): Promise<void> {
  for (const [n, carrier] of CARRIERS.entries()) {
    const id = idOf(200 + n);
    await post(server, pathOf({ id }), WRITE[carrier](id, Date.now() - 60_000 * (n + 1)), {
      project: `<img src=x onerror=${INLINE}>${carrier}`,
    });
  }
  await server.settled();
}

const WRITE: Readonly<Record<(typeof CARRIERS)[number], (id: string, at: number) => string>> = {
  prompts(id, at) {
    const talk = conversation({
      id,
      at,
      cwd: `/tmp/"><script>${INLINE}</script>`,
      branch: `"><img src=x onerror=${INLINE}>`,
    });
    for (const payload of PAYLOADS) talk.prompt(payload);
    talk.title(`<script>${INLINE}</script><img src=//${CANARY}/t onerror=${INLINE}>\u202Etitle`);
    return talk.text();
  },
  replies(id, at) {
    const talk = conversation({ id, at, model: `<svg onload=${INLINE}>` });
    for (const payload of PAYLOADS) {
      talk.think(payload);
      talk.reply(`${payload}\n\n${"```"}html\n${payload}\n${"```"}\n\n\`${payload.replaceAll("`", "")}\``);
    }
    return talk.text();
  },
  tools(id, at) {
    const talk = conversation({ id, at });
    for (const [n, payload] of PAYLOADS.entries()) {
      const name =
        n % 3 === 0
          ? payload.slice(0, 60)
          : (["Bash", "Edit", "Write", "Read", "WebFetch", "Task", "TodoWrite", "mcp__x__y"] as const)[n % 8]!;
      talk.call(name, hostileInput(payload));
      talk.result(payload, {
        failed: n % 4 === 0,
        result: {
          filePath: payload,
          stdout: payload,
          structuredPatch: [
            { oldStart: 1, oldLines: 1, newStart: 1, newLines: 1, lines: [`-${payload}`, `+${payload}`] },
          ],
        },
      });
    }
    return talk.text();
  },
  facts(id, at) {
    const talk = conversation({ id, at, cwd: `/tmp/${TWISTED[0]}`, branch: TWISTED[1]! });
    talk.prompt(TWISTED.join("\n"));
    talk.title(TWISTED.join(" "));
    return talk.text();
  },
  steps(id, at) {
    const talk = conversation({ id, at });
    talk.prompt("terminal");
    for (const payload of TERMINAL) {
      talk.call("Bash", { command: payload });
      talk.result(payload);
    }
    talk.reply("after the terminal");
    return talk.text();
  },
  images(id, at) {
    const talk = conversation({ id, at });
    const svg = Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" onload="${INLINE}"><image href="https://${CANARY}/i"/></svg>`,
    ).toString("base64");
    talk.image("an image", png(4, 4, [1, 2, 3]));
    for (const type of ["image/svg+xml", "text/html", `image/png" onerror="${INLINE}`, "image/png"])
      talk.image("look", svg, type);
    return talk.text();
  },
};

/** Every field that any page looks into; keys that are no fields, too. */
const hostileInput = (text: string) =>
  JSON.parse(
    JSON.stringify({
      command: text,
      file_path: text,
      path: text,
      old_string: text,
      new_string: `${text}!`,
      content: text,
      url: `javascript:${INLINE}`,
      description: text,
      prompt: text,
      pattern: text,
      todos: [{ content: text, status: text, activeForm: text }],
      [text]: text,
      constructor: text,
    }).replace("{", '{"__proto__":{"polluted":true},'),
  ) as unknown;

describe.skipIf(!HAS_CHROMIUM)("hostile sessions (needs /usr/bin/chromium)", () => {
  let browser: Browser;
  let server: Server;
  let context: BrowserContext;
  const away: string[] = [];
  const said: string[] = [];
  beforeAll(async () => {
    [browser, server] = await Promise.all([launch(), startServer()]);
    await fill(server);
    context = await signedIn(browser, server);
    context.on("request", (request) => {
      const url = new URL(request.url());
      if (url.origin !== server.url && url.protocol !== "data:" && url.protocol !== "blob:") away.push(request.url());
    });
    context.on("dialog", (dialog) => (said.push(dialog.message()), void dialog.dismiss()));
    context.on("weberror", (error) => void said.push(String(error.error())));
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  /** Nothing ran, nothing was asked elsewhere, no foreign element stands in the page, the layout holds. */
  async function unharmed(page: Page): Promise<void> {
    expect(await page.evaluate(() => (window as { __pwn?: unknown }).__pwn)).toBeUndefined();
    expect(await page.evaluate(() => ({}) as { polluted?: unknown }).then((it) => it.polluted)).toBeUndefined();
    expect(said).toEqual([]);
    expect(away).toEqual([]);
    const strange = await page.evaluate(() =>
      [
        ...document.querySelectorAll(
          "body :is(script, iframe, object, embed, style, link, base, form:not([role], [data-testid]), math, meta, audio, video, template, noscript ~ noscript)",
        ),
      ].map((at) => at.outerHTML.slice(0, 200)),
    );
    expect(strange).toEqual([]);
    const attributes = await page.evaluate(() =>
      [...document.querySelectorAll("body *")].flatMap((at) =>
        [...at.attributes]
          .filter(
            ({ name, value }) =>
              name.startsWith("on") || /^\s*(javascript|vbscript|data:text)/i.test(value) || name === "srcdoc",
          )
          .map(({ name, value }) => `${at.tagName} ${name}=${value.slice(0, 80)}`),
      ),
    );
    expect(attributes).toEqual([]);
    expect(await sideways(page)).toEqual({ px: 0, by: [] });
  }

  for (const width of [1280, 390])
    test(`at ${width} px no page of theirs runs, calls home or breaks the layout, unfolded to the last`, async () => {
      const page = await context.newPage();
      await page.setViewportSize({ width, height: 800 });
      await goto(page, `${server.url}/timeline`);
      await page.getByTestId("session-card").first().waitFor();
      await unharmed(page);
      const links = await page
        .locator("[data-testid=session-card] .title")
        .evaluateAll((all) => all.map((one) => (one as HTMLAnchorElement).href));
      expect(links.length).toBe(CARRIERS.length);
      for (const link of links) {
        await goto(page, link);
        await page.getByTestId("event").first().waitFor();
        await readAll(page);
        await unharmed(page);
      }
      await page.close();
    }, 120_000);

  test("searched for, they are shown as text with the words marked", async () => {
    const page = await context.newPage();
    for (const words of ["script", "onerror", "javascript", "img src", "\u202E"]) {
      await goto(page, `${server.url}/timeline?q=${encodeURIComponent(words)}`);
      await unharmed(page);
    }
    await goto(
      page,
      `${server.url}/timeline?q=${encodeURIComponent(`<img src=x onerror=${INLINE}>`)}&project=${encodeURIComponent(PAYLOADS[0]!)}`,
    );
    await unharmed(page);
    await page.close();
  });

  test("a terminal's codes do not reach beyond their step", async () => {
    const page = await context.newPage();
    await goto(page, `${server.url}/timeline?q=${encodeURIComponent('"after the terminal"')}`);
    await page.getByTestId("search-hit").first().click();
    await page.getByTestId("session-page").waitFor();
    await readAll(page);
    const text = await page.getByTestId("session-page").innerText();
    expect([...text].filter((char) => char < " " && !"\n\t".includes(char))).toEqual([]);
    await unharmed(page);
    await page.close();
  });

  test("a twisted name cannot turn the words around it", async () => {
    const page = await context.newPage();
    await goto(page, `${server.url}/timeline`);
    const open = await page.evaluate((signs) => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const bad: string[] = [];
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (!new RegExp(`[${signs}]`).test(node.textContent ?? "")) continue;
        const around = node.parentElement!;
        // A box of its own is a paragraph of its own: what turns in it turns nothing outside.
        let box = around;
        while (box.tagName !== "BDI" && getComputedStyle(box).display === "inline" && box.parentElement)
          box = box.parentElement;
        const turned = (node.textContent ?? "").trim();
        if (box.tagName !== "BDI" && (box.textContent ?? "").trim() !== turned) bad.push(box.outerHTML.slice(0, 160));
      }
      return bad;
    }, "\u202A-\u202E\u2066-\u2069");
    expect(open).toEqual([]);
    await page.close();
  });

  test("the policy names its script sources, has nothing inline, and every page brings it", async () => {
    for (const path of ["/", "/timeline", "/sessions/x", "/status", "/nothing", "/login?once=wrong"]) {
      for (const headers of [{ authorization: `Bearer ${server.token}` }, {}] as Record<string, string>[]) {
        const answer = await fetch(server.url + path, { headers, redirect: "manual" });
        const policy = answer.headers.get("content-security-policy") ?? "";
        const scripts = /script-src ([^;]+)/.exec(policy)?.[1] ?? "";
        expect({ path, scripts }).toEqual({ path, scripts: "'self'" });
        expect(policy).toContain("frame-ancestors 'none'");
        expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
        const html = await answer.text();
        expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/i);
        expect(html).not.toMatch(/<[^>]+\son\w+=|javascript:/i);
      }
    }
  });

  test("a script put into the page all the same is refused by the policy", async () => {
    const page = await context.newPage();
    await goto(page, `${server.url}/timeline`);
    const ran = await page.evaluate(async (code) => {
      const script = document.createElement("script");
      script.textContent = code;
      document.body.append(script);
      const box = document.createElement("div");
      box.innerHTML = `<img src="data:," onerror="${code}">`;
      document.body.append(box);
      await new Promise((done) => setTimeout(done, 200));
      return (window as { __pwn?: unknown }).__pwn;
    }, INLINE);
    expect(ran).toBeUndefined();
    const blocked = await page.evaluate(
      (host) =>
        fetch(`https://${host}/x`).then(
          () => "sent",
          () => "refused",
        ),
      CANARY,
    );
    expect(blocked).toBe("refused");
    // The policy refused them before they left, but playwright tells of the attempt.
    away.length = 0;
    await page.close();
  });

  test("a stored image that is none is handed out as a file, never as a page", async () => {
    const { sessions } = await server.json<{ sessions: { id: string; provider_session_id: string }[] }>(
      "/api/agents/sessions?limit=100",
    );
    const images = sessions.find((one) => one.provider_session_id === idOf(200 + CARRIERS.indexOf("images")))!;
    const { events } = await server.json<{ events: { id: string; images: { part: number; media_type: string }[] }[] }>(
      `/api/agents/sessions/${images.id}/events?limit=100`,
    );
    const parts = events.flatMap((event) => event.images.map((image) => ({ ...image, event: event.id })));
    expect(parts.length).toBeGreaterThan(0);
    for (const { event, part, media_type } of parts) {
      const answer = await server.api(
        `/api/agents/sessions/${images.id}/events/${encodeURIComponent(event)}/parts/${part}`,
      );
      const type = answer.headers.get("content-type") ?? "";
      const raster = /^image\/(png|jpeg|gif|webp|avif|bmp)$/.test(media_type);
      expect(type).not.toMatch(/html|svg|xml/);
      expect({ media_type, disposition: answer.headers.get("content-disposition")?.split(";")[0] ?? "inline" }).toEqual(
        { media_type, disposition: raster ? "inline" : "attachment" },
      );
      expect(answer.headers.get("content-security-policy")).toContain("sandbox");
    }
  });
});

/** Goes through the whole transcript and unfolds what can be unfolded. */
async function readAll(page: Page): Promise<void> {
  await ready(page);
  for (let round = 0; round < 60; round++) {
    const opened = await page.evaluate(() => {
      const folded = [
        ...document.querySelectorAll<HTMLElement>("[data-testid=session-page] [aria-expanded=false]"),
      ].filter((at) => !at.closest("header, aside, [role=toolbar]") && !at.hasAttribute("aria-haspopup"));
      for (const one of folded) one.click();
      return folded.length;
    });
    const y = await page.evaluate(() => {
      const event = document.querySelector("[data-testid=event]");
      let scroller: Element = document.scrollingElement!;
      for (let at = event?.parentElement; at; at = at.parentElement)
        if (at.scrollHeight > at.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(at).overflowY)) {
          scroller = at;
          break;
        }
      const before = scroller.scrollTop;
      scroller.scrollTop = before - innerHeight * 0.8;
      return before;
    });
    await Bun.sleep(30);
    if (opened === 0 && y <= 0) return;
  }
}
