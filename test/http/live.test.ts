import { afterAll, expect, test } from "bun:test";
import type { Frame } from "../../src/domain/frame.ts";
import { sessionId } from "../../src/lib/id.ts";
import { mintToken } from "../../src/archive/mint-token.ts";
import { apiApp, errorOf } from "../support/api-app.ts";
import { fileOf, psid, talk } from "../support/fill.ts";

const http = await apiApp();
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: (request, self) => http.api.fetch(request, self),
  websocket: http.api.websocket,
});
afterAll(async () => {
  http.close();
  await server.stop(true);
});
const minted = await mintToken(http.app, "laptop", "read");
const authorization = `Bearer ${minted.token}`;

/** Opens the feed and keeps what it says. */
async function listen(headers: Record<string, string> = { authorization }) {
  const frames: Frame[] = [];
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/api/live`, { headers } as unknown as string[]);
  const closed = new Promise<CloseEvent>((resolve) => (socket.onclose = resolve));
  const opened = new Promise<boolean>((resolve) => {
    socket.onopen = () => resolve(true);
    void closed.then(() => resolve(false));
  });
  socket.onmessage = ({ data }) => void frames.push(JSON.parse(String(data)) as Frame);
  return { opened: await opened, frames, socket, closed };
}
const until = async (met: () => boolean, ms = 3000) => {
  for (const end = Date.now() + ms; !met() && Date.now() < end;) await Bun.sleep(5);
  expect(met()).toBe(true);
};
const seqOf = (frame: Frame | undefined) => (frame && "seq" in frame ? frame.seq : null);

test("a client is greeted with the archive and the counter, then told what is committed", async () => {
  const { opened, frames, socket } = await listen();
  expect(opened).toBe(true);
  await until(() => frames.length === 1);
  expect(frames[0]).toMatchObject({ type: "hello", archive_id: expect.stringMatching(/^[0-9a-f-]{36}$/) });

  await http.archive.send({ path: fileOf(psid(1)), bytes: talk(1, { id: psid(1) }) });
  await until(() => frames.length >= 3);

  expect(frames.slice(1).map((frame) => frame.type)).toEqual(["session", "events"]);
  expect(frames[1]).toMatchObject({ session: { id: sessionId("claude", psid(1)), title: "question 0" } });
  expect(frames.slice(1).map(seqOf)).toEqual([seqOf(frames[0])! + 1, seqOf(frames[0])! + 2]);
  socket.close();
  await until(() => http.app.feed.listeners === 0);
});

test("nobody, an ingest token and a page of another origin are not let in", async () => {
  const ingest = await http.token("ingest");
  const tries: Record<string, string>[] = [
    {},
    { authorization: "Bearer lh_wrong" },
    { authorization: `Bearer ${ingest}` },
    { authorization, origin: "http://evil.example" },
    { authorization, origin: "null" },
    { authorization, host: "evil.example" },
  ];
  for (const headers of tries) expect([headers, (await listen(headers)).opened]).toEqual([headers, false]);
  const ours = await listen({ authorization, origin: `http://127.0.0.1:${server.port}` });
  expect(ours.opened).toBe(true);
  ours.socket.close();
  await ours.closed;
});

test("a plain GET of the feed is told what it is", async () => {
  const answer = await fetch(`${server.url}api/live`, { headers: { authorization } });

  expect([answer.status, (await errorOf(answer)).error.code]).toEqual([400, "bad_request"]);
});

test("a client that stops reading costs little, and is told to fetch again once it reads", async () => {
  const key = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
  const received: Buffer[] = [];
  let reading = true;
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: server.port!,
    socket: {
      data: (self, bytes) => {
        received.push(Buffer.from(bytes));
        if (!reading) self.pause();
      },
      open() {},
    },
  });
  socket.write(
    `GET /api/live HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAuthorization: ${authorization}\r\nUpgrade: websocket\r\n` +
      `Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  const text = () => Buffer.concat(received).toString("latin1");
  await until(() => text().includes('"hello"'));
  reading = false;
  const before = process.memoryUsage().rss;

  const big = "x".repeat(100_000);
  for (let i = 0; i < 2000; i++) {
    http.app.feed.publish({ type: "session_deleted", id: `${i} ${big}` });
    if (i % 50 === 0) await Bun.sleep(1);
    if (i % 500 === 0) Bun.gc(true);
  }
  Bun.gc(true);
  const grown = process.memoryUsage().rss - before;
  received.length = 0;
  reading = true;
  socket.resume();
  await until(() => text().includes('"hello"'), 5000);

  expect(grown).toBeLessThan(64 * 1024 * 1024);
  const hello = /\{"type":"hello"[^}]*\}/.exec(text())![0];
  expect(seqOf(JSON.parse(hello) as Frame)).toBe(http.app.feed.seq);
  socket.end();
}, 20_000);

test("a revoked token's client is put out within five seconds", async () => {
  const { opened, closed } = await listen();
  expect(opened).toBe(true);

  await http.archive.run("revokeToken", { id: minted.id });
  const started = Date.now();
  const { code } = await closed;

  expect(code).toBe(1008);
  expect(Date.now() - started).toBeLessThan(5000);
}, 10_000);

test("a token revoked by the API puts its clients out before the answer is there, and nobody else's", async () => {
  const [mine, other] = [await mintToken(http.app, "laptop", "read"), await mintToken(http.app, "phone", "read")];
  const gone = await listen({ authorization: `Bearer ${mine.token}` });
  const stays = await listen({ authorization: `Bearer ${other.token}` });
  const before = http.app.feed.listeners;

  const answer = await http.ask(`/api/devices/tokens/${mine.id}`, { method: "DELETE" });

  expect([answer.status, http.app.feed.listeners]).toEqual([204, before - 1]);
  expect((await gone.closed).code).toBe(1008);
  expect(stays.socket.readyState).toBe(WebSocket.OPEN);
  stays.socket.close();
});
