import { afterAll, describe, expect, test } from "bun:test";
import { localPath, mintOnce, ONCE_LIFE_MS } from "../../src/http/login.ts";
import { sha256 } from "../../src/lib/crypto.ts";
import { cookieOf, httpApp } from "../support/http-app.ts";

const made = httpApp();
afterAll(() => made.close());

describe("/login?once=", () => {
  test("turns a one-time token into a cookie and goes on to the timeline", async () => {
    const answer = await made.ask(`/login?once=${await mintOnce(made.app)}`);

    expect([answer.status, answer.headers.get("location")]).toEqual([302, "/timeline"]);
    const cookie = answer.headers.get("set-cookie")!;
    for (const part of ["HttpOnly", "SameSite=Lax", "Path=/", `Max-Age=${30 * 24 * 3600}`])
      expect(cookie).toContain(part);
    expect(cookie).not.toContain("Secure");
    expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
    expect((await made.ask("/api/probe/full", { headers: { cookie: cookieOf(answer) } })).status).toBe(200);
  });

  test("of 50 at once exactly one is signed in", async () => {
    const once = await mintOnce(made.app);

    const answers = await Promise.all(Array.from({ length: 50 }, () => made.ask(`/login?once=${once}`)));

    expect(answers.filter((answer) => answer.status === 302)).toHaveLength(1);
    expect(answers.filter((answer) => answer.headers.has("set-cookie"))).toHaveLength(1);
  });

  test("a spent, wrong or empty token gives a page that says what to type, and no cookie", async () => {
    const once = await mintOnce(made.app);
    await made.ask(`/login?once=${once}`);

    for (const bad of [once, "x", "", "a".repeat(9000), "%00", "%ff"]) {
      const answer = await made.ask(`/login?once=${bad}`);
      expect([bad.slice(0, 9), answer.status, answer.headers.get("set-cookie")]).toEqual([bad.slice(0, 9), 401, null]);
      expect(await answer.text()).toContain("longhouse open");
    }
  });

  test("opened again by the browser that spent it, it goes where it went", async () => {
    const once = await mintOnce(made.app);
    const cookie = cookieOf(await made.ask(`/login?once=${once}`));

    const again = await made.ask(`/login?once=${once}`, { headers: { cookie } });

    expect([again.status, again.headers.get("location"), again.headers.get("set-cookie")]).toEqual([
      302,
      "/timeline",
      null,
    ]);
  });

  test("neither HEAD nor a browser that guesses ahead spends it", async () => {
    const once = await mintOnce(made.app);

    await made.ask(`/login?once=${once}`, { method: "HEAD" });
    await made.ask(`/login?once=${once}`, { headers: { "sec-purpose": "prefetch;prerender" } });

    expect((await made.ask(`/login?once=${once}`)).status).toBe(302);
  });

  test("it is stored as a hash that ends", async () => {
    const once = await mintOnce(made.app);

    const row = made.app.db.query("SELECT expires_at FROM nonces WHERE hash = ?").get(sha256(once)) as {
      expires_at: number;
    };

    expect(row.expires_at - Date.now()).toBeLessThanOrEqual(ONCE_LIFE_MS);
    expect(row.expires_at - Date.now()).toBeGreaterThan(ONCE_LIFE_MS - 10_000);
  });

  test("without `once` the app answers", async () => {
    expect(await (await made.ask("/login")).text()).toContain("the app");
  });

  test("each sign-in has a new secret, and a name of its own in the audit log, never the secret", async () => {
    const cookies = [await mintOnce(made.app), await mintOnce(made.app)].map(async (once) =>
      cookieOf(await made.ask(`/login?once=${once}`)),
    );
    const [a, b] = await Promise.all(cookies);

    expect(a).not.toBe(b);
    expect(JSON.stringify(made.audit)).not.toContain(a!.split("=")[1]!);
  });
});

test("POST /api/auth/once needs a full token or the cookie", async () => {
  const post = async (scope: "read" | "device" | "full") =>
    (await made.ask("/api/auth/once", { method: "POST", headers: { "x-agents-token": await made.token(scope) } }))
      .status;

  expect([await post("read"), await post("device"), await post("full")]).toEqual([403, 403, 201]);
  expect((await made.ask("/api/auth/once", { method: "POST" })).status).toBe(401);
});

test.each([
  "//evil.com",
  "/\\evil.com",
  "https:evil.com",
  "https://evil.com",
  "/\t/evil.com",
  "\\\\evil",
  "javascript:alert(1)",
  "",
  "/..//evil.com",
])("next=%p stays here", (next) => {
  expect(new URL(localPath(next), "http://here").origin).toBe("http://here");
});

test("a next of our own is kept", () => {
  expect(localPath("/sessions/abc?event=1#x")).toBe("/sessions/abc?event=1#x");
  expect(localPath(undefined)).toBe("/timeline");
});
