import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { preparePassword } from "../../src/http/auth.ts";
import { createThrottle } from "../../src/http/auth/throttle.ts";
import { readSetting } from "../../src/store/settings.ts";
import { codeOf, cookieOf, httpApp, type TestApp, type TestConfig } from "../support/http-app.ts";

const open: TestApp[] = [];
const start = async (config: TestConfig = {}) => {
  const made = httpApp({ password: "correct horse", ...config });
  open.push(made);
  await preparePassword(made.app);
  return made;
};
afterAll(() => open.forEach((made) => made.close()));

const origin = "http://127.0.0.1:8080";
const enter = (made: TestApp, password: unknown, headers: Record<string, string> = {}) =>
  made.ask("/api/auth/password", {
    method: "POST",
    headers: { origin, "content-type": "application/json", ...headers },
    body: JSON.stringify({ password }),
  });

describe("password", () => {
  test("the right one gives a cookie that lasts and can be taken back", async () => {
    const made = await start();

    const answer = await enter(made, "correct horse");

    expect(answer.status).toBe(200);
    const headers = { cookie: cookieOf(answer), origin };
    expect((await made.ask("/api/probe/full", { headers })).status).toBe(200);
    const status = (await (await made.ask("/api/auth/status", { headers })).json()) as { expires_at: string };
    expect(status).toMatchObject({ authenticated: true, method: "password" });
    expect(Date.parse(status.expires_at) - Date.now()).toBeGreaterThan(29 * 24 * 3600_000);

    const out = await made.ask("/api/auth/logout", { method: "POST", headers });

    expect([out.status, cookieOf(out)]).toEqual([204, "longhouse_session="]);
    expect((await made.ask("/api/probe/full", { headers })).status).toBe(401);
    expect(made.audit.map(({ action }) => action)).toEqual(["password set", "browser signed in", "browser signed out"]);
  });

  test("wrong, empty, huge and oddly typed ones are refused in bounded time", async () => {
    const made = await start();
    const bad = ["Correct horse", "", "correct horse\0", "correct horse ", "x".repeat(1 << 20), "💥"];

    for (const password of bad) {
      const answer = await enter(made, password);
      expect([password.slice(0, 20), answer.status, answer.headers.get("set-cookie")]).toEqual([
        password.slice(0, 20),
        401,
        null,
      ]);
      made.ahead += 3600_000;
    }
    for (const odd of [null, 7, ["correct horse"], { a: 1 }]) expect((await enter(made, odd)).status).toBe(422);
  });

  test("a long one counts to its last letter, and spelling of accents does not matter", async () => {
    const long = `${"é".repeat(80)}a`;
    const made = await start({ password: long.normalize("NFD") });

    expect((await enter(made, `${"é".repeat(80)}b`)).status).toBe(401);
    expect((await enter(made, long.normalize("NFC"))).status).toBe(200);
  });

  test("without a configured password none is right", async () => {
    const made = await start({ password: null });

    expect((await enter(made, "correct horse")).status).toBe(401);
    expect(await (await made.ask("/api/auth/methods")).json()).toEqual({ password: false, google: false, sso: false });
  });

  test("the cookie is Secure behind https and on the published https name", async () => {
    const made = await start({ server: { publicUrl: "https://box.example.com" } });
    const flags = async (headers: Record<string, string>) =>
      (await enter(made, "correct horse", headers)).headers.get("set-cookie")!.includes("Secure");

    expect(await flags({})).toBe(false);
    expect(await flags({ "x-forwarded-proto": "https" })).toBe(true);
    expect(await flags({ host: "box.example.com", origin: "https://box.example.com" })).toBe(true);
  });

  test("another site cannot sign anybody in, nor send a form", async () => {
    const made = await start();

    expect((await enter(made, "correct horse", { origin: "http://evil.com" })).status).toBe(403);
    expect((await enter(made, "correct horse", { "content-type": "text/plain" })).status).toBe(415);
    const form = await made.ask("/api/auth/password", {
      method: "POST",
      headers: { origin },
      body: new URLSearchParams({ password: "x" }),
    });
    expect(form.status).toBe(415);
  });
});

