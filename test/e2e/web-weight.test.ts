/** What the first page costs to load. */
import { describe, expect, test } from "bun:test";
import { HAS_CHROMIUM } from "../support/browser.ts";
import { postEverything } from "../support/everything.ts";
import { ready, useWeb } from "../support/web.ts";

const MAX_SCRIPT = 120_000;
const MAX_STYLE = 60_000;

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
});
