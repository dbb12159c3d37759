/** Requests as no browser and no client of ours sends them, over real sockets. */
import { afterAll, describe, expect, test } from "bun:test";
import { upgradeWebSocket, websocket } from "hono/bun";
import { connect } from "node:net";
import { need } from "../../src/http/access.ts";
import { mintOnce } from "../../src/http/login.ts";
import { cookieOf, httpApp } from "../support/http-app.ts";

const made = httpApp({}, (hono) => {
  hono.get(
    "/api/live",
    need("read"),
    upgradeWebSocket(() => ({ onOpen: (_, ws) => ws.send("hello") })),
  );
});
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  maxRequestBodySize: 1 << 30,
  fetch: (request, bun) => made.hono.fetch(request, bun),
  websocket,
});
afterAll(() => (server.stop(true), made.close()));
const host = `127.0.0.1:${server.port}`;
const token = await made.token("full");
const cookie = cookieOf(await made.ask(`/login?once=${await mintOnce(made.app)}`));

/** What comes back for these bytes, until the other side is quiet for 60 ms or closes. */
function raw(text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(server.port!, "127.0.0.1", () => socket.write(text));
    let answer = "";
    let quiet = setTimeout(() => socket.destroy(), 2000);
    socket.on("data", (data) => {
      answer += data.toString("latin1");
      clearTimeout(quiet);
      quiet = setTimeout(() => socket.destroy(), 60);
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
  });
}
const status = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
const get = (path: string, more = "") => raw(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`);

describe("request lines and headers", () => {
  test.each([
    ["two Hosts, ours first", `Host: ${host}\r\nHost: evil.com\r\n`],
    ["two Hosts, ours last", `Host: evil.com\r\nHost: ${host}\r\n`],
    ["an empty Host", "Host: \r\n"],
    ["a foreign Host", "Host: evil.com\r\n"],
    ["a Host that only looks like ours", "Host: 127.0.0.1.nip.io\r\n"],
    ["a Host with a user", `Host: evil@${host}\r\n`],
  ])("%s: 403", async (_, headers) => {
    for (const path of ["/", "/api/health", "/api/live"])
      expect(status(await raw(`GET ${path} HTTP/1.1\r\n${headers}Authorization: Bearer ${token}\r\n\r\n`))).toBe(403);
  });

  test("no Host at all is refused", async () => {
    expect(status(await raw("GET / HTTP/1.1\r\n\r\n"))).toBe(400);
    expect(status(await raw("GET / HTTP/1.0\r\n\r\n"))).toBe(403);
  });

  test("a request line with a foreign address does not open another name's door", async () => {
    const answer = await raw(`GET http://evil.com/api/probe/read HTTP/1.1\r\nHost: ${host}\r\n\r\n`);

    expect(status(answer)).toBe(401);
  });

  test("a query of 1 MB, 1 MB of headers and 10,000 of them get a clean answer, and the server goes on", async () => {
    const long = "a".repeat(1 << 20);
    const answers = [
      await get(`/api/probe/read?query=${long}`),
      await get("/", `X-Long: ${long}\r\n`),
      await get("/", Array.from({ length: 10_000 }, (_, i) => `X-${i}: y\r\n`).join("")),
      await get(`/${long}`),
    ];

    for (const answer of answers) expect([400, 401, 413, 414, 431]).toContain(status(answer));
    expect(status(await get("/api/health"))).toBe(200);
  });

  test("a query of 15 kB, which still fits, is no more than a query", async () => {
    expect(status(await get(`/api/probe/read?query=${"%41".repeat(5000)}`, `X-Agents-Token: ${token}\r\n`))).toBe(200);
  });

  test("what is no HTTP is not answered with 200", async () => {
    for (const junk of [
      "\0\0\0\0\r\n\r\n",
      "GET\r\n\r\n",
      "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
      "\x16\x03\x01\x02\x00",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ])
      expect(status(await raw(junk))).not.toBe(200);
    expect(status(await get("/api/health"))).toBe(200);
  });
});

