import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { Hono } from "hono";
import { Fault } from "../../src/domain/fault.ts";
import { assets, onDisk } from "../../src/http/assets.ts";

const folder = mkdtempSync(join(tmpdir(), "longhouse-assets-"));
const SCRIPT = "console.log('a script that is worth compressing, for it goes on and on and on and on');\n";
const PAGE = "<!doctype html><title>Longhouse</title>";
const app = new Hono();

beforeAll(async () => {
  await Bun.write(join(folder, "assets/main-1.js"), SCRIPT);
  await Bun.write(join(folder, "assets/main-1.js.br"), brotliCompressSync(SCRIPT));
  await Bun.write(join(folder, "assets/main-1.js.gz"), gzipSync(SCRIPT));
  await Bun.write(join(folder, "index.html"), PAGE);
  await writeManifest("page1");
  app.onError((error, c) =>
    c.json({ code: error instanceof Fault ? error.code : String(error) }, error instanceof Fault ? 404 : 500),
  );
  app.all("*", assets(onDisk(folder)));
});
afterAll(() => rmSync(folder, { recursive: true }));

const writeManifest = (hash: string) =>
  Bun.write(
    join(folder, "manifest.json"),
    JSON.stringify([
      {
        path: "/assets/main-1.js",
        type: "text/javascript; charset=utf-8",
        hash: "abc",
        immutable: true,
        files: { identity: "assets/main-1.js", br: "assets/main-1.js.br", gzip: "assets/main-1.js.gz" },
      },
      {
        path: "/index.html",
        type: "text/html; charset=utf-8",
        hash,
        immutable: false,
        files: { identity: "index.html" },
      },
    ]),
  );

const get = (path: string, headers: Record<string, string> = {}) => app.request(path, { headers });
const codeOf = async (response: Response | Promise<Response>) =>
  ((await (await response).json()) as { code: string }).code;

test("a hashed file may be kept for ever", async () => {
  const response = await get("/assets/main-1.js");

  expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  expect(response.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
  expect(await response.text()).toBe(SCRIPT);
});

test("the smallest form the client takes is sent", async () => {
  const both = await get("/assets/main-1.js", { "accept-encoding": "gzip, deflate, br" });
  const one = await get("/assets/main-1.js", { "accept-encoding": "gzip" });

  expect(both.headers.get("content-encoding")).toBe("br");
  expect(brotliDecompressSync(await both.arrayBuffer()).toString()).toBe(SCRIPT);
  expect(one.headers.get("content-encoding")).toBe("gzip");
  expect(gunzipSync(await one.arrayBuffer()).toString()).toBe(SCRIPT);
  expect(one.headers.get("vary")).toBe("Accept-Encoding");
});

test("a form that the client refuses with q=0 is not sent", async () => {
  const response = await get("/assets/main-1.js", { "accept-encoding": "br;q=0, gzip;q=0.000, *;q=0" });

  expect(response.headers.get("content-encoding")).toBeNull();
});

test("a file without that form is sent as it is", async () => {
  const response = await get("/index.html", { "accept-encoding": "br" });

  expect(response.headers.get("content-encoding")).toBeNull();
  expect(await response.text()).toBe(PAGE);
});

test("what the browser has is not sent again, and a form has its own tag", async () => {
  const first = await get("/assets/main-1.js", { "accept-encoding": "br" });
  const tag = first.headers.get("etag")!;
  const again = await get("/assets/main-1.js", { "accept-encoding": "br", "if-none-match": `"other", W/${tag}` });
  const plain = await get("/assets/main-1.js", { "if-none-match": tag });

  expect(again.status).toBe(304);
  expect(await again.text()).toBe("");
  expect(plain.status).toBe(200);
});

test("a page of the app is index.html, asked for anew each time", async () => {
  for (const path of ["/", "/timeline", "/sessions/0f3b?event=abc"]) {
    const response = await get(path);
    expect(response.headers.get("cache-control")).toBe("no-cache");
    expect(await response.text()).toBe(PAGE);
  }
});

test("a missing file is no page", async () => {
  expect(await codeOf(get("/assets/gone.js"))).toBe("not_found");
  expect(await codeOf(get("/assets/gone"))).toBe("not_found");
  expect(await codeOf(get("/favicon.ico"))).toBe("not_found");
  expect(await codeOf(get("/api/nothing"))).toBe("not_found");
});

test("no path leads out of the list", async () => {
  for (const path of ["/../manifest.json", "/assets/../manifest.json", "/%2e%2e/manifest.json", "/manifest.json"]) {
    expect(await codeOf(get(path))).toBe("not_found");
  }
});

test("only reading is answered", async () => {
  expect(await codeOf(app.request("/timeline", { method: "POST" }))).toBe("method_not_allowed");
  expect((await app.request("/timeline", { method: "HEAD" })).status).toBe(200);
});

test("a new build is served without a restart", async () => {
  await writeManifest("page2");
  utimesSync(join(folder, "manifest.json"), new Date(), new Date(Date.now() + 5000));

  expect((await get("/timeline")).headers.get("etag")).toBe('"page2"');
});

test("without a build the answer says how to make one", () => {
  expect(() => onDisk(join(folder, "nowhere"))()).toThrow("not built");
});