describe("at rest", () => {
  test("only an Argon2id hash is stored, and a restart does not hash again", async () => {
    const made = await start();
    const before = readSetting(made.app.db, "password")!;

    await preparePassword(made.app);

    expect(readSetting(made.app.db, "password")).toBe(before);
    expect(JSON.parse(before).hash).toStartWith("$argon2id$");
    expect(readFileSync(made.app.config.database).includes("correct horse")).toBe(false);
  });

  test("another password signs everybody out, none at all too", async () => {
    const made = await start();
    const headers = { cookie: cookieOf(await enter(made, "correct horse")) };
    const again = { ...made.app, config: { ...made.app.config, password: "battery staple" } };

    await preparePassword(again);

    expect((await made.ask("/api/probe/full", { headers })).status).toBe(401);
    expect((await enter(made, "correct horse")).status).toBe(401);
    const next = { cookie: cookieOf(await enter(made, "battery staple")) };
    expect((await made.ask("/api/probe/full", { headers: next })).status).toBe(200);

    await preparePassword({ ...made.app, config: { ...made.app.config, password: null } });

    expect((await made.ask("/api/probe/full", { headers: next })).status).toBe(401);
    expect(readSetting(made.app.db, "password")).toBeNull();
  });
});

describe("throttle", () => {
  /** Hashing takes as long as the machine wants to: waits must not end meanwhile. */
  const startStill = async () => {
    const made = await start();
    made.still = Date.now();
    return made;
  };

  test("200 wrong ones are stopped after a few, with Retry-After; the right one works after the wait", async () => {
    const made = await startStill();
    const codes: number[] = [];
    for (let i = 0; i < 200; i++) codes.push((await enter(made, `wrong ${i}`)).status);

    expect(codes.filter((code) => code === 401)).toHaveLength(6);
    const refused = await enter(made, "correct horse");
    expect([refused.status, await codeOf(refused.clone())]).toEqual([429, "slow_down"]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);

    made.ahead += 1000;

    expect((await enter(made, "correct horse")).status).toBe(200);
  });

  test("invented addresses are no way around", async () => {
    const made = await startStill();
    const codes: number[] = [];
    for (let i = 0; i < 200; i++)
      codes.push((await enter(made, `wrong ${i}`, { "x-forwarded-for": `203.0.113.${i}` })).status);

    expect(codes.filter((code) => code === 429).length).toBeGreaterThan(190);
  });

  test("many at once are not all let through for one", async () => {
    const made = await startStill();

    const codes = await Promise.all(
      Array.from({ length: 64 }, (_, i) => enter(made, `wrong ${i}`).then(({ status }) => status)),
    );

    expect(codes.filter((code) => code === 401).length).toBeLessThanOrEqual(6);
    expect(codes.every((code) => code === 401 || code === 429)).toBe(true);
  });

  test("waits double up to a minute, are one address's own, and are forgotten", () => {
    const throttle = createThrottle();
    const waits = Array.from({ length: 14 }, () => (throttle.wrong("a", 0), throttle.wait("a", 0)));

    expect(waits).toEqual([0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60].map((s) => s * 1000));
    expect(throttle.wait("b", 0)).toBe(0);
    const later = 16 * 60_000;
    throttle.wrong("a", later);
    expect(throttle.wait("a", later)).toBe(0);
  });

  test("thousands of addresses meet the limit for all, and take no memory", () => {
    const throttle = createThrottle();
    for (let i = 0; i < 100_000; i++) throttle.wrong(`peer ${i}`, 0);

    expect(throttle.wait("fresh", 0)).toBe(60_000);
  });

  test("signing in rightly is no wrong try of everybody", () => {
    const throttle = createThrottle();
    for (let i = 0; i < 1000; i++) {
      throttle.wrong("a", 0);
      throttle.right("a");
    }

    expect(throttle.wait("b", 0)).toBe(0);
  });
});

test("a login slides: used after two weeks it lasts 30 days more, unused it ends", async () => {
  const made = await start();
  const headers = { cookie: cookieOf(await enter(made, "correct horse")) };
  const day = 24 * 3600_000;

  made.ahead = 14 * day;
  const used = await made.ask("/api/probe/full", { headers });

  expect(used.headers.get("set-cookie")).toContain(`Max-Age=${30 * 24 * 3600}`);
  expect(cookieOf(used)).toBe(headers.cookie);
  made.ahead = 31 * day;
  expect((await made.ask("/api/probe/full", { headers })).status).toBe(401);
});
