import { afterAll, describe, expect, test } from "bun:test";
import { hostname } from "node:os";
import { refuseOpenBind, stillGood } from "../../src/http/access.ts";
import { codeOf, cookieOf, httpApp, type TestConfig } from "../support/http-app.ts";

const open: { close(): void }[] = [];
const start = (config: TestConfig = {}) => {
  const made = httpApp(config);
  open.push(made);
  return made;
};
afterAll(() => open.forEach((made) => made.close()));

const home = start();
const OWN = "http://127.0.0.1:8080";

async function signedIn(made = home): Promise<string> {
  const { once } = (await (
    await made.ask("/api/auth/once", {
      method: "POST",
      headers: { authorization: `Bearer ${await made.token("full")}` },
    })
  ).json()) as { once: string };
  return cookieOf(await made.ask(`/login?once=${once}`));
}

describe("host", () => {
  const foreign = [
    "evil.com",
    "127.0.0.1.nip.io",
    "127.evil.com",
    "localhost.evil.com",
    "",
    "127.0.0.1, evil.com",
    "evil.com, 127.0.0.1",
    "x@127.0.0.1",
    "127.0.0.1/evil",
    "localhost:8080:1",
    "[::1",
    "[evil]",
    "0x7f.1",
    "2130706433",
    "localhost.",
  ];
  test.each(foreign)("%p is nobody's name here, on any route", async (host) => {
    for (const path of ["/", "/api/health", "/api/probe/read", "/login?once=x", "/assets/a.js", "/metrics"]) {
      const answer = await home.ask(path, { headers: { host } });
      expect([path, answer.status, await codeOf(answer)]).toEqual([path, 403, "bad_host"]);
    }
  });

  test.each(["localhost", "LOCALHOST:9", "127.0.0.1", "192.168.1.7:8080", "[::1]:8080", "[fe80::1]", hostname()])(
    "%p is ours",
    async (host) => {
      expect((await home.ask("/", { headers: { host } })).status).toBe(200);
    },
  );

  test("listed names and the published one are ours, their neighbours are not", async () => {
    const made = start({
      server: { allowedHosts: ["Box.lan", "other:8080"], publicUrl: "https://sessions.example.com" },
    });
    const status = async (host: string) => (await made.ask("/", { headers: { host } })).status;

    expect(await Promise.all(["box.lan:8080", "other", "sessions.example.com"].map(status))).toEqual([200, 200, 200]);
    expect(await Promise.all(["a.box.lan", "example.com", "xsessions.example.com"].map(status))).toEqual([
      403, 403, 403,
    ]);
  });

  test("a request without any Host is refused", async () => {
    const answer = await home.hono.request("http://127.0.0.1:8080/");

    expect(answer.status).toBe(403);
  });
});

