import { afterAll, expect, test } from "bun:test";
import { SANDBOX_CSP } from "../../src/http/headers.ts";
import { mintOnce } from "../../src/http/login.ts";
import { httpApp } from "../support/http-app.ts";

const made = httpApp({}, (hono) => {
  hono.get("/api/agents/own", (c) =>
    c.body("<svg/>", 200, { "Content-Security-Policy": SANDBOX_CSP, "Cache-Control": "private" }),
  );
  hono.get("/assets/raw", () => new Response("x"));
  hono.get("/assets/broken", () => {
    throw new Error("broken");
  });
});
afterAll(() => made.close());

test("every answer has the security headers: pages, errors, refusals, signed in or not", async () => {
  const token = { authorization: `Bearer ${await made.token("full")}` };
  const asks: [string, RequestInit & { headers?: Record<string, string> }][] = [
    ["/", {}],
    ["/timeline", { headers: token }],
    ["/login", {}],
    ["/login?once=wrong", {}],
    [`/login?once=${await mintOnce(made.app)}`, {}],
    ["/assets/raw", {}],
    ["/assets/broken", {}],
    ["/api/health", {}],
    ["/api/probe/read", {}],
    ["/api/nothing", { headers: token }],
    ["/", { headers: { host: "evil.com" } }],
    ["/api/probe/read", { headers: { origin: "null" } }],
    ["/api/probe/read", { method: "OPTIONS" }],
    ["/nothing", { method: "DELETE" }],
  ];

  for (const [path, init] of asks) {
    const { headers } = await made.ask(path, init);
    const policy = headers.get("content-security-policy") ?? "";
    expect([path, policy]).toEqual([path, expect.stringContaining("script-src 'self';")]);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("default-src 'none'");
    expect([path, headers.get("x-content-type-options")]).toEqual([path, "nosniff"]);
    expect(["same-origin", "no-referrer"]).toContain(headers.get("referrer-policy")!);
    expect(headers.has("access-control-allow-origin")).toBe(false);
  }
});

test("a page that opened ours from elsewhere is cut off from it; a typed address keeps the process that was readied", async () => {
  const opener = async (site?: string) => {
    const { headers } = await made.ask("/timeline", site === undefined ? {} : { headers: { "sec-fetch-site": site } });
    expect(headers.get("vary")).toContain("Sec-Fetch-Site");
    return headers.get("cross-origin-opener-policy");
  };

  for (const site of ["cross-site", "same-site", undefined])
    expect([site, await opener(site)]).toEqual([site, "same-origin"]);
  for (const site of ["none", "same-origin"]) expect([site, await opener(site)]).toEqual([site, null]);
});

test("no script that stands in a page may run, and none from elsewhere", async () => {
  const policy = (await made.ask("/")).headers.get("content-security-policy")!;
  const scripts = policy.split("; ").find((part) => part.startsWith("script-src"));

  expect(scripts).toBe("script-src 'self'");
  expect(policy).not.toMatch(/https?:|\*|'unsafe-eval'|script-src-attr/);
});

test("a handler's own policy stays, and answers of the API are not stored unless it says so", async () => {
  const token = { "x-agents-token": await made.token("full") };

  const own = await made.ask("/api/agents/own", { headers: token });
  const other = await made.ask("/api/probe/read", { headers: token });

  expect([own.headers.get("content-security-policy"), own.headers.get("cache-control")]).toEqual([
    SANDBOX_CSP,
    "private",
  ]);
  expect(other.headers.get("cache-control")).toBe("no-store");
  expect((await made.ask("/assets/raw")).headers.get("cache-control")).toBeNull();
});