describe("paths", () => {
  test("no spelling of a closed path opens it", async () => {
    const spellings = [
      "/api/../api/probe/read",
      "/login/../api/probe/read",
      "/%61pi/probe/read",
      "/api/%70robe/read",
      "/api//probe/read",
      "//api/probe/read",
      "/api/health/../probe/read",
      "/api/health/..%2fprobe/read",
      "/api/health%2f..%2fprobe/read",
      "/api/auth/methods/../../probe/read",
      "/api\\probe\\read",
      "/api/probe/read/",
      "/api/probe/read;x",
      "/api/probe/read%00",
      "/api/probe/read?a=/api/health",
      "/api/probe/read#/api/health",
    ];

    for (const path of spellings) {
      const answer = await get(path);
      const leaked = answer.includes('"kind"') || answer.includes("secret");
      expect([path, leaked]).toEqual([path, false]);
      expect([path, [200, 400, 401, 403, 404].includes(status(answer))]).toEqual([path, true]);
    }
  });

  test("traversal finds no file", async () => {
    const climbs = [
      "/..%2f..%2f..%2fetc%2fpasswd",
      "/..%5c..%5cetc",
      "/%2e%2e/%2e%2e/etc/passwd",
      "/assets/..%2f..%2f..%2fetc/passwd",
      "/%00",
      "/assets/%00.js",
      "/%ff%fe",
      "/%",
      "/%zz",
      "/....//....//etc/passwd",
    ];

    for (const path of climbs) {
      const answer = await get(path);
      expect([path, answer.includes("root:")]).toEqual([path, false]);
      expect([path, status(answer) < 500]).toEqual([path, true]);
    }
  });

  test("an error tells no stack, path or SQL", async () => {
    for (const path of ["/api/probe/read", "/api/nothing", "/login?once='\"--", "/api/devices/tokens/'"]) {
      const answer = await get(path);
      expect(answer).not.toMatch(/\bat \S+ \(|\.ts:\d|SELECT|sqlite/i);
    }
  });
});

describe("websockets", () => {
  const upgrade = (headers: string) =>
    get(
      "/api/live",
      `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${headers}`,
    );

  test("our page opens one by cookie, a program by token", async () => {
    expect(status(await upgrade(`Origin: http://${host}\r\nCookie: ${cookie}\r\n`))).toBe(101);
    expect(status(await upgrade(`Authorization: Bearer ${token}\r\n`))).toBe(101);
  });

  test.each(["http://evil.com", "null", "http://localhost.evil.com", "http://127.0.0.1:1", `https://${host}.evil.com`])(
    "a page of %p opens none, cookie or token",
    async (origin) => {
      expect(status(await upgrade(`Origin: ${origin}\r\nCookie: ${cookie}\r\n`))).toBe(403);
      expect(status(await upgrade(`Origin: ${origin}\r\nAuthorization: Bearer ${token}\r\n`))).toBe(403);
    },
  );

  test("nobody opens one, nor a cookie without an Origin, nor a token of another scope or in the address", async () => {
    expect(status(await upgrade(`Origin: http://${host}\r\n`))).toBe(401);
    expect(status(await upgrade(`Cookie: ${cookie}\r\n`))).toBe(403);
    expect(status(await upgrade(`X-Agents-Token: ${await made.token("ingest")}\r\n`))).toBe(403);
    expect(status(await get(`/api/live?token=${token}`, "Connection: Upgrade\r\nUpgrade: websocket\r\n"))).toBe(401);
  });
});

describe("bodies", () => {
  const post = (headers: string, body: string) =>
    raw(`POST /api/probe/body HTTP/1.1\r\nHost: ${host}\r\nX-Agents-Token: ${token}\r\n${headers}\r\n${body}`);

  test("a length that lies gets no 200", async () => {
    expect(status(await post("Content-Length: 100000000\r\n", "x"))).toBe(413);
    expect(status(await post("Content-Length: -1\r\n", "x"))).toBe(400);
    expect(status(await post("Content-Length: 1e3\r\n", "x"))).not.toBe(200);
    expect(status(await post("Content-Length: 4\r\nContent-Length: 5\r\n", "abcde"))).not.toBe(200);
    expect(status(await post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"))).not.toBe(200);
  });

  test("nobody's body is not read", async () => {
    const answer = await raw(`POST /api/probe/body HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1000000\r\n\r\nabc`);

    expect(status(answer)).toBe(401);
  });

  test("the server still answers after all this", async () => {
    expect(status(await get("/api/health"))).toBe(200);
  });
});
