/** Whom a token is shown to, and what happens when it is good no more. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { appendFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { greet, listSources } from "../../src/shipper/link.ts";
import { linkTo } from "../../src/shipper/offline.ts";
import { freshRow } from "../../src/shipper/row.ts";
import { sendPiece } from "../../src/shipper/ship.ts";
import { tokenFor } from "../../src/shipper/token.ts";
import { shipForEver } from "../../src/shipper/watching.ts";
import { AgentHome, until } from "../support/agent-home.ts";
import { type IngestServer, startIngestServer } from "../support/ingest-server.ts";

let home: AgentHome;
let server: IngestServer;
beforeEach(() => {
  home = new AgentHome();
  server = startIngestServer();
});
afterEach(async () => {
  await home.close();
  await server.stop();
});

const login = (url: string, token: string) => {
  writeFileSync(join(home.dir, "longhouse-url"), url);
  writeFileSync(join(home.dir, "longhouse-device-token"), token);
};
const archived = (path: string) => server.bytesOf(path)?.toString();

test("a revoked token pauses within one request, status can say so, and a new login lets all that waited arrive", async () => {
  server.token = "first";
  login(server.url, "first");
  server.interval = 60;
  const shipper = home.shipper(server.url, { take: 50, pause: 60_000, backoffMax: 60_000 });
  void shipForEver(shipper);
  const path = home.write("a.jsonl", "one\n");
  await until(() => archived(path) === "one\n" && shipper.pump.waiting === 0);
  server.token = "second";
  const asked = server.rejected();

  appendFileSync(path, "two\n");
  const paths = Array.from({ length: 40 }, (_, i) => home.write(`${i}.jsonl`, `${i}\n`));
  await until(() => shipper.pump.gate.state.kind === "paused");
  await until(() => paths.every((one) => shipper.payloads.cover({ provider: "claude", path: one }) !== null));
  const tries = server.rejected() - asked;
  const link = linkTo(shipper.spool, server.url);
  unlinkSync(paths[0]!);
  login(server.url, "second");
  await until(() => paths.every((one) => server.bytesOf(one) !== null) && archived(path) === "one\ntwo\n");

  // What was under way together (sixteen) counts once, and the greeting may have been among it.
  expect(tries).toBeLessThanOrEqual(17);
  expect(link).toMatchObject({ kind: "paused", reason: "unauthenticated" });
  expect(linkTo(shipper.spool, server.url)).toMatchObject({ kind: "open", reason: null });
});

test("a token is for its own server alone", () => {
  const places = { token: null, home: join(home.dir, "none"), shipperDir: home.dir };
  login("http://a.example:8080", "for-a");

  const given = [
    "http://a.example:8080",
    "http://a.example:8080/",
    "http://b.example:8080",
    "http://a.example:8081",
    "https://a.example:8080",
    "http://a.example:8080@b.example",
    "http://a.example.b.example:8080",
  ].map((url) => tokenFor(url, places));

  expect(given).toEqual(["for-a", "for-a", null, null, null, null, null]);
});

test("a shipper that is sent to another server shows it no token, and the first one's not to the second", async () => {
  const other = startIngestServer();
  other.archive = { ...other.archive, archive_id: "archive-2" };
  login(server.url, "for-the-first");
  home.write("a.jsonl", "one\n");

  await home.ship(server.url);
  await home.ship(other.url);

  expect(server.requests.map(({ headers }) => headers.get("Authorization"))).toEqual(["Bearer for-the-first"]);
  expect(other.requests.map(({ headers }) => headers.get("Authorization"))).toEqual([null]);
  await other.stop();
});

test.each([301, 302, 303, 307, 308])(
  "no request follows a redirect (%i): neither token nor bytes get there",
  async (status) => {
    const seen: Request[] = [];
    const elsewhere = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (request) => (seen.push(request), new Response("{}")),
    });
    const redirecting = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => new Response("", { status, headers: { Location: `http://127.0.0.1:${elsewhere.port}/x` } }),
    });
    const target = { url: `http://127.0.0.1:${redirecting.port}`, token: "secret", timeout: 2000 };
    const signal = new AbortController().signal;
    const row = freshRow({ provider: "claude", path: "/a.jsonl", unit: "lines", inode: 1, size: 2, mtime: 1 });
    const heartbeat = {
      version: "1",
      started_at: null,
      providers: {},
      live: [],
      failed: [],
      disk_free: null,
      polling: null,
    };

    const sent = await sendPiece(target, row, new Uint8Array(2), signal);
    const greeted = await greet(target, heartbeat, signal);
    const listed = await listSources(target, "me", signal).catch((error: unknown) => String(error));

    expect([sent.kind, greeted.kind]).toEqual(["later", "later"]);
    expect(typeof listed).toBe("string");
    expect(seen.length).toBe(0);
    await Promise.all([elsewhere.stop(true), redirecting.stop(true)]);
  },
);
