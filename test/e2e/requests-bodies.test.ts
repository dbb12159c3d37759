/** Bodies that mean harm, or only went wrong: the right code, bounded memory, nothing stored. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { expectFault } from "../support/faults.ts";
import { fileOf, psid, talk } from "../support/fill.ts";
import { send } from "../support/remote.ts";
import { startServer } from "../support/server.ts";
import type { Server } from "../support/server.ts";

const MB = 1e6;

let server: Server;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

test("a gzip bomb is refused, costs little memory, and gives it back", async () => {
  await server.settled();
  Bun.gc(true);
  const before = server.memory().now;
  const bomb = gzipSync(Buffer.alloc(300 * MB));
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, server.memory().now)), 5);

  const answers = await Promise.all(
    Array.from({ length: 4 }, () => send(server, { path: fileOf(psid(3)) }, bomb, { "content-encoding": "gzip" })),
  );

  clearInterval(watch);
  for (const answer of answers) await expectFault(answer, 413, "too_large");
  let after = server.memory().now;
  for (let waited = 0; after > before + 16 * MB && waited < 10_000; waited += 250) {
    await Bun.sleep(250);
    after = server.memory().now;
  }
  const mb = (bytes: number) => Math.round(bytes / MB);
  console.log(
    `gzip bombs of ${mb(bomb.length * 1000) / 1000} MB: ${mb(before)} MB, at most ${mb(most)}, then ${mb(after)}`,
  );
  expect(most - before).toBeLessThan(64 * MB);
  expect(after - before).toBeLessThan(32 * MB);
}, 30_000);

test("what does not decode is refused and stores nothing", async () => {
  const whole = gzipSync(talk(200, { id: psid(4) }));
  const path = fileOf(psid(4));
  const gzip = (bytes: Uint8Array) => send(server, { path }, bytes, { "content-encoding": "gzip" });

  await expectFault(await gzip(whole.subarray(0, -20)), 400, "bad_request");
  await expectFault(await gzip(Buffer.concat([whole, Buffer.from("garbage")])), 400, "bad_request");
  await expectFault(await gzip(whole.fill(0, 40, 60)), 400, "bad_request");
  await expectFault(await gzip(Buffer.from("plain")), 400, "bad_request");
  for (const encoding of ["br", "deflate", "gzip, gzip", "x"])
    await expectFault(await send(server, { path }, "x", { "content-encoding": encoding }), 415, "unsupported_encoding");
  const { sources } = await server.json<{ sources: unknown[] }>(`/api/agents/sources?path=${encodeURIComponent(path)}`);
  expect(sources).toEqual([]);
});

test("JSON that is none, is something else, or is nested without end", async () => {
  const post = (body: string, type = "application/json") =>
    server.api("/api/agents/ingest", { method: "POST", headers: { "content-type": type }, body });

  for (const body of ["", "{", "nope", '{"a":', "\0", "[".repeat(200_000)])
    await expectFault(await post(body), 400, "bad_request");
  for (const body of ["[]", "42", "{}", '{"provider":"claude"}', '{"provider":"nobody","started_at":"2026-01-01"}'])
    await expectFault(await post(body), 422, "invalid");
  await expectFault(
    await server.api("/api/devices/tokens", { method: "POST", body: '{"scope":"full"}' }),
    415,
    "unsupported_encoding",
  );
  const polluted = '{"provider":"claude","started_at":"2026-01-01","__proto__":{"polluted":1},"events":[]}';
  expect((await post(polluted)).status).toBe(200);
});

test("an ingest that names nothing archivable is refused", async () => {
  for (const piece of [
    { path: "relative/x.jsonl" },
    { path: "/nul\0l.jsonl" },
    { path: `/${"x".repeat(5000)}` },
    { path: "/x.jsonl", provider: "nobody" },
    { path: "/x.jsonl", offset: -1 },
    { path: "/x.jsonl", offset: 1.5 },
    { path: "/x.jsonl", offset: 2 ** 63 },
    { path: "/x.jsonl", unit: "pieces" },
  ])
    await expectFault(await send(server, piece, "x"), 422, "invalid");
  await expectFault(await send(server, { path: "/gap.jsonl", offset: 5 }, "x"), 409, "offset_gap");
});