describe("origin", () => {
  const foreign = [
    "http://evil.com",
    "null",
    "http://localhost.evil.com",
    "http://127.0.0.1:9999",
    "http://127.0.0.1",
    "http://localhost:8080",
    "https://evil.com:8080",
    "file://",
    "http://127.0.0.1:8080/path",
    "http://user@127.0.0.1:8080",
    "",
    "http://127.0.0.1:8080 http://evil.com",
    "chrome-extension://abc",
  ];
  test.each(foreign)("%p may neither change nor upgrade nor read, cookie or token", async (origin) => {
    const cookie = await signedIn();
    const token = await home.token("full");
    const asks: (RequestInit & { headers: Record<string, string> })[] = [
      { method: "POST", headers: { origin, cookie } },
      { method: "POST", headers: { origin, authorization: `Bearer ${token}` } },
      { headers: { origin, cookie, upgrade: "websocket", connection: "Upgrade" } },
      { headers: { origin, cookie } },
    ];

    for (const init of asks) {
      const answer = await home.ask("/api/probe/full", init);
      expect([answer.status, await codeOf(answer)]).toEqual([403, "bad_origin"]);
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    }
  });

  test("our own origin may change by cookie, and by every name we have", async () => {
    const cookie = await signedIn();
    const post = async (origin: string, host: string) =>
      (await home.ask("/api/probe/full", { method: "POST", headers: { origin, host, cookie } })).status;

    expect(await post(OWN, "127.0.0.1:8080")).toBe(200);
    expect(await post("http://localhost:8080", "localhost:8080")).toBe(200);
    expect(await post("http://[::1]:8080", "[::1]:8080")).toBe(200);
    expect(await post("http://localhost", "localhost:80")).toBe(200);
  });

  test("of the published name only the published origin is ours", async () => {
    const made = start({ password: "x", server: { publicUrl: "https://sessions.example.com" } });
    const cookie = await signedIn(made);
    const host = "sessions.example.com";
    const post = async (origin: string) =>
      (await made.ask("/api/probe/full", { method: "POST", headers: { origin, host, cookie } })).status;

    expect(await post("https://sessions.example.com")).toBe(200);
    expect(await post("http://sessions.example.com")).toBe(403);
    expect(await post("https://sessions.example.com:8443")).toBe(403);
  });

  test("a change or upgrade by cookie without an Origin is refused, by token it is not", async () => {
    const cookie = await signedIn();
    const authorization = `Bearer ${await home.token("full")}`;
    const ask = async (init: Parameters<typeof home.ask>[1]) => (await home.ask("/api/probe/full", init)).status;

    expect(await ask({ method: "DELETE", headers: { cookie } })).toBe(403);
    expect(await ask({ headers: { cookie, upgrade: "websocket" } })).toBe(403);
    expect(await ask({ method: "DELETE", headers: { authorization } })).toBe(200);
    expect(await ask({ headers: { cookie } })).toBe(200);
  });

  test("another page's image or script gets nothing from the API, a link does", async () => {
    const cookie = await signedIn();
    const ask = async (site: string, mode: string) =>
      (await home.ask("/api/probe/read", { headers: { cookie, "sec-fetch-site": site, "sec-fetch-mode": mode } }))
        .status;

    expect(await ask("cross-site", "no-cors")).toBe(403);
    expect(await ask("same-site", "no-cors")).toBe(403);
    expect(await ask("cross-site", "navigate")).toBe(200);
    expect(await ask("same-origin", "cors")).toBe(200);
    expect(await ask("none", "navigate")).toBe(200);
  });

  test("a preflight of another site gets no leave", async () => {
    const headers = { origin: "http://evil.com", "access-control-request-method": "POST" };

    const answer = await home.ask("/api/probe/full", { method: "OPTIONS", headers });

    expect(answer.status).toBe(403);
    expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
});

describe("who", () => {
  test("without a token everything but the open routes is 401, forgotten `need` included", async () => {
    const closed = ["/api/probe/read", "/api/forgot-need", "/api/nothing", "/mcp", "/mcp/x", "/api/devices/tokens"];
    for (const path of closed) expect([path, (await home.ask(path)).status]).toEqual([path, 401]);

    for (const path of ["/", "/timeline", "/login", "/assets/x.js", "/api/auth/methods", "/api/auth/status"])
      expect([path, (await home.ask(path)).status]).toEqual([path, 200]);
  });

  test("a 401 has a body with a code and a hint", async () => {
    const answer = await home.ask("/api/probe/read");

    expect(await answer.json()).toMatchObject({ error: { code: "unauthenticated", hint: "Run: longhouse open" } });
    expect(answer.headers.get("www-authenticate")).toStartWith("Bearer");
  });

  test("a scope opens what API.md says and nothing else", async () => {
    const opened: Record<string, string[]> = {};
    for (const scope of ["ingest", "read", "device", "full"] as const) {
      const headers = { "x-agents-token": await home.token(scope) };
      opened[scope] = [];
      for (const need of ["ingest", "read", "write", "full"]) {
        const answer = await home.ask(`/api/probe/${need}`, { headers });
        if (answer.status === 200) opened[scope].push(need);
        else expect([answer.status, await codeOf(answer)]).toEqual([403, "scope"]);
      }
    }

    expect(opened).toEqual({
      ingest: ["ingest"],
      read: ["read"],
      device: ["ingest", "read", "write"],
      full: ["ingest", "read", "write", "full"],
    });
  });

  test("handlers are told the token's device, and this machine's for a browser", async () => {
    const byToken = await home.ask("/api/probe/read", {
      headers: { "x-agents-token": await home.token("read", "box") },
    });
    const byCookie = await home.ask("/api/probe/read", { headers: { cookie: await signedIn() } });

    expect(await byToken.json()).toMatchObject({ kind: "token", scope: "read", device: "box" });
    expect(await byCookie.json()).toMatchObject({ kind: "cookie", scope: "full", device: "this-machine" });
  });

  test("a revoked token is 401 on the next request, a good cookie beside it does not help", async () => {
    const token = await home.token("read");
    const headers = { authorization: `Bearer ${token}`, cookie: await signedIn() };
    const who = (await (await home.ask("/api/probe/read", { headers })).json()) as { id: string; kind: "token" };

    await home.app.writer.run("revokeToken", { id: who.id });

    expect((await home.ask("/api/probe/read", { headers })).status).toBe(401);
    expect(stillGood(home.app, { ...who, scope: "read", device: "laptop" })).toBe(false);
  });

  test("wrong, empty and strangely formed tokens are nobody's", async () => {
    const token = await home.token("full");
    const bad = [
      "Bearer",
      "Bearer ",
      "Bearer x",
      `Bearer ${token}x`,
      `Basic ${token}`,
      token,
      `Bearer ${token} ${token}`,
    ];

    for (const authorization of bad)
      expect([authorization, (await home.ask("/api/probe/read", { headers: { authorization } })).status]).toEqual([
        authorization,
        401,
      ]);
    expect((await home.ask(`/api/probe/read?token=${token}&access_token=${token}`)).status).toBe(401);
  });

  test("the use of a token is noted once an hour", async () => {
    const made = start();
    const headers = { authorization: `Bearer ${await made.token("read")}` };
    const noted: number[] = [];
    for (const minutes of [0, 1, 59, 61, 90]) {
      made.ahead = minutes * 60_000;
      const before = made.commands.length;
      await made.ask("/api/probe/read", { headers });
      // The note is written behind the answer.
      await Bun.sleep(100);
      if (made.commands.length > before) noted.push(minutes);
    }

    // The archive's own clock stands still here: what was noted at 61 minutes reads as noted at 0.
    expect(noted).toEqual([0, 61, 90]);
    expect(new Set(made.commands.slice(1))).toEqual(new Set(["touchToken"]));
  });
});

describe("forwarded", () => {
  const proxied = [
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "forwarded",
    "x-real-ip",
    "cf-connecting-ip",
  ];
  test.each(proxied)("%s while no password is set is 403, with a good token too", async (name) => {
    const authorization = `Bearer ${await home.token("full")}`;

    for (const path of ["/", "/api/probe/full", "/api/auth/status"]) {
      const answer = await home.ask(path, { headers: { [name]: "203.0.113.7", authorization } });
      expect([path, answer.status, await codeOf(answer)]).toEqual([path, 403, "forbidden"]);
    }
  });

  test("with a password it is let through, and still asks who", async () => {
    const made = start({ password: "correct horse" });

    expect((await made.ask("/", { headers: { "x-forwarded-for": "203.0.113.7" } })).status).toBe(200);
    expect((await made.ask("/api/probe/read", { headers: { "x-forwarded-for": "127.0.0.1" } })).status).toBe(401);
  });

  test("/metrics is open to this machine only", async () => {
    const local = start({ password: "x" });
    const wide = start({ password: "x", server: { host: "0.0.0.0" } });

    expect((await local.ask("/metrics")).status).toBe(200);
    expect((await local.ask("/metrics", { headers: { "x-forwarded-for": "203.0.113.7" } })).status).toBe(401);
    expect((await wide.ask("/metrics")).status).toBe(401);
    const authorization = `Bearer ${await wide.token("read")}`;
    expect((await wide.ask("/metrics", { headers: { authorization } })).status).toBe(200);
  });
});

describe("AUTH_DISABLED", () => {
  const made = start({ authDisabled: true });

  test("asks nobody, but knows a token's device", async () => {
    expect(await (await made.ask("/api/probe/full", { method: "POST" })).json()).toMatchObject({
      kind: "open",
      scope: "full",
    });
    const headers = { authorization: `Bearer ${await made.token("ingest", "box")}` };
    expect(await (await made.ask("/api/probe/ingest", { headers })).json()).toMatchObject({
      kind: "token",
      device: "box",
    });
  });

  test("still keeps other pages, other names and proxies out", async () => {
    const refused: Record<string, string>[] = [
      { origin: "http://evil.com" },
      { host: "evil.com" },
      { "x-forwarded-for": "203.0.113.7" },
      { origin: "null" },
    ];

    for (const headers of refused)
      expect((await made.ask("/api/probe/full", { method: "POST", headers })).status).toBe(403);
  });
});

describe("listening", () => {
  const bind = (host: string, more: TestConfig = {}) => {
    const { config } = home.app;
    return refuseOpenBind({ ...config, ...more, server: { ...config.server, host } });
  };

  test.each(["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost", "::ffff:127.0.0.1"])(
    "%s needs no password",
    (host) => {
      expect(bind(host)).toBeNull();
      expect(bind(host, { authDisabled: true })).toBeNull();
    },
  );

  test.each(["0.0.0.0", "::", "192.168.1.7", "127.evil.com", "box.lan", "", "::ffff:10.0.0.1"])(
    "%p without a password is refused, and the hint says what to set",
    (host) => {
      expect(bind(host)?.hint).toContain("LONGHOUSE_PASSWORD");
      expect(bind(host, { password: "x" })).toBeNull();
      expect(bind(host, { authDisabled: true })).not.toBeNull();
      expect(bind(host, { authDisabled: true, password: "x" })).not.toBeNull();
      expect(bind(host, { authDisabled: true, allowOpen: true })).toBeNull();
    },
  );
});
