/** What the first page costs to load. */
import { describe, expect, test } from "bun:test";
import { HAS_CHROMIUM } from "../support/browser.ts";
import { postEverything } from "../support/everything.ts";
import { ready, useWeb } from "../support/web.ts";

const MAX_SCRIPT = 120_000;
const MAX_STYLE = 60_000;
const MAX_ALL_SCRIPT = 400_000;

describe.skipIf(!HAS_CHROMIUM)("weight (needs /usr/bin/chromium)", () => {
  const web = useWeb({}, postEverything);

  test("the timeline loads under 120 kB of script and 60 kB of style, as they come over the wire", async () => {
    const context = await web().as({});
    const page = await context.newPage();
    // The smaller of the two encodings is brotli; the promise is about gzip.
    await page.setExtraHTTPHeaders({ "accept-encoding": "gzip" });
    const sizes: { url: string; type: string; bytes: number; encoding: string }[] = [];
    page.on("requestfinished", async (request) => {
      const type = request.resourceType();
      if (type !== "script" && type !== "stylesheet") return;
      const [{ responseBodySize }, response] = await Promise.all([request.sizes(), request.response()]);
      const encoding = (await response!.allHeaders())["content-encoding"] ?? "none";
      sizes.push({ url: request.url(), type, bytes: responseBodySize, encoding });
    });
    await page.goto(`${web().server.url}/timeline`);
    await ready(page);
    await page.waitForLoadState("networkidle");
    await context.close();

    const sum = (type: string) => sizes.filter((one) => one.type === type).reduce((all, one) => all + one.bytes, 0);
    console.log(`first load: ${sum("script")} B of script, ${sum("stylesheet")} B of style (${sizes.length} files)`);
    expect(sizes.filter((one) => one.encoding === "none" && one.bytes > 1000)).toEqual([]);
    expect(sum("script")).toBeGreaterThan(1000);
    expect(sum("script")).toBeLessThan(MAX_SCRIPT);
    expect(sum("stylesheet")).toBeLessThan(MAX_STYLE);
  });

  test("all pages together are under 400 kB of script", async () => {
    const { url } = web().server;
    // The service worker knows every file of its build.
    const worker = await (await fetch(`${url}/worker.js`)).text();
    const names = new Set(worker.match(/\/assets\/[\w.-]+\.(?:js|css)/g));
    const bytes = async (ending: string) => {
      const files = [...names].filter((name) => name.endsWith(ending));
      const sizes = files.map(
        async (name) => Bun.gzipSync(await (await fetch(url + name)).bytes(), { level: 9 }).length,
      );
      return (await Promise.all(sizes)).reduce((all, one) => all + one, 0);
    };

    console.log(`all: ${await bytes(".js")} B of script, ${await bytes(".css")} B of style`);
    expect(await bytes(".js")).toBeGreaterThan(MAX_SCRIPT / 2);
    expect(await bytes(".js")).toBeLessThan(MAX_ALL_SCRIPT);
    expect(await bytes(".css")).toBeLessThan(MAX_STYLE);
  });
});
